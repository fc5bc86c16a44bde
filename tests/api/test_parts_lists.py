"""Parts lists over HTTP: read, asked about, answered, made into a draft; refused whole, and nothing half stored."""

from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx
import pytest

from tests.api.caller import V1, Caller, places, problem
from tests.unit.parts_lists.books import xlsx
from tests.waiting import eventually

LISTS = Path(__file__).parents[1] / "unit/parts_lists/lists"
DEFAULTS = {"process": "laser_cutting", "geometric_complexity_score": "1.5"}
WORKBOOK = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
NOBODY = "01890a5d-ac96-774b-bcce-b302099a8057"


async def put(caller: Caller, content: bytes, media_type: str = "text/csv", **query: Any) -> httpx.Response:
    """The answer to a list."""
    return await caller.http.post(
        f"{V1}/parts-lists", content=content, headers={"Content-Type": media_type}, params=query
    )


async def stored(caller: Caller, file: str, **query: Any) -> dict[str, Any]:
    """The answer to a list of the collection, which is stored."""
    answer = await put(caller, (LISTS / file).read_bytes(), **query)
    assert answer.status_code == 201, answer.text
    made: dict[str, Any] = answer.json()
    assert answer.headers["location"] == made["links"]["self"]
    return made


async def quoted(caller: Caller, listed: dict[str, Any], body: dict[str, Any]) -> dict[str, Any]:
    """The draft of a list, decided."""
    answer = await caller.post(f"/parts-lists/{listed['id']}/quote", body)
    if answer.status_code == httpx.codes.ACCEPTED:
        await caller.decided(answer)
        answer = await caller.get(f"/quotes/{answer.json()['quote_id']}")
    assert answer.status_code in {200, 201}, answer.text
    made: dict[str, Any] = answer.json()
    return made


async def test_from_a_list_to_a_draft(caller: Caller) -> None:
    """A German list of an ERP system, in Windows-1252 and with its sizes in one cell: one question, and its answer with the wish
    for a quote.
    """
    customer = await caller.customer(customer_tier="premium")
    made = await stored(caller, "erp-german.csv", customer_id=customer["id"], name="4711.csv")
    assert made["file"]["encoding"] == "Windows-1252"
    assert made["file"]["encoding_assumed"] is True
    assert made["file"]["header_rows"] == [4]
    assert [(each["answer"], each["keys"]) for each in made["questions"]] == [
        ("defaults", ["process", "geometric_complexity_score"])
    ]
    assert (made["parts"], made["open"]) == (0, 3)
    quote = await quoted(caller, made, {"defaults": {**DEFAULTS, "tier": "economy"}, "valid_days": 20})
    assert quote["status"] == "draft"
    assert [
        (each["description"], each["part_number"], each["quantity"], each["tier"]) for each in quote["lines"]
    ] == [
        ("Grundplatte (item 10)", "100234", 2, "economy"),
        ("Seitenwand links (item 20)", "100235", 12, "economy"),
        ("Halter (item 30)", "100236", 40, "economy"),
    ]
    assert quote["lines"][0]["specification"]["customer_tier"] == "premium"
    assert quote["notes"] == "From the parts list 4711.csv: 3 of 3 parts."
    again = (await caller.get(f"/parts-lists/{made['id']}")).json()
    assert (again["parts"], again["open"], again["questions"]) == (3, 0, [])
    assert again["answers"]["defaults"] == {**DEFAULTS, "tier": "economy"}
    assert again["quote_id"] == quote["id"]


async def test_a_draft_has_the_prices_of_its_lines(caller: Caller) -> None:
    """The same part costs the same, from a list or asked for by itself."""
    made = await stored(caller, "german-decimals.csv")
    customer = await caller.customer()
    quote = await quoted(caller, made, {"customer_id": customer["id"]})
    part = {
        "material": "steel",
        "process": "laser_cutting",
        "length_mm": "300.5",
        "width_mm": "200",
        "height_mm": "3",
        "geometric_complexity_score": "1.5",
        "quantity": 10,
    }
    alone = await caller.draft(specification=part)
    assert quote["total_price"] == alone["total_price"]


async def test_open_rows_are_left_out_and_named(caller: Caller) -> None:
    """1.000 pieces are not one and not a thousand: the rows are left out, and the draft's notes name them."""
    made = await stored(caller, "german-thousands.csv")
    assert [row["row"] for row in made["rows"] if row["kind"] == "open"] == [3, 4]
    [problem_of_3] = made["rows"][1]["problems"]
    assert (problem_of_3["code"], problem_of_3["allowed"]) == ("ambiguous_figure", ["1", "1000"])
    customer = await caller.customer()
    quote = await quoted(caller, made, {"customer_id": customer["id"], "notes": "As discussed."})
    assert [line["quantity"] for line in quote["lines"]] == [1000, 10]
    assert quote["notes"].startswith("As discussed.\n\nFrom a parts list: 2 of 4 parts.\nRow 3 ")
    answer = await caller.patch(f"/parts-lists/{made['id']}", {"decimal": "comma"})
    assert [row["specification"]["quantity"] for row in answer.json()["rows"]] == [1000, 1000, 10, 10]
    assert answer.json()["rows"][2]["specification"]["length_mm"] == "1250"


async def test_answers_are_kept_for_a_customer(caller: Caller) -> None:
    """What was said of one list holds for the customer's next, and for nobody else's."""
    customer = await caller.customer()
    made = await stored(caller, "shape-freecad-cutlist.csv", customer_id=customer["id"])
    assert [each["answer"] for each in made["questions"]] == ["units", "defaults"]
    said = {"units": {"*": "mm"}, "defaults": {**DEFAULTS, "material": "steel", "quantity": 2}, "keep": True}
    answer = await caller.patch(f"/parts-lists/{made['id']}", said)
    assert (answer.json()["parts"], answer.json()["questions"]) == (0, [])
    [too_large] = answer.json()["rows"][0]["problems"]
    assert (too_large["pointer"], too_large["code"]) == ("/length_mm", "too_large")
    shorter = b"part name,length,width,thickness\nLeft Rail,1040.0,150.0,35.0\n"
    assert (await put(caller, shorter, customer_id=customer["id"])).json()["parts"] == 1
    assert (await put(caller, shorter)).json()["parts"] == 0


async def test_columns_are_mapped_by_heading_or_letter(caller: Caller) -> None:
    """What nobody understands is shown and asked for; what is said of it counts, and can be taken back."""
    content = "Nr;Foo;Bar;Stoff;Menge\nA;300 x 200 x 3;b\u202e;Stahl;4\n".encode()
    made = (await put(caller, content)).json()
    assert made["not_understood"] == ["Bar"]
    assert {"Foo": "dimensions", "Stoff": "material"}.items() <= {
        each["heading"]: each["field"] for each in made["columns"]
    }.items()
    answer = await caller.patch(
        f"/parts-lists/{made['id']}", {"map": {"Bar": "description", "B": "dimensions"}, "units": {"B": "mm"}}
    )
    assert answer.status_code == 200, answer.text
    assert answer.json()["not_understood"] == []
    assert answer.json()["rows"][0]["description"] == "b"
    answer = await caller.patch(f"/parts-lists/{made['id']}", {"map": None})
    assert answer.json()["not_understood"] == ["Bar"]


@pytest.mark.parametrize(
    ("body", "place"),
    [
        ({"map": {"B": "width_mm", "Breite": "height_mm"}}, ("/map/Breite", "column_named_twice")),
        ({"map": {"B": "width_mm", "A": "width_mm"}}, ("/map/A", "field_named_twice")),
        ({"map": {"Farbe": "material"}}, ("/map/Farbe", "unknown_column")),
        ({"map": {"A": "colour"}}, ("/map/A", "unknown_field")),
        ({"units": {"*": "furlong"}}, ("/units/*", "unknown_unit")),
        ({"defaults": {"process": "magic"}}, ("/defaults/process", "unknown_process")),
        ({"materials": {"Alu": "gold"}}, ("/materials/Alu", "unknown_material")),
        ({"materials": {"Alu X": "steel", "ALU-x": "brass"}}, ("/materials/ALU-x", "alias_of_two")),
    ],
)
async def test_wrong_answers_are_refused_by_place(
    caller: Caller, body: dict[str, Any], place: tuple[str, str]
) -> None:
    """Each with what would be taken; what was said before stays."""
    made = (await put(caller, b"Teil;Breite;L\xc3\xa4nge\nA;1;2\n")).json()
    answer = await caller.patch(f"/parts-lists/{made['id']}", body)
    problem(answer, 422, "invalid_answers")
    assert place in places(answer)
    assert (await caller.get(f"/parts-lists/{made['id']}")).json()["answers"] == {}


@pytest.mark.parametrize(
    ("content", "media_type", "code"),
    [
        ((LISTS / "no-header.csv").read_bytes(), "text/csv", "no_header"),
        ((LISTS / "kicad-bom.csv").read_bytes(), "text/csv", "not_mechanical"),
        ((LISTS / "solidworks-default-bom.csv").read_bytes(), "text/csv", "no_sizes"),
        (b"%PDF-1.7", "text/csv", "not_a_list"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "application/octet-stream", "not_a_list"),
        (b"PK\x03\x04 no archive", WORKBOOK, "workbook_damaged"),
        (b"\n \n;;;\n", "text/csv", "file_empty"),
        (b"\x81\x8d\x90 no text", "text/csv", "unknown_encoding"),
        (xlsx([["Teil"], ["x"]], stray="XFD1048576"), WORKBOOK, "file_too_complex"),
        (xlsx([["Teil"], ["x" * 120_000_000]]), WORKBOOK, "workbook_too_large"),
    ],
)
async def test_what_is_no_list_is_refused_whole(
    caller: Caller, content: bytes, media_type: str, code: str
) -> None:
    """One problem with the reason and what would be taken, and no list is stored."""
    answer = await put(caller, content, media_type)
    body = problem(answer, 422, "parts_list_refused")
    assert [each["code"] for each in body["errors"]] == [code]
    assert body["detail"].endswith("Nothing was stored.")


async def test_bounds_of_the_request(caller: Caller) -> None:
    """Size, type, emptiness, customer and address."""
    problem(await put(caller, b"x" * (5 * 1024 * 1024 + 1)), 413, "body_too_large")
    problem(await put(caller, b"a;b", "text/html"), 415, "unsupported_media_type")
    problem(await put(caller, b""), 422, "file_empty")
    answer = await put(caller, b"Teil;Breite\nA;1\n", customer_id=NOBODY)
    assert [
        (each["in"], each["pointer"]) for each in problem(answer, 422, "customer_not_found")["errors"]
    ] == [("query", "/customer_id")]
    problem(await caller.get(f"/parts-lists/{NOBODY}"), 404, "parts_list_not_found")
    problem(await caller.post(f"/parts-lists/{NOBODY}/quote", {}), 404, "parts_list_not_found")


async def test_no_draft_without_a_part_or_a_customer(caller: Caller) -> None:
    """The questions are told by their place, and the customer is asked for."""
    made = await stored(caller, "german-windows1252.csv")
    answer = await caller.post(f"/parts-lists/{made['id']}/quote", {})
    assert ("/customer_id", "required") in places(answer)
    customer = await caller.customer()
    answer = await caller.post(f"/parts-lists/{made['id']}/quote", {"customer_id": customer["id"]})
    problem(answer, 409, "parts_list_open")
    assert ("/defaults", "question") in places(answer)


async def test_the_same_wish_with_its_key_makes_one_quote(caller: Caller) -> None:
    """As for every quote."""
    made = await stored(caller, "german-decimals.csv")
    customer = await caller.customer()
    path, key = f"/parts-lists/{made['id']}/quote", {"Idempotency-Key": f"list-{made['id']}"}
    first = await caller.post(path, {"customer_id": customer["id"]}, headers=key)
    second = await caller.post(path, {"customer_id": customer["id"]}, headers=key)
    ids = {answer.json().get("quote_id") or answer.json()["id"] for answer in (first, second)}
    assert len(ids) == 1


async def test_the_same_list_with_its_key_is_stored_once(caller: Caller) -> None:
    """The first answer again, byte for byte; another list, or the same with another query, is another request."""
    content = (LISTS / "german-decimals.csv").read_bytes()
    key = {"Idempotency-Key": f"list-{uuid4()}", "Content-Type": "text/csv"}

    async def read(content: bytes, **query: str) -> httpx.Response:
        return await caller.http.post(f"{V1}/parts-lists", content=content, headers=key, params=query)

    first, second = await read(content, name="a.csv"), await read(content, name="a.csv")
    assert (first.status_code, second.status_code, second.content) == (201, 201, first.content)
    assert second.headers["idempotency-replayed"] == "true"
    assert first.headers["location"] == second.headers["location"] == first.json()["links"]["self"]
    for other in (await read(content, name="b.csv"), await read(content + b"\n", name="a.csv")):
        problem(other, 422, "idempotency_key_reused")
    key["Idempotency-Key"] = "two words"
    problem(await read(content), 400, "bad_header")


async def test_a_draft_that_is_decided_after_its_answer_is_the_list_s_quote(
    caller: Caller, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Proves that the list knows it as soon as it is there; and no quote that was refused."""
    customer = await caller.customer()
    made = await stored(caller, "german-decimals.csv", customer_id=customer["id"])
    monkeypatch.setattr("api.dispatch.submit.BUDGET_SECONDS", 0.0)
    path = f"/parts-lists/{made['id']}"
    answer = await caller.post(f"{path}/quote", {})
    assert (await caller.decided(answer))["status"] == "applied"
    assert (await caller.get(path)).json()["quote_id"] == answer.json()["quote_id"]
    unpaid = {"discount": {"amount": "9999999.00", "reason": "more than there is"}}
    answer = await caller.post(f"{path}/quote", unpaid)
    assert (await caller.decided(answer))["status"] == "refused"
    assert (await caller.get(path)).json()["quote_id"] is None


async def test_a_quote_of_five_hundred_lines(caller: Caller) -> None:
    """It is drafted, read, shown as PDF, and sent; one part more is refused."""
    head = "Part;Description;Material;Process;Length (mm);Width (mm);Height (mm);Complexity;Qty\n"
    rows = [f"P-{n};Plate {n};steel;laser cutting;{100 + n};50;3;1.5;{n % 9 + 1}\n" for n in range(501)]
    customer = await caller.customer()
    made = (await put(caller, (head + "".join(rows[:500])).encode())).json()
    assert made["parts"] == 500
    quote = await quoted(caller, made, {"customer_id": customer["id"]})
    assert len(quote["lines"]) == 500
    answer = await caller.post(f"/quotes/{quote['id']}/send")
    assert answer.status_code in {200, 202}, answer.text
    path = f"/quotes/{quote['id']}/versions/1/pdf"

    async def has_pdf() -> bool:
        return (await caller.get(path)).status_code == httpx.codes.OK

    await eventually(has_pdf, "the document of 500 lines", seconds=200)
    assert (await caller.get(path)).content.startswith(b"%PDF")
    longer = (await put(caller, (head + "".join(rows)).encode())).json()
    answer = await caller.post(f"/parts-lists/{longer['id']}/quote", {"customer_id": customer["id"]})
    problem(answer, 409, "parts_list_open")
