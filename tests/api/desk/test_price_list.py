"""The price list at the desk: readable, with its history; a new one is checked and compared before it holds."""

import json
import re
from copy import deepcopy
from typing import Any
from uuid import uuid4

import pytest
import yaml

from domain.people.roles import Role
from domain.rate_cards.data import rate_card_to_data
from domain.rate_cards.default_card import DEFAULT_RATE_CARD
from tests.api.caller import Caller
from tests.api.desk.conftest import Desks

LIST = "/desk/price-list"
NEW = f"{LIST}/new"
EVIL = "<script>alert(1)</script>"


def card(**changes: Any) -> dict[str, Any]:
    """The reference card without an id, with changes."""
    data: dict[str, Any] = deepcopy(rate_card_to_data(DEFAULT_RATE_CARD))
    return {**{name: value for name, value in data.items() if name != "id"}, **changes}


def handed_in(data: Any, name: str = "card.json") -> dict[str, tuple[str, bytes, str]]:
    text = json.dumps(data) if name.endswith("json") else yaml.safe_dump(data, sort_keys=False)
    return {"file": (name, text.encode(), "application/octet-stream")}


def kept(page: str) -> str:
    found = re.search(r'name="card" value="([^"]*)"', page)
    return (
        found[1].replace("&#34;", '"').replace("&amp;", "&").replace("&lt;", "<").replace("&gt;", ">")
        if found
        else ""
    )


async def test_the_card_in_force_is_read_and_downloaded(desks: Desks, silent: Caller) -> None:
    """Every material and level of service stands there; the download is what an upload reads."""
    viewer = desks[Role.VIEWER]
    shown = (await viewer.get(LIST)).text
    assert "in force" in shown
    for name in (*DEFAULT_RATE_CARD.materials, *DEFAULT_RATE_CARD.processes, *DEFAULT_RATE_CARD.tiers):
        assert name in shown
    assert NEW not in shown
    assert NEW in (await desks[Role.MANAGER].get(LIST)).text
    path = f"{LIST}/{DEFAULT_RATE_CARD.id}"
    assert "in force" in (await viewer.get(path)).text
    as_json, as_yaml = await viewer.get(f"{path}/json"), await viewer.get(f"{path}/yaml")
    assert as_json.headers["content-disposition"].startswith("attachment")
    stored = (await silent.get(f"/rate-cards/{DEFAULT_RATE_CARD.id}")).json()["card"]
    assert as_json.json() == yaml.safe_load(as_yaml.text) == stored
    for gone in (f"{path}/pdf", f"{LIST}/garbage", f"{LIST}/01890a5d-ac96-774b-bcce-b302099a8057"):
        assert (await viewer.get(gone)).status_code == 404


def compared(page: str) -> str:
    """By what the page knows the cards with which it has compared."""
    found = re.search(r'name="compared" value="([^"]*)"', page)
    return found[1] if found else ""


async def test_a_new_card_is_compared_and_then_stored(desks: Desks, caller: Caller) -> None:
    """Under a name of its own: what its customers were quoted would change by so much; two clicks store one card."""
    manager, name = desks[Role.MANAGER], f"own {uuid4().hex[:8]}"
    first = (await manager.post(NEW, data={"rate_card": name, "do": "check"}, files=handed_in(card()))).text
    assert "no card in force under this name" in first
    typed = {"rate_card": name, "valid_from": "", "valid_until": "", "do": "store"}
    sent = {**typed, "card": kept(first), "compared": compared(first)}
    stored = await manager.post(NEW, data=sent)
    assert stored.headers["location"].endswith("?done=stored")
    again = await manager.post(NEW, data=sent)
    assert again.headers["location"] == stored.headers["location"]
    customer = await caller.customer(rate_card=name)
    quote = await caller.draft(customer_id=customer["id"])
    dearer = card(name=f"Dearer {EVIL}", version=2, overhead="0.5")
    checked = await manager.post(
        NEW, data={"rate_card": name, "do": "check"}, files=handed_in(dearer, "c.yaml")
    )
    assert checked.status_code == 200
    assert "1 of 1 parts would have another price" in checked.text
    assert quote["number"] in checked.text
    assert re.search(r"\+[0-9]+\.[0-9] %", checked.text)
    assert EVIL not in checked.text
    gone = card(name="Less", processes={k: v for k, v in card()["processes"].items() if k != "cnc"})
    less = (await manager.post(NEW, data={"rate_card": name, "do": "check"}, files=handed_in(gone))).text
    assert "not offered" in less
    before = (await caller.get("/rate-cards")).json()["data"]
    late = {
        **typed,
        "card": kept(checked.text),
        "compared": compared(checked.text),
        "valid_from": "2999-01-01T00:00",
    }
    path = (await manager.post(NEW, data=late)).headers["location"].partition("?")[0]
    shown = (await desks[Role.VIEWER].get(path)).text
    assert "to come" in shown
    assert "1 January 2999" in shown or "2999-01-01" in shown
    after = (await caller.get("/rate-cards")).json()["data"]
    assert len(after) == len(before) + 1
    assert (await caller.get(f"/quotes/{quote['id']}")).json()["lines"] == quote["lines"]


async def test_of_two_managers_the_second_looks_again(desks: Desks, caller: Caller) -> None:
    """What was stored meanwhile changes what a card changes: it is compared anew, and stored by another click."""
    name = f"two {uuid4().hex[:8]}"
    looks = [
        (
            await desks[role].post(
                NEW, data={"rate_card": name, "do": "check"}, files=handed_in(card(overhead=overhead))
            )
        ).text
        for role, overhead in ((Role.MANAGER, "0.2"), (Role.ADMIN, "0.3"))
    ]
    typed = [
        {"rate_card": name, "do": "store", "card": kept(look), "compared": compared(look)} for look in looks
    ]
    assert (await desks[Role.MANAGER].post(NEW, data=typed[0])).status_code == 303
    before = (await caller.get("/rate-cards")).json()["data"]
    met = await desks[Role.ADMIN].post(NEW, data=typed[1])
    assert met.status_code == 409
    assert "Another price list was stored meanwhile" in met.text
    assert "no card in force under this name" not in met.text
    assert (await caller.get("/rate-cards")).json()["data"] == before
    again = await desks[Role.ADMIN].post(NEW, data={**typed[1], "compared": compared(met.text)})
    assert again.status_code == 303
    shown = (await desks[Role.VIEWER].get(again.headers["location"])).text
    assert "in force" in shown


async def test_findings_stand_in_the_order_of_the_file(desks: Desks) -> None:
    """An entry of a list is told by its number, counted from 1."""
    data = card()
    data["materials"]["steel"]["waste_factor"] = "-1"
    data["processes"]["cnc"]["materials"] = ["steel", "unobtainium"]
    data["tiers"]["standard"]["margin"] = "fifty"
    text = (await desks[Role.MANAGER].post(NEW, data={"do": "check"}, files=handed_in(data, "c.yaml"))).text
    assert "processes: cnc: materials: entry 2 is not on the card" in text
    lines = [int(line) for line in re.findall(r"<strong>Line (\d+):", text)]
    assert lines == sorted(lines)
    assert len(lines) >= 2


@pytest.mark.parametrize(
    ("file", "typed", "told"),
    [
        (("card.json", b'{"version": '), {}, "is not JSON"),
        (("card.yaml", b"a: [1"), {}, "is not YAML"),
        (("card.yaml", b"\xff\xfe"), {}, "UTF-8"),
        (("card.yaml", b"x" * 1_000_001), {}, "1 MB"),
        (("card.yaml", b"name: <script>alert(1)</script>\nversion: no\n"), {}, "Line 2"),
        (("card.json", b"[]"), {}, "must be"),
        (None, {}, "is required"),
        (("card.json", b"{}"), {"valid_from": "soon"}, "a day and a time"),
        (
            ("card.json", b"{}"),
            {"valid_from": "2999-01-02T00:00", "valid_until": "2999-01-01T00:00"},
            "valid",
        ),
    ],
)
async def test_what_cannot_be_a_card_is_said(
    desks: Desks, caller: Caller, file: tuple[str, bytes] | None, typed: dict[str, str], told: str
) -> None:
    """By line where there is one; nothing is stored, whichever button was pressed."""
    before = (await caller.get("/rate-cards")).json()
    for do in ("check", "store"):
        files = {"file": (*file, "application/octet-stream")} if file else {"other": ("", b"", "text/plain")}
        answer = await desks[Role.MANAGER].post(NEW, data={"do": do, **typed}, files=files)
        assert answer.status_code == 422
        assert told in answer.text
        assert EVIL not in answer.text
    assert (await caller.get("/rate-cards")).json() == before


async def test_only_managers_hand_in_a_card(desks: Desks, caller: Caller) -> None:
    """The page and its form."""
    before = (await caller.get("/rate-cards")).json()
    for role in (Role.VIEWER, Role.SALES):
        assert (await desks[role].get(NEW)).status_code == 403
        answer = await desks[role].post(NEW, data={"do": "store"}, files=handed_in(card()))
        assert answer.status_code == 403
    assert (await caller.get("/rate-cards")).json() == before
