"""What goes wrong while somebody drafts: bad input, two people, a second click, files; nothing typed is lost."""

import re
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest
from fastapi import FastAPI

from adapters.db.database import Database
from adapters.db.parties.sessions import end_sessions_of
from api.desk.drafting.typed.field_labels import in_page_order
from domain.people.roles import Role
from domain.wording import number
from tests.api.caller import PRICES, Caller
from tests.api.desk.conftest import Desks
from tests.api.desk.drafting import NEW, opened
from tests.api.desk.people import at_desk, let_in, session_token
from tests.api.desk.test_drafting import PART, quote_made

BAD = (
    ("lines.0.description", "", "is required"),
    ("lines.0.quantities", "2.5", "must be a whole number"),
    ("lines.0.quantities", "1,000", "may be one number or several"),
    ("lines.0.quantities", "10, 10", "must be different from each other"),
    ("lines.0.quantities", "", "is required"),
    ("lines.0.tax_rate", "nineteen", "must be a percentage"),
    ("lines.0.tax_rate", "190", "must be a percentage"),
    ("lines.0.lead_time_days", "0", "must be at least 1"),
    ("lines.0.override.figure", "12,50", "must be a plain decimal"),
    ("lines.0.override.reason", "Because", ""),
    ("lines.0.discount.figure", "5", ""),
    ("lines.0.specification.material", "", "is required"),
    ("lines.0.specification.process", "", "is missing"),
    ("lines.0.specification.process", "injection_molding", ""),
    ("lines.0.specification.length_mm", "12,5", "must be a plain decimal"),
    ("lines.0.specification.length_mm", "-1", ""),
    ("lines.0.specification.width_mm", "", "is missing"),
    ("lines.0.specification.geometric_complexity_score", "7", ""),
    ("lines.0.specification.shipping_distance_zone", "9", ""),
    ("lines.0.specification.part_weight_kg", "heavy", "must be a plain decimal"),
    ("lines.0.tier", "tomorrow", "is not on the rate card"),
    ("valid_days", "-1", "must not be negative"),
    ("valid_until", "soon", "must be a date"),
    ("owner", "nobody", "must be an email"),
    ("contact", "A stranger", "must be the name or address"),
    ("discount.figure", "500", "must be a percentage"),
)
ELSEWHERE = {
    "lines.0.override.reason": "lines.0.override.figure",
    "lines.0.discount.figure": "lines.0.discount.reason",
}
"""A figure without a reason lacks that, and the other way round."""


@pytest.mark.parametrize(("name", "typed", "rule"), BAD)
async def test_bad_input_is_named_and_kept(
    desks: Desks, silent: Caller, name: str, typed: str, rule: str
) -> None:
    """Each kind beside its field, in the list on top, and everything as it was typed; nothing is made."""
    desk = desks[Role.SALES]
    customer = await silent.customer()
    form = await opened(desk, f"{NEW}?customer={customer['id']}")
    refused = await form.send(desk, "save", {**PART, name: typed})
    assert refused.answer.status_code == 422, refused.answer.text[:2000]
    place = "lines.0.specification.material" if typed == "injection_molding" else ELSEWHERE.get(name, name)
    assert rule in refused.errors[place], refused.errors
    assert f'href="#{place}"' in refused.answer.text
    for field, value in {**PART, name: typed}.items():
        assert refused.value(field) == value


async def test_markup_and_formulas_stay_text(desks: Desks, caller: Caller) -> None:
    """In every field of words, on the form, and on every page before it goes out."""
    desk = desks[Role.SALES]
    nasty = "=cmd|' /C calc'!A0 <script>alert(1)</script> \"><img src=x onerror=alert(2)> {{7*7}}"
    customer = await caller.customer()
    form = await opened(desk, f"{NEW}?customer={customer['id']}")
    words = (
        *("lines.0.description", "lines.0.part_number", "lines.0.part_revision"),
        *("lines.0.customer_part_number", "lines.0.specification.surface_finish"),
        *("lines.0.specification.tolerance_class", "lines.0.specification.special_requirements"),
        *("customer_reference", "introduction", "remarks", "delivery_terms", "terms", "notes", "external_id"),
    )
    typed = {**PART, **dict.fromkeys(words, nasty), "external_id": nasty[:40]}
    for does in ("price", "find", "add:free", "nonsense", "up:99", "remove:x"):
        shown = await form.send(desk, does, typed)
        assert shown.answer.status_code == 200
        assert "<script>alert" not in shown.answer.text
        assert "onerror=alert(2)>" not in shown.answer.text
        assert [shown.value(name) for name in words if name != "external_id"] == [nasty] * (len(words) - 1)
    quote = await quote_made(caller, await form.send(desk, "save", typed))
    for path in ("send", "send/page", "send/mail", "revise"):
        page = await desk.get(f"/desk/quotes/{quote['id']}/{path}")
        assert page.status_code == 200
        assert "<script>alert" not in page.text
        assert "<img src=x" not in page.text


async def test_two_people_change_one_quote(desks: Desks, caller: Caller) -> None:
    """The second is told who did what, keeps what was typed, and may then go on."""
    desk = desks[Role.SALES]
    draft = await caller.draft()
    mine = await opened(desk, f"/desk/quotes/{draft['id']}/revise")
    theirs = await opened(desks[Role.MANAGER], f"/desk/quotes/{draft['id']}/revise")
    await quote_made(caller, await theirs.send(desks[Role.MANAGER], "save", {"lines.0.quantities": "30"}))
    late = await mine.send(desk, "save", {"lines.0.quantities": "40", "notes": "Mine"})
    assert late.answer.status_code == 412
    assert "Meanwhile: Version 2 was made" in late.answer.text
    assert ", by manager," in late.answer.text
    assert (late.value("lines.0.quantities"), late.value("notes")) == ("40", "Mine")
    quote = await quote_made(caller, await late.send(desk, "save", {}))
    assert (quote["current_version"], quote["lines"][0]["quantity"]) == (3, 40)


async def test_a_second_click_makes_no_second_quote(desks: Desks, caller: Caller) -> None:
    """The same form with the same words is one request; with others it is another."""
    desk = desks[Role.SALES]
    customer = await caller.customer()
    form = await opened(desk, f"{NEW}?customer={customer['id']}")
    first, second = [await quote_made(caller, await form.send(desk, "save", PART)) for _ in range(2)]
    other = await quote_made(caller, await form.send(desk, "save", {**PART, "notes": "Another"}))
    assert first["id"] == second["id"] != other["id"]


async def test_lines_operations_and_files_move_without_script(desks: Desks, silent: Caller) -> None:
    """Added, copied, moved, removed; the process becomes the first operation, and a file goes where its line goes."""
    desk = desks[Role.SALES]
    drawing: list[Any] = [
        ("upload", ("plan.pdf", b"%PDF-1.7 drawing")),
        ("upload", ("x.step", b"ISO-10303-21; x")),
    ]
    form = await (await opened(desk)).send(desk, "upload", PART, files=drawing)
    assert [form.value(f"files.{n}.name") for n in (0, 1)] == ["plan.pdf", "x.step"]
    form = await form.send(desk, "add:free", {"files.0.line": "1"})
    form = await form.press(desk, "up:1", lines__1__description="Report")
    assert [form.value(f"lines.{n}.description") for n in (0, 1)] == ["Report", "Bracket"]
    assert form.value("files.0.line") == "2"
    form = await form.press(desk, "operation:1:outside")
    assert form.value("lines.1.specification.operations.0.process") == "cnc"
    assert form.value("lines.1.specification.process") == ""
    form = await form.press(desk, "raise-operation:1:1")
    assert form.value("lines.1.specification.operations.0.kind") == "outside"
    form = await form.press(desk, "remove-operation:1:0")
    form = await form.press(desk, "copy:1")
    form = await form.press(desk, "remove:1")
    assert form.value("lines.1.description") == "Bracket"
    assert form.value("files.0.line") == ""
    form = await form.press(desk, "remove-file:1")
    assert "files.1.name" not in form.fields
    wrong = await form.send(desk, "upload", {}, files=[("upload", ("run.exe", b"MZ..."))])
    assert wrong.answer.status_code == 422
    assert "no PDF, PNG, JPEG, DXF or STEP" in wrong.answer.text


async def test_a_customer_is_found_or_made_on_the_spot(desks: Desks, silent: Caller) -> None:
    """What was typed of the quote stays; a bad address is named beside its field."""
    desk = desks[Role.SALES]
    known = await silent.customer(name="Zeppelin Works")
    form = await (await opened(desk)).send(desk, "find", {**PART, "customer_q": "zeppelin"})
    assert f"customer:{known['id']}" in form.buttons
    form = await form.press(desk, f"customer:{known['id']}")
    assert form.value("customer_id") == known["id"]
    form = await form.press(desk, "other-customer")
    bad = {"new_customer.name": "Neu GmbH", "new_customer.email": "nothing"}
    wrong = await form.send(desk, "new-customer", bad)
    assert wrong.answer.status_code == 422
    assert "must be an email" in wrong.errors["new_customer.email"]
    made = await wrong.send(
        desk,
        "new-customer",
        {"new_customer.email": "neu@example.com", "new_customer.contact_name": "Eva Neu"},
    )
    stored = (await silent.get(f"/customers/{made.value('customer_id')}")).json()
    assert (stored["name"], stored["contacts"][0]["name"]) == ("Neu GmbH", "Eva Neu")
    assert made.value("lines.0.description") == "Bracket"
    assert number(PRICES["standard"]) in made.answer.text


async def test_what_is_wrong_is_listed_as_the_page_has_it(desks: Desks, silent: Caller) -> None:
    """From the top down, in the list above the form and in what a price still lacks; the order is that of the page's own fields."""
    desk = desks[Role.SALES]
    form = await opened(desk)
    for kind in ("process", "outside", "bought"):
        form = await form.press(desk, f"operation:0:{kind}")
    form = await form.send(desk, "add:free", {}, files=[("upload", ("plan.pdf", b"%PDF-1.7 drawing"))])
    # A free line has its unit beside the quantity, a part among what is seldom said; and what nobody types cannot be wrong.
    not_typed = {"kind", "open", "unit", "form_id", "q", "customer_q", "sha256"}
    typed = [name for name in form.fields if name.rsplit(".", 1)[-1] not in not_typed]
    assert len(typed) > 60
    assert [*in_page_order(dict.fromkeys(sorted(typed), ""))] == typed

    bad = {"lines.0.kind": "part", "valid_days": "-1", "lines.0.tax_rate": "many", "discount.figure": "500"}
    wrong = await (await opened(desk)).send(desk, "save", bad)
    listed = re.findall(r'<li><a href="#([^"]+)">', wrong.answer.text)
    assert listed[:3] == ["customer_id", "lines.0.description", "lines.0.specification.material"]
    assert [name for name in wrong.fields if name in listed] == [
        name for name in listed if name in wrong.fields
    ]
    assert {"lines.0.tax_rate", "valid_days", "discount.figure"} <= {*listed}
    said = "Still to say: Material; Quantity; Complexity (1 to 5); Length (mm)."
    assert said in (await desk.post(f"{NEW}/price", data={"lines.0.kind": "part"})).text
    also = {"lines.0.kind": "part", "lines.0.tax_rate": "many"}
    said = "Not priced: Tax rate (%) must be a percentage from 0 to 100, such as 19; Material; Quantity; Complexity (1 to 5); and 1 more."
    assert said in (await desk.post(f"{NEW}/price", data=also)).text


async def test_half_a_form_is_priced_as_far_as_it_goes(desks: Desks, silent: Caller) -> None:
    """What is missing is said, and the other lines count; garbage is no fault."""
    desk = desks[Role.SALES]
    typed = {**PART, "lines.1.kind": "part", "lines.1.specification.material": "steel"}
    answer = await desk.post(f"{NEW}/price", data=typed)
    assert answer.status_code == 200
    assert number(PRICES["standard"]) in answer.text
    assert "Still to say:" in answer.text
    assert "1 of 2 lines not priced yet" in answer.text
    garbage = {"lines.x.y": "1", "lines": "z", "lines.0": "w", "a.b.c.d.e.f.g.h": "1", "lines.1.folded": "[["}
    assert (await desk.post(f"{NEW}/price", data=garbage)).status_code == 200


async def test_many_lines_are_rows_until_they_are_opened(desks: Desks, caller: Caller) -> None:
    """A long quote is one field a line, keeps all that it says, and one of them opens."""
    desk = desks[Role.SALES]
    free = [{"description": f"Part {n}", "quantity": n, "unit_price": "2.00"} for n in range(1, 41)]
    draft = await caller.draft(lines=free)
    form = await opened(desk, f"/desk/quotes/{draft['id']}/revise")
    assert "lines.39.folded" in form.fields
    assert "lines.39.description" not in form.fields
    form = await form.press(desk, "open:39")
    assert form.value("lines.39.description") == "Part 40"
    quote = await quote_made(caller, await form.press(desk, "save", lines__39__unit_price="3.00"))
    assert quote["lines"][39]["total"] == "120.00"
    assert [line["description"] for line in quote["lines"]] == [line["description"] for line in free]


@pytest.mark.parametrize("path", [NEW, "/desk/parts-lists/new", f"{NEW}/customers"])
async def test_a_viewer_drafts_nothing(desks: Desks, path: str) -> None:
    """Nor sees the form."""
    assert (await desks[Role.VIEWER].get(path)).status_code == 403
    if "customers" not in path:
        assert (await desks[Role.VIEWER].post(path, data=PART)).status_code == 403


async def test_what_was_typed_outlives_the_session(app: FastAPI, database_url: str, silent: Caller) -> None:
    """A session that ended in the middle of the form: after signing in again everything stands there."""
    database = Database.connect(database_url)
    user = await let_in(database, "leaver@tooling.example.com", Role.SALES)
    assert user is not None
    token = await session_token(database, user)
    async with at_desk(app, token) as desk:
        form = await opened(desk)
        async with database.write() as w:
            await end_sessions_of(w, user.id)
        out = await form.send(desk, "save", {**PART, "notes": "Unsaved"})
        assert out.answer.status_code == 303
        leads_to = parse_qs(urlsplit(out.answer.headers["location"]).query)["next"][0]
    async with at_desk(app, await session_token(database, user)) as desk:
        again = await opened(desk, leads_to)
        assert (again.value("notes"), again.value("lines.0.specification.length_mm")) == ("Unsaved", "100")
    await database.close()
