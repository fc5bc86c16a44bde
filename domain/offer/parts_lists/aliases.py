"""Names of the rate card by the words that lists have for them."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from domain.offer.parts_lists.words import fold, foldings

OtherNames = Mapping[str, Iterable[str]]
"""By a name of the rate card, what else it is called."""


def _listed(words: Mapping[str, str]) -> OtherNames:
    return {name: tuple(each.split("|")) for name, each in words.items()}


# Families, and designations by EN, DIN, AISI, UNS and of the large CAD programs. What two of a card's materials could be is
# in none of them. A card that has no material of the name has no use for its row.
MATERIALS: Final = _listed(
    {
        "aluminum": (
            "aluminium|alu|al|aluminio|alluminio|aluminum alloy|aluminium alloy|aluminiumlegierung|almg3|almg4,5mn|almg4.5mn|almg4,5mn0,7"
            "|almg1sicu|almgsi|almgsi0,5|almgsi1|alcumg1|alcumgpb|alcu4pbmgmn|alzn5,5mgcu|alzn5.5mgcu|alzn4,5mg1|1050a|1060 alloy|2007|2011"
            "|2017|2017a|2024|3003|5005|5052|5083|5086|5754|6005|6060|6061|6063|6082|7020|7050|7075|3.0255|3.1325|3.1355|3.1645"
            "|3.2315|3.3206|3.3211|3.3535|3.3547|3.4365"
        ),
        "steel": (
            "stahl|acier|acero|acciaio|mild steel|carbon steel|plain carbon steel|low carbon steel|baustahl|crs|hrs|cold rolled steel"
            "|hot rolled steel|s235|s235jr|s235jrg2|s235j0|s235j2|s275|s275jr|s355|s355j2|s355j2+n|s355jr|s355mc|s420mc|st37|st37-2|st52"
            "|st52-3|dc01|dc03|dc04|dd11|dx51d|c15|c35|c45|c45e|ck45|c60|16mncr5|11smn30|11smnpb30|11smnpb37|42crmo4|42crmos4|34crnimo6"
            "|a36|astm a36|1018|1020|1045|4130|4140|1.0037|1.0038|1.0044|1.0045|1.0116|1.0117|1.0122|1.0330|1.0332|1.0338|1.0345|1.0401|1.0503|1.0570|1.0577"
            "|1.0715|1.0718|1.1191|1.1730|1.2311|1.2312|1.2842|1.7131|1.7225|1.7227|fe360|fe430|fe510|e24|e28|e36|q235|ss400"
        ),
        "stainless_steel": (
            "stainless|edelstahl|inox|rostfrei|nirosta|niro|va|v2a|v4a|acier inoxydable|acier inox|inoxydable|acero inoxidable"
            "|acero inox|inoxidable|acciaio inossidabile|acciaio inox|inossidabile|x5crni18-10|x2crni18-9|x2crnimo17-12-2|x6crnimoti17-12-2"
            "|x6crniti18-10|x8crnis18-9|x10crni18-8|x6cr17|301|303|304|304l|310|310s|316|316l|316ti|321|410|416|420|430|430f|440c"
            "|17-4ph|1.4000|1.4016|1.4021|1.4034|1.4057|1.4104|1.4112|1.4301|1.4305|1.4306|1.4307|1.4310|1.4401|1.4404|1.4435|1.4539|1.4541|1.4542|1.4571"
            "|18-8"
        ),
        "plastic_abs": "abs|abs plastic|acrylonitrile butadiene styrene",
        "plastic_pla": "pla|pla plastic|polylactic acid|polylactide",
        "plastic_petg": "petg|pet-g|petg plastic",
        "titanium": (
            "titan|titane|titanio|ti|titanium alloy|titan grade 2|titanium grade 2|titanium grade 5|ti6al4v|ti-6al-4v|tial6v4|3.7035|3.7164|3.7165"
        ),
        "brass": "messing|laiton|laton|latón|ottone|ms58|ms63|cuzn37|cuzn39pb3|cuzn40pb2|cw508l|cw614n|cw617n|c360|c36000|2.0321|2.0401|2.0402",
        "copper": "kupfer|cuivre|cobre|rame|cu|cu-etp|e-cu|cu-dhp|cw004a|cw024a|c101|c110|c11000|2.0060|2.0065|2.0090",
        "carbon_fiber": "cfk|cfrp|carbon|carbon fibre|carbon fiber|kohlefaser|kohlenstofffaser|fibre de carbone|fibra de carbono|fibra di carbonio",
    }
)
"""What the materials of the card that a new installation starts with are called elsewhere."""

PROCESSES: Final = _listed(
    {
        "cnc": (
            "cnc milling|cnc machining|cnc mill|milling|machining|mill|fräsen|cnc fräsen|zerspanen|cnc bearbeitung|fraisage|fraisage cnc"
            "|usinage|usinage cnc|fresado|fresado cnc|mecanizado|mecanizado cnc|fresatura|fresatura cnc|lavorazione cnc"
        ),
        "laser_cutting": (
            "laser|laser cut|lasercut|laser cutting|laserschneiden|lasern|laserteil|laserzuschnitt|découpe laser|decoupe laser|corte láser|corte por láser"
            "|taglio laser"
        ),
        "waterjet_cutting": "waterjet|water jet|waterjet cut|wasserstrahlschneiden|wasserstrahl|jet d'eau|découpe jet d'eau|corte por chorro de agua|taglio a getto d'acqua|taglio waterjet",
        "sheet_cutting": "sheet cutting|shearing|scherschneiden|blechzuschnitt|cisaillage|cizallado|cesoiatura",
        "tube_bending": "tube bending|pipe bending|rohrbiegen|cintrage|curvado de tubos|curvatura tubi",
        "3d_printing": "3d print|3d printed|3d printing|3d-druck|3d druck|additive|fdm|fff|sls|impression 3d|impresión 3d|stampa 3d",
        "injection_molding": "injection moulding|injection molding|spritzguss|spritzgießen|injection plastique|moulage par injection|moldeo por inyección|inyección|stampaggio a iniezione",
        "turning": "turning|cnc turning|lathe|drehen|cnc drehen|drehteil|tournage|torneado|tornitura",
    }
)
"""What the processes of that card are called elsewhere."""

_NOISE_WORDS: Final = (
    "en aw din iso aisi sae astm uns alloy legierung alliage lega aleacion plate sheet blech tole chapa lamiera platte flach"
    " bar rod rund generic generisch anodized t3 t4 t5 t6 t651 t6511 h111 h14 h22 h32 o wrought annealed nr wnr werkstoff"
    " material grade type typ g a plastic kunststoff"
)
_NOISE: Final = frozenset(_NOISE_WORDS.split())
"""Words that say nothing about which material it is: standards, tempers, shapes."""


@dataclass(frozen=True, slots=True)
class FoundName:
    """A name of the card for a word of a list; below 1 the `score` says that it is a guess."""

    name: str
    score: float


class AliasOfTwoError(Exception):
    """A word that is given as an alias of two names."""

    def __init__(self, word: str, names: tuple[str, ...]) -> None:
        super().__init__(f"{word} is an alias of {' and '.join(names)}")
        self.word = word
        self.names = names


def alias_table(
    names: Iterable[str], *tables: OtherNames, said: Mapping[str, str] | None = None
) -> Mapping[str, str]:
    """The names of the card by every word for them, folded. A name is its own word, whatever a table says; of tables an
    earlier one counts, and what a person has `said` before all.

    Raises AliasOfTwoError where one table has a word for two names that are both on the card.
    """
    offered = tuple(names)
    found = {folded: name for name in offered for folded in foldings(name)}
    found |= {fold(word): name for word, name in (said or {}).items() if name in offered}
    for table in tables:
        own: dict[str, str] = {}
        for name in offered:
            for word in table.get(name, ()):
                for folded in foldings(word):
                    if own.setdefault(folded, name) != name:
                        raise AliasOfTwoError(word, (own[folded], name))
        found = {**own, **found}
    return found


_PARTLY: Final = 0.7
_LONGEST: Final = 200
"""Characters: what is longer is no name."""


def find_name(text: str, table: Mapping[str, str]) -> FoundName | None:
    """What `text` names: in whole, or by the longest words in it where all of these mean one thing and the rest of it says
    nothing (then it is as sure), or is unknown (then it is a guess). None for nothing, and for two things at once.
    """
    tokens = fold(text[: _LONGEST + 1]).split()
    if not tokens or len(text) > _LONGEST:
        return None
    if exact := table.get(" ".join(tokens)):
        return FoundName(exact, 1)
    names, left = _longest(tokens, table)
    if len(names) != 1:
        return None
    return FoundName(names.pop(), 1 if all(token in _NOISE for token in left) else _PARTLY)


def _longest(tokens: list[str], table: Mapping[str, str]) -> tuple[set[str], list[str]]:
    """The names of the longest phrases, one after the other, and the words in none of them."""
    names, left, at = set[str](), list[str](), 0
    while at < len(tokens):
        ends = (end for end in range(len(tokens), at, -1) if " ".join(tokens[at:end]) in table)
        end = next(ends, None)
        if end is None or (end == at + 1 and len(tokens[at]) <= 2 and len(tokens) > 1):  # noqa: PLR2004 - "al", "va"
            left.append(tokens[at])
            at += 1
        else:
            names.add(table[" ".join(tokens[at:end])])
            at = end
    return names, left
