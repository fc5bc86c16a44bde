"""The list of quotes at the desk, and its export."""

import csv
import re
from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from html import unescape
from itertools import pairwise

import httpx
import pytest
import pytest_asyncio

from adapters.db.database import Database
from adapters.tokens import LinkTokens
from domain.people.roles import Role
from tests.api.caller import IN_TEXT, Caller
from tests.api.conftest import SECRET
from tests.api.desk.conftest import Desks
from tests.api.desk.list_shelf import Shelf
from tests.integration.db.desk import Desk

OWNER = "sales@tooling.example.com"


@pytest_asyncio.fixture(scope="module")
async def shelf(database_url: str, desks: Desks) -> AsyncIterator[Shelf]:
    """Six quotes of one owner; the mails of one failed, those of the others are out."""
    database = Database.connect(database_url)
    shelf = await Shelf.filled(Desk(database, LinkTokens(SECRET)), owner=OWNER)
    now = datetime.now(UTC)
    for key in shelf.ids:
        await shelf.mails(key, status="sent", sent_at=now)
    await shelf.mails("asked", status="failed", sent_at=None, failed_at=now, last_error="550 no such user")
    await shelf.order("won", status="failed", last_error="answered 410")
    yield shelf
    await database.close()


async def listed(http: httpx.AsyncClient, shelf: Shelf, address: str) -> list[str]:
    """The shelf's quotes on the page at that address, by their keys."""
    answer = await http.get(address)
    assert answer.status_code == 200, answer.text
    keys = {quote_id: key for key, quote_id in shelf.ids.items()}
    return [keys[found] for found in re.findall(r'<a href="/desk/quotes/([0-9a-f-]{36})">', answer.text)]


@pytest.mark.parametrize(
    ("asked", "found"),
    [
        ("", "lost won asked revised sent draft"),
        ("status=draft", "draft"),
        ("status=draft&status=sent", "asked revised sent draft"),
        ("status=accepted&status=rejected&status=draft&sort=total-asc", "lost draft won"),
        ("delivery=failed", "asked"),
        ("delivery=ok&status=sent", "revised sent"),
        ("order_status=failed", "won"),
        ("order_status=none&order_status=failed&status=accepted&status=draft", "won draft"),
        ("order_status=handed_over", ""),
        ("total_from=100&total_to=300&currency=EUR", "asked revised sent"),
        ("total_from=1&currency=USD", ""),
        ("sort=total-desc", "won asked revised sent draft lost"),
        ("sort=created_at-asc", "draft sent revised asked won lost"),
        ("valid_to={yesterday}", ""),
        ("valid_from={yesterday}&status=draft", "draft"),
        ("valid_from={day}&valid_to={day}&status=draft", "draft"),
        ("owner=Sales%40tooling.example.com&status=draft", "draft"),
        ("owner=nobody%40tooling.example.com", ""),
    ],
)
async def test_each_filter_narrows(desks: Desks, shelf: Shelf, asked: str, found: str) -> None:
    """And orders put in order; a revised quote comes to what its customer has."""
    quote = (await shelf.desk.load(shelf.ids["draft"])).quote
    assert quote is not None
    filled = asked.format(
        day=quote.valid_until.date(), yesterday=(datetime.now(UTC) - timedelta(days=1)).date()
    )
    keys = await listed(desks[Role.VIEWER], shelf, f"/desk/quotes?q={shelf.word}&{filled}")
    assert keys == found.split()


async def test_a_search_finds_by_recipient_and_number(desks: Desks, shelf: Shelf) -> None:
    http = desks[Role.VIEWER]
    assert await listed(http, shelf, f"/desk/quotes?q=SENT.{shelf.word}@hale") == ["sent"]
    assert await listed(http, shelf, f"/desk/quotes?q=%20{shelf.numbers['won'].lower()}%20") == ["won"]
    assert await listed(http, shelf, f"/desk/quotes?customer_id={shelf.customer_id}&status=accepted") == [
        "won"
    ]


async def test_pages_lead_on_and_back_and_keep_the_filters(
    desks: Desks, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.desk.quotes.listed.list_page.ROWS", 2)
    http, address = desks[Role.VIEWER], f"/desk/quotes?q={shelf.word}&sort=created_at-asc"
    forth: list[list[str]] = []
    while address:
        text = (await http.get(address)).text
        forth.append(await listed(http, shelf, address))
        address = link(text, "next")
        last = text
    assert forth == [["draft", "sent"], ["revised", "asked"], ["won", "lost"]]
    back = []
    while address := link(last, "prev"):
        back.append(await listed(http, shelf, address))
        last = (await http.get(address)).text
        assert f"q={shelf.word}" in address
    assert back == [["revised", "asked"], ["draft", "sent"]]


def link(text: str, rel: str) -> str:
    found = re.search(f'<a href="([^"]+)" rel="{rel}"', text)
    return unescape(found[1]) if found else ""


GARBAGE = {
    "status=nonsense": "Status",
    "owner=me": "Owner",
    "customer_id=1'--": "Customer",
    "delivery=%F0%9F%92%A9": "Emails",
    "order_status=lost": "Handing over",
    "valid_from=yesterday": "Valid until, from",
    "valid_to=99999-99-99": "Valid until, to",
    "valid_to=9999-12-31": "Valid until, to",
    "total_from=1e9&currency=EUR": "Total from",
    "total_to=%00&total_to=NaN&currency=EUR": "Total to",
    "total_to=5": "Total: say of which currency",
    "currency=XXX": "Currency",
    "sort=owner": "Sort by",
    "sort=created_at-sideways": "Sort by",
    f"q={'x' * 101}": "Search",
    "after=abc": "The place in the list",
    "before=%00": "The place in the list",
    "colour=%3Cscript%3E": "is no filter of this list",
}


@pytest.mark.parametrize(("garbage", "said"), GARBAGE.items())
async def test_what_is_not_understood_is_said_and_left_out(
    desks: Desks, shelf: Shelf, garbage: str, said: str
) -> None:
    """The list is there, with the filters that were understood; an export of it is not."""
    http, search = desks[Role.VIEWER], "" if garbage.startswith("q=") else f"q={shelf.word}&"
    answer = await http.get(f"/desk/quotes?status=accepted&{search}{garbage}")
    assert answer.status_code == 200
    [notice] = re.findall(r'<div class="notice warn" role="status">.*?</div>', answer.text, re.DOTALL)
    assert said in unescape(notice)
    assert f"/desk/quotes/{shelf.ids['won']}" in answer.text
    assert "<script>" not in answer.text
    exported = await http.get(f"/desk/quotes.csv?status=accepted&{search}{garbage}")
    if "The place" not in said:
        assert exported.status_code == 422
        assert said in unescape(exported.text)


async def test_fields_left_empty_do_not_stay_in_the_address(desks: Desks, shelf: Shelf) -> None:
    answer = await desks[Role.VIEWER].get(
        f"/desk/quotes?q={shelf.word}&owner=&status=sent&total_from=+&sort=total-asc"
    )
    assert answer.status_code == 303
    assert answer.headers["location"] == f"/desk/quotes?status=sent&q={shelf.word}&sort=total-asc"


async def test_names_are_texts(desks: Desks, shelf: Shelf) -> None:
    """Also where they look like HTML."""
    text = (await desks[Role.VIEWER].get(f"/desk/quotes?q={shelf.word}")).text
    assert "Hale &lt;b&gt;&amp; Söhne&lt;/b&gt;" in text
    assert "550 no such user" in text


async def test_an_empty_list_says_what_to_do(desks: Desks, shelf: Shelf) -> None:
    text = (await desks[Role.VIEWER].get("/desk/quotes?q=unobtainium")).text
    assert "Nothing found" in text
    assert 'href="/desk/quotes">Show all quotes' in text


async def exported(http: httpx.AsyncClient, asked: str) -> list[dict[str, str]]:
    answer = await http.get(f"/desk/quotes.csv?{asked}")
    assert answer.status_code == 200, answer.text
    assert answer.content.startswith(b"\xef\xbb\xbfNumber,Status,")
    assert answer.content.count(b"\n") == answer.content.count(b"\r\n")
    assert answer.headers["content-disposition"].startswith('attachment; filename="quotes-')
    assert answer.headers["cache-control"] == "no-store"
    return list(csv.DictReader(answer.content.decode("utf-8-sig").splitlines(), strict=True))


async def test_an_export_has_the_quotes_of_its_list(
    desks: Desks, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    """All pages of them, in the list's order, with amounts and times as spreadsheets read them."""
    monkeypatch.setattr("api.desk.quotes.listed.csv_export._AT_ONCE", 2)
    rows = await exported(desks[Role.VIEWER], f"q={shelf.word}&sort=created_at-asc")
    assert [row["Number"] for row in rows] == [shelf.numbers[key] for key in shelf.ids]
    assert [row["Status"] for row in rows] == ["draft", "sent", "in revision", "sent", "accepted", "rejected"]
    assert rows[0]["Total"] == "90.00"
    assert rows[0]["Owner"] == OWNER
    assert datetime.fromisoformat(rows[0]["Valid until (UTC)"]).second == 59
    assert rows[3]["Emails"] == "failed"
    assert all(one["Created (UTC)"] <= other["Created (UTC)"] for one, other in pairwise(rows))


async def test_an_export_has_a_decimal_comma_where_a_spreadsheet_has_one(desks: Desks, shelf: Shelf) -> None:
    """Then semicolons keep cells apart; what is neither comma nor point is said."""
    asked = f"/desk/quotes.csv?q={shelf.word}&sort=created_at-asc&decimal="
    answer = await desks[Role.VIEWER].get(f"{asked}comma")
    lines = answer.content.decode("utf-8-sig").splitlines()
    rows = list(csv.DictReader(lines, delimiter=";", strict=True))
    assert [row["Number"] for row in rows] == [shelf.numbers[key] for key in shelf.ids]
    assert rows[0]["Total"] == "90,00"
    assert (await desks[Role.VIEWER].get(f"{asked}point")).content == (
        await desks[Role.VIEWER].get(f"/desk/quotes.csv?q={shelf.word}&sort=created_at-asc")
    ).content
    refused = await desks[Role.VIEWER].get(f"{asked}dot")
    assert refused.status_code == 422
    assert "must be point or comma" in refused.text


async def test_an_export_that_was_cut_says_so(
    desks: Desks, shelf: Shelf, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("api.desk.quotes.listed.csv_export._AT_ONCE", 2)
    monkeypatch.setattr("api.desk.quotes.listed.csv_export.MOST_ROWS", 3)
    rows = await exported(desks[Role.VIEWER], f"q={shelf.word}")
    assert len(rows) == 4
    assert rows[-1]["Number"].startswith("Cut off after")


async def test_nobody_sees_a_list_without_a_session(desks: Desks, shelf: Shelf) -> None:
    async with httpx.AsyncClient(transport=desks[Role.VIEWER]._transport, base_url="http://desk.test") as out:
        for path in ("/desk", "/desk/quotes", "/desk/quotes.csv"):
            answer = await out.get(path)
            assert (answer.status_code, answer.headers["location"].partition("?")[0]) == (
                303,
                "/desk/sign-in",
            )


async def test_a_total_that_is_to_be_chosen_says_so(desks: Desks, caller: Caller) -> None:
    """It is that of the first choice until the customer has chosen; an optional line beside a certain one leaves it settled."""
    customer = await caller.customer()
    line = {"description": "Block", "specification": IN_TEXT}
    extra = {"description": "Report", "quantity": "1", "unit_price": "80.00", "optional": True}
    settled = await caller.sent(customer_id=customer["id"], lines=[line, extra])
    chosen = await caller.sent(customer_id=customer["id"], lines=[{**line, "quantities": [20, 50]}])
    for path in (f"/desk/quotes?customer_id={customer['id']}", f"/desk/customers/{customer['id']}"):
        page = (await desks[Role.SALES].get(path)).text
        rows = {
            each["number"]: row
            for each in (settled, chosen)
            for row in page.split("<tr>")
            if each["number"] in row
        }
        assert "if the first is chosen" in rows[chosen["number"]]
        assert "if the first is chosen" not in rows[settled["number"]]
    mine = {"customer_id": customer["id"], "owner": "sales@tooling.example.com"}
    drafts = [await caller.draft(**mine, lines=[{**line, **more}]) for more in ({}, {"quantities": [20, 50]})]
    today = (await desks[Role.SALES].get("/desk?whose=mine")).text
    told = [next(each for each in today.split("<li>") if draft["number"] in each) for draft in drafts]
    assert ["if the first is chosen" in each for each in told] == [False, True]
