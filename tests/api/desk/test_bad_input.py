"""Whatever is asked of whatever page: an answer that says what is wrong, never a fault, and nothing that runs."""

import re
from typing import Any
from urllib.parse import parse_qs, quote, urlsplit

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from adapters.db.database import Database
from adapters.db.parties.sessions import end_sessions_of
from domain.people.roles import Role
from tests.api.caller import Caller
from tests.api.conftest import calling
from tests.api.desk.conftest import Desks
from tests.api.desk.drafting import Shown
from tests.api.desk.every_page import NOTHING, STREAMS, ShopThings, routes_with, shop_things
from tests.api.desk.hostile import MARK, hostile_texts
from tests.api.desk.people import at_desk, let_in, session_token

_GARBAGE = (
    *(
        "x",
        "0",
        "-1",
        "%00",
        "%ff",
        "%2e%2e",
        "%2F",
        "'",
        "%27%20OR%201=1",
        "%F0%9F%92%A5",
        "9" * 400,
        "null",
    ),
    *(
        "{01890a5d-ac96-774b-bcce-b302099a8057}",
        "01890a5dac96774bbcceb302099a8057",
        "01890A5D-AC96-774B-BCCE",
        "%0d%0aX:1",
    ),
)
_QUERY = (
    *(
        "q",
        "status",
        "cursor",
        "sort",
        "days",
        "done",
        "mine",
        "customer",
        "calculation",
        "kept",
        "next",
        "into",
    ),
    *(
        "waits",
        "form",
        "old",
        "new",
        "before",
        "after",
        "seen",
        "owner",
        "customer_id",
        "delivery",
        "currency",
    ),
    *("valid_from", "valid_to", "total_from", "total_to", "nothing-of-ours"),
)
_CONSTANTS = {"kind": "yaml", "number": "1"}


@pytest_asyncio.fixture(scope="module")
async def things(app: FastAPI, key: str, worker: None, desks: Desks) -> ShopThings:
    """What the addresses are of."""
    async with calling(app, key) as caller:
        return await shop_things(caller, desks[Role.ADMIN])


@pytest.mark.parametrize("method", ["GET", "POST"])
async def test_what_is_not_there_is_a_page_that_says_so(
    desks: Desks, things: ShopThings, method: str
) -> None:
    """404 at every route: by the id of nothing, by what is no id, and where all but one of several is there."""
    admin, found = desks[Role.ADMIN], {}
    for path in routes_with(method, ids=True):
        names = re.findall(r"{(\w+)}", path)
        for name in names:
            for wrong in (NOTHING, *_GARBAGE):
                if name == "number" and wrong == "1":
                    continue
                address = things.address(path, **{name: wrong})
                answer = await admin.request(
                    method, address, data={"do": "save"} if method == "POST" else None
                )
                if answer.status_code != httpx.codes.NOT_FOUND or "<main" not in answer.text:
                    found[f"{method} {path} {name}={wrong[:40]}"] = answer.status_code
    assert found == {}


@pytest.mark.parametrize(
    "path", [path for ids in (False, True) for path in routes_with("GET", ids=ids) if path != STREAMS]
)
async def test_an_address_by_hand_with_garbage(desks: Desks, things: ShopThings, path: str) -> None:
    """Parameters that mean nothing: the page, what is wrong with them, or that it is not there."""
    address, found = things.address(path), {}
    plain = (await desks[Role.ADMIN].get(address)).status_code
    for text in (MARK, "%00", "-1", "9" * 60, "%ff", "[]", "", "a" * 2_000):
        value = text if text.startswith("%") else quote(text)
        query = "&".join(f"{name}={value}" for name in _QUERY)
        answer = await desks[Role.ADMIN].get(f"{address}?{query}&status={value}&{value}=1")
        is_fine = answer.status_code in {plain, 303, 404, 409, 422}
        if not is_fine or MARK in answer.text:
            found[text[:20]] = answer.status_code
    assert found == {}


FORMS = [path for ids in (False, True) for path in routes_with("POST", ids=ids)]
_OWN_DRAFT = frozenset({"send", "revise", "delete", "page", "mail", "pdf"})
_KEEP_THEIR_STATE = {
    "/desk/settings": {"currency": "nonsense"},
    "/desk/settings/sessions": {"session": "x"},
    "/desk/settings/users/{user_id}": {"role": "nonsense"},
}
"""What would change what other tests build upon is wrong in one more field."""


@pytest.mark.parametrize("path", FORMS)
async def test_hostile_texts_in_every_field(desks: Desks, things: ShopThings, path: str) -> None:
    """No fault, nothing that runs in a page, and what is refused is still there as it was typed."""
    admin = desks[Role.ADMIN]
    last = path.rpartition("/")[2]
    address = things.address(path, **({"quote_id": things.draft["id"]} if last in _OWN_DRAFT else {}))
    shown = Shown(await admin.get(address.removesuffix("/price")))
    fixed = {
        "state_version",
        "version",
        "form_id",
        "edition",
        "secret_edition",
        "address" if "send" in path else "",
    }
    names = [name for name in shown.fields if name not in fixed] or ["name"]
    all_texts = hostile_texts()
    share = all_texts[FORMS.index(path) :: len(FORMS)] + all_texts[:6]
    does = {name for name in shown.buttons if not name.startswith(("remove", "delete", "revoke"))} or {"save"}
    found: dict[str, Any] = {}
    for turn, text in enumerate(share):
        typed = {**shown.fields, **dict.fromkeys(names, text), "do": sorted(does)[turn % len(does)]}
        answer = await admin.post(address, data={**typed, **_KEEP_THEIR_STATE.get(path, {})})
        if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR or MARK in answer.text:
            found[text[:40]] = answer.status_code
        elif "That did not work" in answer.text:
            found[text[:40]] = answer.text.split("<main")[1][:300]
        elif answer.status_code == httpx.codes.SEE_OTHER:
            after = await admin.get(answer.headers["location"])
            if after.status_code >= httpx.codes.INTERNAL_SERVER_ERROR or MARK in after.text:
                found[text[:40]] = f"{after.status_code} after it"
    assert found == {}


async def test_hostile_texts_one_at_a_time(desks: Desks, caller: Caller) -> None:
    """Each alone in each field of words of a customer: kept or refused beside the field, and the form stays as it was typed."""
    sales, found = desks[Role.SALES], {}
    good = {"name": "ACME", "email": "buyer@acme.example.com", "customer_tier": "standard"}
    for field in ("name", "email", "address", "tax_id", "tax_rate", "no_tax_reason", "language", "time_zone"):
        for text in hostile_texts(90):
            answer = await sales.post("/desk/customers/new", data={**good, field: text})
            if answer.status_code not in {303, 422} or MARK in answer.text:
                found[f"{field}: {text[:40]!r}"] = answer.status_code
    assert found == {}


async def test_a_field_that_is_no_text(desks: Desks, things: ShopThings) -> None:
    """Bytes that are no UTF-8, a form that is none, one that breaks off, and one of the wrong kind."""
    admin, found = desks[Role.ADMIN], {}
    multipart = {"Content-Type": "multipart/form-data; boundary=x"}
    for path in FORMS:
        for content, headers in (
            (b"name=%FF%FE&q=%80", {"Content-Type": "application/x-www-form-urlencoded"}),
            (b"\xff\xfe=\x00", {"Content-Type": "application/x-www-form-urlencoded"}),
            (b'--x\r\nContent-Disposition: form-data; name="name"\r\n\r\n\xff\xfe\r\n--x', multipart),
            (b"--y\r\n", multipart),
            (b"{}", {"Content-Type": "application/json"}),
            (b"", {}),
        ):
            if path == "/desk/settings/sessions":
                continue
            answer = await admin.post(things.address(path), content=content, headers=headers)
            if answer.status_code >= httpx.codes.INTERNAL_SERVER_ERROR:
                found[f"{path} {content[:12]!r}"] = answer.status_code
    assert found == {}


@pytest.mark.parametrize("path", [path for path in FORMS if path != "/desk/sign-in"])
async def test_a_session_that_ends_in_mid_form(
    app: FastAPI, things: ShopThings, database_url: str, path: str
) -> None:
    """At every form, with a file too: what was typed is there again after signing in, and nothing was done."""
    database = Database.connect(database_url)
    user = await let_in(database, "away@tooling.example.com", Role.ADMIN)
    assert user is not None
    last = path.rpartition("/")[2]
    address = things.address(path, **({"quote_id": things.draft["id"]} if last in _OWN_DRAFT else {}))
    async with at_desk(app, await session_token(database, user)) as desk:
        page = await desk.get(address.removesuffix("/price"))
        shown = Shown(page)
        words = [
            name
            for name in shown.fields
            if f'id="{name}"' in page.text and f'<select id="{name}"' not in page.text
        ]
        typed = {**shown.fields, **dict.fromkeys(words, "Typ\u00e9d"), "more": "Typ\u00e9d"}
        async with database.write() as w:
            await end_sessions_of(w, user.id)
        ended = await desk.post(address, data=typed, files={"file": ("plan.pdf", b"%PDF-1.7 plan")})
    assert ended.status_code == httpx.codes.SEE_OTHER
    leads_to = parse_qs(urlsplit(ended.headers["location"]).query)["next"][0]
    async with at_desk(app, await session_token(database, user)) as desk:
        back = await desk.get(leads_to)
    await database.close()
    if back.status_code == httpx.codes.OK and "<main" in back.text:
        assert "Files have to be chosen again" in back.text
        came = Shown(back)
        assert not words or any(
            "Typ\u00e9d" in value for values in came.fields.values() for value in values
        ), words
