"""Parts lists as people hand them in, and the command that prices them by a card from a file."""

import json
from pathlib import Path
from typing import Any

from typer.testing import Result

from domain.pricing import DEFAULT_RATE_CARD, rate_card_to_data
from tests.shell import call

HEAD = "material,process,length_mm,width_mm,height_mm,geometric_complexity_score,quantity"
PART = "aluminum,cnc,100,50,20,2.5,20"
TOTALS = {
    "expedited": "4939.17",
    "standard": "4261.23",
    "economy": "3769.38",
    "domestic_economy": "3579.28",
}
"""Of PART, as worked out by hand in the pricing rules."""


def csv(*rows: str, head: str = HEAD) -> bytes:
    return "\n".join((head, *rows, "")).encode()


def price(content: bytes, folder: Path, *words: str) -> Result:
    """`firm-offer price` for a file with this content, by the default card, with no database in sight."""
    parts, card = folder / "parts.csv", folder / "card.json"
    parts.write_bytes(content)
    card.write_text(json.dumps(rate_card_to_data(DEFAULT_RATE_CARD)))
    given = ["price", str(parts), "--card", str(card), *words]
    return call(*given, env={"DATABASE_URL": None})


def rows(content: bytes, folder: Path, *words: str) -> tuple[int, list[dict[str, Any]]]:
    """Exit code and the rows of `--json`."""
    ended = price(content, folder, "--json", *words)
    return ended.exit_code, json.loads(ended.stdout)["rows"]


def refused(ended: Result) -> str:
    """What is said where nothing was priced: one sentence or a few to standard error, and exit code 1."""
    assert (ended.exit_code, ended.stdout) == (1, "")
    assert ended.stderr.startswith("firm-offer: ")
    return str(ended.stderr)
