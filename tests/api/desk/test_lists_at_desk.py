"""A parts list at the desk, without script: from the file to the draft."""

from domain.people.roles import Role
from tests.api.caller import Caller
from tests.api.desk.conftest import Desks
from tests.api.desk.drafting import Shown, opened
from tests.api.desk.test_drafting import quote_made

LIST = b"Teil;Werkstoff;L\xe4nge mm;Breite mm;H\xf6he mm;Menge\nBlock;Alu;100;50;20;20\nPlatte;Sonderguss XY;30;20;3;5\n"
UPLOAD = "/desk/parts-lists/new"


async def test_a_list_becomes_a_draft(desks: Desks, caller: Caller) -> None:
    """Read, told what it does not say, corrected, made; its lines are those of the API's way."""
    desk = desks[Role.SALES]
    customer = await caller.customer()
    page = await opened(desk, UPLOAD)
    nothing = await page.press(desk, "read")
    assert nothing.answer.status_code == 422
    assert nothing.errors["list"] == "Please choose a file."
    sent = await page.press(desk, "read", files={"list": ("Teile.csv", LIST)})
    assert sent.answer.status_code == 303, sent.answer.text[:3000]
    path = sent.answer.headers["location"]
    shown = await opened(desk, path)
    assert (shown.value("columns.2.field"), shown.value("columns.2.unit")) == ("length_mm", "mm")
    assert shown.value("words.0.word") == "Sonderguss XY"
    refused = await shown.press(desk, "save", defaults__process="cnc")
    assert refused.answer.status_code in {409, 422}
    chosen = await shown.send(
        desk,
        f"customer:{customer['id']}",
        {
            "words.0.is": "brass",
            "defaults.process": "cnc",
            "defaults.geometric_complexity_score": "2.5",
        },
    )
    assert chosen.answer.status_code == 303, chosen.answer.text[:3000]
    ready = await opened(desk, path)
    assert ready.value("customer_id") == customer["id"]
    assert ready.value("defaults.process") == "cnc"
    quote = await quote_made(caller, await ready.press(desk, "save"))
    assert quote["lines"][0]["total"] == "4261.23"
    assert [line["quantity"] for line in quote["lines"]] == [20, 5]
    assert "Teile.csv" in quote["notes"]
    assert f"/desk/quotes/{quote['id']}" in (await desk.get(path)).text


async def test_what_is_no_list_is_told(desks: Desks) -> None:
    """With the reason, on the page where one can choose another file."""
    desk = desks[Role.SALES]
    page = await opened(desk, UPLOAD)
    refused = await page.press(desk, "read", files={"list": ("x.csv", b"\x89PNG\r\n\x1a\n0000")})
    assert refused.answer.status_code == 422
    assert refused.errors["list"]


async def test_an_answer_that_cannot_be_used_stays_typed(desks: Desks) -> None:
    """Beside its field."""
    desk = desks[Role.SALES]
    sent = await (await opened(desk, UPLOAD)).press(desk, "read", files={"list": ("Teile.csv", LIST)})
    shown = await opened(desk, sent.answer.headers["location"])
    wrong: Shown = await shown.send(desk, "answer", {"defaults.geometric_complexity_score": "2,5"})
    assert wrong.answer.status_code == 422
    assert wrong.value("defaults.geometric_complexity_score") == "2,5"
    assert "defaults.geometric_complexity_score" in wrong.errors
