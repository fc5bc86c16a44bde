"""The words of parts lists in English, German, French, Spanish and Italian: headings, units, totals; and how words are
compared.
"""

import re
import unicodedata
from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cache, lru_cache
from typing import Final

_EXPANDED: Final = str.maketrans({"ä": "ae", "ö": "oe", "ü": "ue", "Ä": "Ae", "Ö": "Oe", "Ü": "Ue"})
_MEANING: Final = str.maketrans({"ø": " diameter ", "Ø": " diameter ", "⌀": " diameter ", "#": " number "})


@lru_cache(maxsize=8192)
def fold(text: str) -> str:
    """`text` as words are compared: without case, accents and punctuation, one space between words.

    A camel hump or a digit beside a letter parts no words; `×` is an x.
    """
    plain = unicodedata.normalize("NFKD", text.translate(_MEANING).replace("×", "x"))
    bare = "".join(char for char in plain if not unicodedata.combining(char)).casefold()
    return " ".join(re.findall(r"[^\W_]+", bare))


def foldings(text: str) -> frozenset[str]:
    """`text` folded, also with ä written as ae."""
    return frozenset((fold(text), fold(text.translate(_EXPANDED))))


SIZES: Final = ("length_mm", "width_mm", "height_mm", "thickness_mm", "diameter_mm")
"""Fields that hold a distance."""
WEIGHT: Final = "part_weight_kg"
COMPLEXITY: Final = "geometric_complexity_score"
FIGURES: Final = (*SIZES, WEIGHT, "quantity", COMPLEXITY)
"""Fields that hold one figure."""
IGNORED: Final = "ignored"
"""What a list tells and no price needs: prices of others, volumes, suppliers."""

_HEADINGS: Final = {
    "length_mm": "length | len | lg | long | longest side | länge | zuschnittlänge | longueur | longitud | largo | lunghezza"
    " | lung | l | x size | x dimension",
    "width_mm": "width | breite | zuschnittbreite | largeur | larg | ancho | anchura | larghezza | w | b | y size"
    " | y dimension",
    "height_mm": "height | höhe | hauteur | haut | alto | altura | altezza | h | depth | tiefe | profondeur | prof"
    " | profundidad | profondità | z size | z dimension",
    "thickness_mm": "thickness | thk | thick | sheet metal thickness | dicke | stärke | blechdicke | blechstärke"
    " | materialdicke | materialstärke | épaisseur | ép | epais | espesor | grosor | spessore | spess | t | s",
    "diameter_mm": "diameter | dia | diam | outer diameter | outside diameter | od | durchmesser | aussendurchmesser"
    " | diamètre | diámetro | diametro | d",
    "dimensions": "dimensions | dimension | dims | dim | size | sizes | bounding box | blank size | cut size | stock size"
    " | finished size | l x w x h | lxwxh | l x b x h | lxbxh | abmessungen | abmessung | abmaße | abmaß | abm | maße"
    " | zuschnitt | zuschnittmaß | rohmaß | rohmaße | fertigmaß | fertigmaße | format | encombrement | medidas"
    " | dimensiones | dimensión | dimensioni | misure | ingombro",
    "quantity": "quantity | qty | qnty | quant | count | pieces | pcs | pc | no off | number off | number of pieces | amount"
    " | total quantity | total qty | menge | anzahl | stück | stückzahl | stk | anz | gesamtmenge | gesamtanzahl | bedarf"
    " | bestellmenge | quantité | qté | nombre | nb | nbre | nombre de pièces | cantidad | cant | ctd | uds | unidades"
    " | número de piezas | quantità | qtà | q tà | qta | pezzi | pz | n pezzi | numero pezzi | number",
    "material": "material | materials | material name | material grade | material spec | raw material | stock material"
    " | werkstoff | werkstoffnummer | werkstoff nr | rohmaterial | halbzeug | matériau | matériaux | matière | nuance"
    " | materiale | mat | material del componente",
    "process": "process | manufacturing process | production process | method | manufacturing method | verfahren"
    " | fertigungsverfahren | fertigung | bearbeitung | arbeitsgang | procédé | usinage | fabrication | proceso"
    " | proceso de fabricación | mecanizado | processo | lavorazione",
    COMPLEXITY: "complexity | complexity score | komplexität | schwierigkeit | complexité | complejidad | complessità",
    WEIGHT: "weight | mass | unit weight | unit mass | part weight | weight per piece | net weight | gewicht"
    " | einzelgewicht | stückgewicht | teilegewicht | nettogewicht | masse | poids | poids unitaire | masse unitaire | peso"
    " | peso unitario | masa | massa | peso netto | peso neto",
    "part_number": "part number | part no | part nr | part num | part id | partno | partnumber | pn | p n | article"
    " | article number | article no | item code | sku | mpn | drawing number | drawing no | drawing | dwg | dwg no"
    " | stock number | artikel | artikelnummer | artikelnr | artikel nr | art nr | teilenummer | teilenr | teile nr"
    " | teil nr | sachnummer | zeichnungsnummer | zeichnungsnr | zeichnungs nr | zeichnung | materialnummer | material nr"
    " | identnummer | ident nr | bauteilnummer | référence | réf | numéro de pièce | n pièce | no pièce"
    " | numéro d'article | code article | plan | n plan | numéro de plan | número de pieza | n de pieza | referencia | ref"
    " | código | número de plano | plano | codice | codice articolo | cod art | material | numero parte | n parte | numero disegno"
    " | n disegno | disegno",
    "part_revision": "part revision | revision | rev | revision number | revision level | index | änderungsindex | änderungsstand"
    " | ind | indice | indice de révision | révision | revisión | revisione | stand",
    "description": "description | desc | designation | item description | part description | bezeichnung | benennung"
    " | beschreibung | kurztext | materialkurztext | artikelbezeichnung | artikeltext | text | désignation | libellé"
    " | descripción | denominación | descrizione | denominazione",
    "name": "name | part name | part | component | component name | body | label | title | teil | teilename | bauteil | bauteilname"
    " | titel | nom | nom de la pièce | nom de pièce | pièce | nombre | nombre de la pieza | pieza | pezzo | nome"
    " | nome parte | titre | título",
    "item": "item | item no | item nr | item number | pos | position | positionsnummer | posnr | pos nr | lfd nr | lfdnr | nr"
    " | no | num | n | id | repère | rep | numéro | line | line no | row | find number | find no | posten | partida"
    " | elemento | posición | posizione | riga | número | numero | number | ítem",
    "level": "level | bom level | structure level | hierarchy level | ebene | stufe | strukturebene | niveau | nivel"
    " | livello",
    "quantity_unit": "unit | units | uom | unit of measure | unit of quantity | einheit | me | mengeneinheit | unité | u"
    " | unidad | unidad de medida | unità | um | unità di misura",
    "surface_finish": "surface finish | finish | surface treatment | treatment | coating | surface | oberfläche"
    " | oberflächenbehandlung | oberflächengüte | beschichtung | finition | traitement | traitement de surface | acabado"
    " | acabado superficial | tratamiento | finitura | finitura superficiale | trattamento",
    "tolerance_class": "tolerance class | tolerance | tolerances | general tolerance | toleranz | toleranzklasse"
    " | allgemeintoleranz | tolérance | tolérance générale | tolerancia | tolerancia general | tolleranza"
    " | tolleranza generale",
    "special_requirements": "special requirements | requirements | remarks | remark | notes | note | comment | comments"
    " | bemerkung | bemerkungen | anmerkung | anmerkungen | hinweis | kommentar | remarque | remarques | observation"
    " | observations | commentaire | commentaires | observaciones | nota | notas | comentario | comentarios | osservazioni"
    " | commento | commenti",
    "tier": "tier | service level",
    "customer_tier": "customer tier",
    "shipping_distance_zone": "shipping distance zone | zone",
    IGNORED: "price | unit price | total price | ext price | cost | unit cost | total cost | preis | einzelpreis"
    " | gesamtpreis | stückpreis | prix | prix unitaire | prix total | precio | precio unitario | precio total | prezzo"
    " | prezzo unitario | prezzo totale | currency | währung | devise | total weight | total mass | gesamtgewicht"
    " | gesamtmasse | poids total | masse totale | peso total | peso totale | volume | volumen | part volume | volumen total"
    " | surface area | area | fläche | oberfläche cm2 | surface totale | superficie | density | dichte | supplier | vendor"
    " | lieferant | fournisseur | proveedor | fornitore | manufacturer | hersteller | fabricant | fabricante | produttore"
    " | date | datum | fecha | data | thumbnail | preview | image | bild | vorschau | file name | filename | file path"
    " | path | dateiname | author | created by | bom structure | unit qty | lead time | lieferzeit | délai | url | link"
    " | project | projekt | projet | decor | dekor | reference | references | designator | designators | value | footprint"
    " | datasheet | dnp | lcsc | configuration",
}

ELECTRONIC: Final = frozenset(
    {
        "reference",
        "references",
        "designator",
        "designators",
        "footprint",
        "value",
        "datasheet",
        "dnp",
        "lcsc",
        "mpn",
    }
    | {"manufacturer part number"}
)
"""Headings by which a list of electronic components is known."""


@cache
def headings() -> Mapping[str, tuple[str, ...]]:
    """The fields that a heading, folded, may name; a word may mean one thing in one language and another elsewhere."""
    found: dict[str, tuple[str, ...]] = {}
    for field, phrases in _HEADINGS.items():
        for phrase in (field, *phrases.split("|")):
            for folded in foldings(phrase):
                found[folded] = (
                    *found.get(folded, ()),
                    *(() if field in found.get(folded, ()) else (field,)),
                )
    return found


KNOWN_FIELDS: Final = tuple(field for field in _HEADINGS if field != IGNORED)
"""What a column may be mapped to."""

LENGTH_UNITS: Final = {
    "mm": Decimal(1),
    "cm": Decimal(10),
    "m": Decimal(1000),
    "in": Decimal("25.4"),
    "ft": Decimal("304.8"),
}
"""In millimetres."""
WEIGHT_UNITS: Final = {
    "kg": Decimal(1),
    "g": Decimal("0.001"),
    "lb": Decimal("0.45359237"),
    "oz": Decimal("0.028349523125"),
}
"""In kilograms."""
PIECES: Final = "pieces"
_UNIT_WORDS: Final = {
    "mm": "mm millimeter millimeters millimetre millimetres millimètre millimètres milímetros millimetri millimetro",
    "cm": "cm centimeter centimeters centimetre centimetres zentimeter centimètres centímetros centimetri",
    "m": "m meter meters metre metres mètre mètres metros metri mtr lfm",
    "in": "in inch inches zoll pouce pouces pulgada pulgadas pollice pollici",
    "ft": "ft foot feet",
    "kg": "kg kgs kilo kilogram kilograms kilogramm kilogramme kilogrammes kilogramos chilogrammi",
    "g": "g gr gram grams gramm gramme grammes gramos grammi",
    "lb": "lb lbs pound pounds lbmass",
    "oz": "oz ounce ounces",
    PIECES: "piece pieces pc pcs pce ea each x off unit units stück stk stck st pièce pièces pièce(s) pce pces pz pzs pezzo pezzi"
    " pieza piezas pza pzas ud uds unidad unidades unité unités u nr no",
}


@cache
def unit_words() -> Mapping[str, str]:
    """Units by how they are written, folded."""
    return {
        form: unit for unit, words in _UNIT_WORDS.items() for word in words.split() for form in foldings(word)
    }


_INCHES: Final = {
    '"',
    "\N{DOUBLE PRIME}",
    "\N{RIGHT DOUBLE QUOTATION MARK}",
    "''",
    "\N{ACUTE ACCENT}\N{ACUTE ACCENT}",
}
_FEET: Final = {"'", "\N{PRIME}", "\N{RIGHT SINGLE QUOTATION MARK}"}


def unit_of(text: str) -> str | None:
    """The unit that a text is and nothing else; None for another text. A quotation mark is inches, one stroke feet."""
    stripped = text.strip().strip("[](){}.:,;").strip()
    if stripped in _INCHES:
        return "in"
    if stripped in _FEET:
        return "ft"
    return unit_words().get(fold(stripped)) if stripped else None


_TOTAL_WORDS: Final = (
    "total totals subtotal sum grand summe gesamt gesamtsumme zwischensumme endsumme gesamtgewicht gesamtpreis somme totale"
    " totaux suma totali subtotale somma"
)
_TOTALS: Final = frozenset(fold(word) for word in _TOTAL_WORDS.split())


_LONGEST_TOTAL: Final = 80


def is_total(text: str) -> bool:
    """Whether a cell says that its row adds up others."""
    if not text[:1].isalpha() or len(text) > _LONGEST_TOTAL:
        return False
    return fold(text).split()[0] in _TOTALS


def shown(text: str, most: int = 80) -> str:
    """`text` for whoever has to read it: what has no shape of its own as an escape, the rest cut off."""
    return "".join(map(_escaped, text[:most])) + ("…" if len(text) > most else "")


def _escaped(char: str) -> str:
    if unicodedata.category(char) not in {"Cc", "Cf", "Cs", "Co", "Cn", "Zl", "Zp"}:
        return char
    return {"\n": " ", "\r": "", "\t": " "}.get(char, f"\\u{ord(char):04x}")


def one_line(text: str, most: int) -> str:
    """`text` on one line of at most `most` characters, without what has no shape of its own."""
    seen = "".join(
        " " if char in "\n\r\t\x85\u2028\u2029" else char
        for char in text
        if char in "\n\r\t" or unicodedata.category(char) not in {"Cc", "Cf", "Cs"}
    )
    line = " ".join(seen.split())
    return line if len(line) <= most else line[: most - 1] + "…"


def letters(index: int) -> str:
    """A column as spreadsheets name it: A is 0."""
    return "".join(reversed([*_letters(index)]))


def _letters(index: int) -> Iterator[str]:
    while index >= 0:
        yield chr(ord("A") + index % 26)
        index = index // 26 - 1
