"""Parts lists as shops get them, and what has to become of each."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any, Final

from domain.offer.parts_lists.answers import ListAnswers, QuantityBasis
from domain.offer.parts_lists.readings import Mark
from tests.unit.parts_lists.books import ods, xlsx

LISTS: Final = Path(__file__).parent / "lists"
WORK: Final = {"process": "cnc", "geometric_complexity_score": "2"}
SHEETS: Final = {"process": "laser_cutting", "geometric_complexity_score": "1.5"}


@dataclass(frozen=True, kw_only=True)
class Sample:
    """A list. Read without `answers` it has so many parts (`before`) and `asks` for these; with them it has these `parts`
    (quantity, and the sides in mm), and so many rows stay `left` open. A `refused` one is no list that can be priced.
    """

    told: str
    before: int = 0
    asks: tuple[str, ...] = ()
    answers: ListAnswers = field(default_factory=ListAnswers)
    parts: tuple[str, ...] = ()
    left: int = 0
    refused: str | None = None


def _said(**answers: Any) -> Mapping[str, Any]:
    return {"answers": ListAnswers(**answers), "asks": tuple(name for name in answers)}


COLLECTION: Final[dict[str, Sample]] = {
    "german-decimals.csv": Sample(told="decimal commas", before=1, parts=("10: 300.5 x 200 x 3",)),
    "german-thousands.csv": Sample(
        told="1.000 pieces, 1.250 mm: two readings",
        before=2,
        **_said(decimal=Mark.COMMA),
        parts=("1000: 300 x 200 x 3", "1000: 300 x 200 x 3", "10: 1250 x 200 x 3", "10: 1250 x 200 x 3"),
    ),
    "german-windows1252.csv": Sample(
        told="Windows-1252, German headings", **_said(defaults=SHEETS), parts=("10: 300 x 200 x 3",)
    ),
    "header-case.csv": Sample(told="headings in capitals", before=1, parts=("10: 300 x 200 x 3",)),
    "header-with-newline.csv": Sample(
        told="a heading over two lines of its cell", before=1, parts=("1: 1 x 2 x 3",)
    ),
    "material-spelling.csv": Sample(
        told="materials in five spellings", before=5, parts=("20: 100 x 50 x 20",) * 5
    ),
    "part-number-column.csv": Sample(
        told="part numbers, descriptions", before=1, parts=("10: 300 x 200 x 3",)
    ),
    "quoted-newline.csv": Sample(told="a line break in a cell", before=1, parts=("10: 300 x 200 x 3",)),
    "shape-blank-list.csv": Sample(
        told="a comment above, blanks by W, H and thickness",
        **_said(
            processes={"plasma or shear + roll": "sheet_cutting"},
            defaults={"geometric_complexity_score": "2"},
        ),
        parts=("1: 60 x 798 x 1",),
    ),
    "shape-freecad-cutlist.csv": Sample(
        told="FreeCAD cut list: no unit, material, quantity",
        **_said(units={"*": "mm"}, defaults={**WORK, "material": "steel", "quantity": "2"}),
        left=1,  # 2,040 mm is longer than the machine
    ),
    "shape-fusion-bom.csv": Sample(
        told="Fusion 360 with volumes and grams", **_said(defaults=WORK), parts=("2: 100 x 20 x 60",)
    ),
    "shape-german-cutlist.csv": Sample(
        told="German cut list: no unit, material, quantity",
        **_said(units={"*": "mm"}, defaults={**WORK, "material": "aluminum", "quantity": "1"}),
        left=1,  # as above
    ),
    "shape-title-units-currency.csv": Sample(told="bought parts with prices", refused="no_sizes"),
    "title-rows.csv": Sample(told="title rows above", before=1, parts=("10: 300 x 200 x 3",)),
    "trailing-delimiter.csv": Sample(
        told="a separator at the end of rows", before=1, parts=("10: 300 x 200 x 3",)
    ),
    "units-and-names.csv": Sample(
        told="units in cells, names in many forms",
        before=7,
        parts=("10: 300 x 200 x 3", "10: 304.8 x 203.2 x 3", *("10: 300 x 200 x 3",) * 5),
    ),
    "us-thousands.csv": Sample(
        told="1,250 and an unquoted 10,000",
        **_said(decimal=Mark.POINT),
        parts=("10: 1250 x 200 x 3", "1000: 300 x 200 x 3"),
        left=1,
    ),
    "solidworks-cut-list.csv": Sample(
        told="SolidWorks cut list without units",
        **_said(units={"*": "mm"}, defaults=SHEETS),
        parts=("4: 420.5 x 180 x 3", "2: 300 x 200 x 1.5", "8: 40 x 20 x 10"),
    ),
    "solidworks-default-bom.csv": Sample(told="SolidWorks BOM without sizes", refused="no_sizes"),
    "onshape-bom.csv": Sample(
        told="Onshape, a unit in every cell, one printed part",
        **_said(defaults=WORK),
        parts=("2: 200 x 120 x 15", "4: 80 x 40 x 5"),
        left=1,
    ),
    "fusion-inches.csv": Sample(
        told="Fusion 360 in inches, with fractions",
        **_said(defaults=WORK),
        parts=("3: 317.5 x 203.2 x 6.35", "6: 31.75 x 63.5 x 12.7"),
    ),
    "freecad-spreadsheet.tsv": Sample(
        told="FreeCAD with tabs", **_said(defaults=WORK), parts=("2: 150 x 100 x 12.5", "8: 40 x 40 x 20")
    ),
    "inventor-structured.txt": Sample(
        told="Inventor, UTF-16, assemblies, 120,000 mm",
        **_said(decimal=Mark.COMMA, quantities=QuantityBasis.PER_ASSEMBLY, defaults=SHEETS),
        parts=("8: 120 x 80 x 5", "4: 640.5 x 300 x 8", "1: 500 x 400 x 2"),
    ),
    "erp-german.csv": Sample(
        told="ERP in German: titles, three sides in a cell, a sum",
        **_said(defaults=SHEETS),
        parts=("2: 400 x 300 x 6", "12: 350 x 250 x 1.5", "40: 60 x 40 x 8"),
    ),
    "erp-german-two-lines.csv": Sample(
        told="sep=;, headings over two lines, a row of units",
        **_said(defaults=WORK),
        parts=("16: 120.5 x 40 x 5", "8: 80 x 60 x 4"),
    ),
    "excel-french.csv": Sample(
        told="Excel in French, 1 250,5",
        **_said(defaults=SHEETS),
        parts=("4: 1250.5 x 300 x 10", "12: 120 x 80.5 x 3", "2: 640 x 480 x 2"),
    ),
    "excel-spanish.csv": Sample(
        told="Excel in Spanish",
        **_said(defaults=SHEETS),
        parts=("2: 500 x 300 x 8", "10: 120.5 x 60 x 4", "5: 250 x 250 x 2"),
    ),
    "excel-italian.csv": Sample(
        told="Excel in Italian",
        **_said(defaults=WORK),
        parts=("3: 320 x 210 x 6", "14: 95.5 x 45 x 12", "50: 30 x 30 x 25"),
    ),
    "kicad-bom.csv": Sample(told="KiCad: electronic components", refused="not_mechanical"),
    "no-header.csv": Sample(told="no headings at all", refused="no_header"),
    "us-shop-fractions.csv": Sample(
        told="a US shop: inches with fractions in one cell",
        **_said(defaults=SHEETS),
        parts=("25: 152.4 x 101.6 x 6.35", "50: 114.3 x 76.2 x 4.7625", "100: 50.8 x 50.8 x 25.4"),
    ),
    "turned-and-milled.csv": Sample(
        told="diameters beside boxes",
        **_said(defaults=WORK),
        parts=("50: 20 x 100", "10: 60 x 40 x 30", "4: 1000 x 50 x 20"),
    ),
    "description-with-sizes.csv": Sample(
        told="sizes in the description",
        **_said(defaults=SHEETS),
        parts=("20: 300 x 200 x 3", "4: 120 x 80 x 10"),
    ),
    "sap-pipes.txt": Sample(
        told="SAP with bars, an empty first column, 1.200,0",
        **_said(defaults=WORK),
        parts=("2: 1200 x 80 x 20", "16: 150.5 x 100 x 12"),
    ),
    "unicode-text.txt": Sample(
        told="Excel's Unicode text: two sides in a cell, thickness beside",
        **_said(defaults=SHEETS),
        parts=("10: 400 x 300 x 2", "10: 400 x 280.5 x 1.5"),
    ),
    "german-page-breaks.csv": Sample(
        told="headings on every page, centimetres, a screw, a sum",
        **_said(defaults={**WORK, "material": "steel"}),
        parts=("3: 1200 x 85 x 50", "1: 300 x 200 x 10", "2: 250 x 250 x 20"),
        left=1,
    ),
    "excel.xlsx": Sample(
        told="Excel: titles, figures, a formula without a value, a sum",
        **_said(defaults=WORK),
        parts=("4: 1.25 x 30 x 12.7",),
        left=1,
    ),
    "libreoffice.ods": Sample(
        told="LibreOffice, headings over two rows",
        **_said(defaults=WORK),
        parts=("2: 1250 x 300 x 8", "6: 80.5 x 60 x 4"),
    ),
}


def content_of(name: str) -> bytes:
    """The file's bytes; workbooks are written here."""
    if name == "excel.xlsx":
        return xlsx(
            [
                ["Order 4711", None, None, None, None, None],
                [],
                ["Part no", "Material", "Length (mm)", "Width (mm)", "Height (mm)", "Qty"],
                ["X-1", "EN AW-6082", 1.25, 30, 12.700000000000001, 4],
                ["X-2", "S235JR", "=C4*2", 30, 5, 2],
                ["Total", None, None, None, None, 6],
            ]
        )
    if name == "libreoffice.ods":
        return ods(
            [
                ["Pos", "Benennung", "Werkstoff", "Abmessungen mm", None, None, "Anzahl"],
                [None, None, None, "Länge", "Breite", "Höhe", None],
                [1, "Träger", "S355", 1250, 300, 8, 2],
                [2, "Fuß", "Edelstahl", 80.5, 60, 4, 6],
            ]
        )
    return (LISTS / name).read_bytes()
