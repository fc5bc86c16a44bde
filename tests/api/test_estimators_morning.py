"""The guide's way from an enquiry to an order: each call as it stands there."""

import json
import re
from decimal import Decimal
from pathlib import Path
from typing import Any

from tests.api.caller import V1, Caller

GUIDE = Path(__file__).parents[2] / "docs" / "estimating.md"
STEP = b"ISO-10303-21;\nHEADER;\nENDSEC;\nEND-ISO-10303-21;\n"


def bodies(known: dict[str, str]) -> dict[str, Any]:
    """The bodies of the guide by their calls, with what is `known` in place of its names."""
    text = GUIDE.read_text()
    for name, value in known.items():
        text = text.replace(f"<{name}>", value)
    found: dict[str, Any] = {}
    for calls, body in re.findall(r"((?:`POST [^`]+`[^\n]*\n)+)\n```json\n(.*?)\n```", text, re.DOTALL):
        found |= dict.fromkeys(re.findall(r"`POST ([^`]+)`", calls), json.loads(body))
    return found


async def test_the_morning_leads_to_an_order(caller: Caller) -> None:
    """Every body is taken; the four prices are there, the preview shows them, and the order is what was chosen."""
    made = await caller.post("/customers", bodies({})["/customers"])
    assert made.status_code == 201, made.text
    stored = await caller.http.post(f"{V1}/files", content=STEP)
    known = {"customer": made.json()["id"], "drawing": stored.json()["sha256"]}
    quote = await caller.draft(**bodies(known)["/quotes"])
    bracket, _ = quote["lines"]
    assert [(each["quantity"], each["tier"]) for each in bracket["alternatives"]] == [
        *((10, "standard"), (10, "expedited"), (25, "standard"), (25, "expedited")),
    ]
    calls = bodies(known)
    previews = [path for path in calls if "/preview/" in path]
    assert len(previews) == 3
    for path in previews:
        answer = await caller.post(path.replace("{id}", quote["id"]), calls[path])
        assert answer.status_code == 200, answer.text
    sent = await caller.done(quote, "send", calls["/quotes/{id}/send"])
    ordered = await caller.done(sent, "accept", calls["/quotes/{id}/accept"])
    (price,) = [
        each["total"]
        for each in bracket["alternatives"]
        if (each["quantity"], each["tier"]) == (25, "standard")
    ]
    net = Decimal(price) + Decimal("85.00")
    assert abs(Decimal(ordered["accepted_total"]) - net * Decimal("1.19")) <= Decimal("0.005")
    assert [each["position"] for each in ordered["accepted_lines"]] == [1, 2]
