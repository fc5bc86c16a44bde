"""Every route of the desk and the least role that may use it: one line each. A route that is not here fails, and so does one
that lets in anybody else.
"""

import re
from collections.abc import Iterator
from typing import Final

import httpx
import pytest
from fastapi import FastAPI
from fastapi.routing import APIRoute

from domain.people.roles import Role
from tests.api.desk.conftest import Desks
from tests.api.desk.people import at_desk

ANYBODY: Final = None
"""The door: who is not signed in has to get in."""

# Keep it in the order of the addresses. GET stands for HEAD too.
LEAST: Final[dict[str, Role | None]] = {
    "GET /desk": Role.VIEWER,
    "GET /desk/customers": Role.VIEWER,
    "GET /desk/customers/new": Role.SALES,
    "POST /desk/customers/new": Role.SALES,
    "GET /desk/customers/{customer_id}": Role.VIEWER,
    "GET /desk/customers/{customer_id}/edit": Role.MANAGER,
    "POST /desk/customers/{customer_id}/edit": Role.MANAGER,
    "GET /desk/customers/{customer_id}/forget": Role.ADMIN,
    "POST /desk/customers/{customer_id}/forget": Role.ADMIN,
    "GET /desk/customers/{customer_id}/merge": Role.MANAGER,
    "POST /desk/customers/{customer_id}/merge": Role.MANAGER,
    "GET /desk/keys": Role.VIEWER,
    "GET /desk/parts-lists/new": Role.SALES,
    "POST /desk/parts-lists/new": Role.SALES,
    "GET /desk/parts-lists/{list_id}": Role.SALES,
    "POST /desk/parts-lists/{list_id}": Role.SALES,
    "GET /desk/price-list": Role.VIEWER,
    "GET /desk/price-list/new": Role.MANAGER,
    "POST /desk/price-list/new": Role.MANAGER,
    "GET /desk/price-list/{card_id}": Role.VIEWER,
    "GET /desk/price-list/{card_id}/{kind}": Role.VIEWER,
    "GET /desk/quotes": Role.VIEWER,
    "GET /desk/quotes.csv": Role.VIEWER,
    "GET /desk/quotes/new": Role.SALES,
    "POST /desk/quotes/new": Role.SALES,
    "GET /desk/quotes/new/customers": Role.SALES,
    "POST /desk/quotes/new/price": Role.SALES,
    "GET /desk/quotes/{quote_id}": Role.VIEWER,
    "GET /desk/quotes/{quote_id}/accept": Role.SALES,
    "POST /desk/quotes/{quote_id}/accept": Role.SALES,
    "GET /desk/quotes/{quote_id}/annul": Role.ADMIN,
    "POST /desk/quotes/{quote_id}/annul": Role.ADMIN,
    "GET /desk/quotes/{quote_id}/calculations/{calculation_id}": Role.VIEWER,
    "GET /desk/quotes/{quote_id}/cancel": Role.SALES,
    "POST /desk/quotes/{quote_id}/cancel": Role.SALES,
    "GET /desk/quotes/{quote_id}/certificate": Role.VIEWER,
    "GET /desk/quotes/{quote_id}/compare": Role.VIEWER,
    "GET /desk/quotes/{quote_id}/copy": Role.SALES,
    "POST /desk/quotes/{quote_id}/copy": Role.SALES,
    "GET /desk/quotes/{quote_id}/delete": Role.SALES,
    "POST /desk/quotes/{quote_id}/delete": Role.SALES,
    "GET /desk/quotes/{quote_id}/extend": Role.SALES,
    "POST /desk/quotes/{quote_id}/extend": Role.SALES,
    "GET /desk/quotes/{quote_id}/files/{sha256}": Role.VIEWER,
    "GET /desk/quotes/{quote_id}/history": Role.VIEWER,
    "GET /desk/quotes/{quote_id}/links/{link_id}/close": Role.SALES,
    "POST /desk/quotes/{quote_id}/links/{link_id}/close": Role.SALES,
    "GET /desk/quotes/{quote_id}/live": Role.VIEWER,
    "GET /desk/quotes/{quote_id}/order": Role.SALES,
    "POST /desk/quotes/{quote_id}/order": Role.SALES,
    "POST /desk/quotes/{quote_id}/order/retry": Role.SALES,
    "GET /desk/quotes/{quote_id}/proof": Role.VIEWER,
    "GET /desk/quotes/{quote_id}/reject": Role.SALES,
    "POST /desk/quotes/{quote_id}/reject": Role.SALES,
    "GET /desk/quotes/{quote_id}/resend": Role.SALES,
    "POST /desk/quotes/{quote_id}/resend": Role.SALES,
    "GET /desk/quotes/{quote_id}/revise": Role.SALES,
    "POST /desk/quotes/{quote_id}/revise": Role.SALES,
    "GET /desk/quotes/{quote_id}/run": Role.VIEWER,
    "GET /desk/quotes/{quote_id}/send": Role.SALES,
    "POST /desk/quotes/{quote_id}/send": Role.SALES,
    "GET /desk/quotes/{quote_id}/send/mail": Role.SALES,
    "POST /desk/quotes/{quote_id}/send/mail": Role.SALES,
    "GET /desk/quotes/{quote_id}/send/page": Role.SALES,
    "POST /desk/quotes/{quote_id}/send/page": Role.SALES,
    "GET /desk/quotes/{quote_id}/send/pdf": Role.SALES,
    "POST /desk/quotes/{quote_id}/send/pdf": Role.SALES,
    "GET /desk/quotes/{quote_id}/verify": Role.VIEWER,
    "GET /desk/quotes/{quote_id}/versions/{number}": Role.VIEWER,
    "GET /desk/quotes/{quote_id}/versions/{number}/pdf": Role.VIEWER,
    "GET /desk/settings": Role.VIEWER,
    "POST /desk/settings": Role.MANAGER,
    "GET /desk/settings/keys": Role.ADMIN,
    "POST /desk/settings/keys": Role.ADMIN,
    "GET /desk/settings/keys/{key_id}": Role.ADMIN,
    "POST /desk/settings/keys/{key_id}": Role.ADMIN,
    "GET /desk/settings/logo": Role.VIEWER,
    "GET /desk/settings/sessions": Role.VIEWER,
    "POST /desk/settings/sessions": Role.VIEWER,
    "GET /desk/settings/users": Role.ADMIN,
    "POST /desk/settings/users": Role.ADMIN,
    "GET /desk/settings/users/{user_id}": Role.ADMIN,
    "POST /desk/settings/users/{user_id}": Role.ADMIN,
    "GET /desk/settings/webhooks": Role.ADMIN,
    "POST /desk/settings/webhooks": Role.ADMIN,
    "GET /desk/settings/webhooks/{webhook_id}": Role.ADMIN,
    "POST /desk/settings/webhooks/{webhook_id}": Role.ADMIN,
    "GET /desk/sign-in": ANYBODY,
    "POST /desk/sign-in": ANYBODY,
    "GET /desk/sign-in/sent": ANYBODY,
    "GET /desk/sign-in/{token}": ANYBODY,
    "POST /desk/sign-in/{token}": ANYBODY,
    "POST /desk/sign-out": ANYBODY,
    "GET /desk/{rest:path}": Role.VIEWER,
    "POST /desk/{rest:path}": Role.VIEWER,
}
_SOME_ID: Final = "01890a5d-ac96-774b-bcce-b302099a8057"


def routes_of(app: FastAPI) -> Iterator[tuple[str, APIRoute]]:
    """What the desk answers to, as LEAST names it."""
    for route in app.routes:
        if isinstance(route, APIRoute) and re.match(r"/desk\b", route.path):
            for method in (route.methods or set()) - {"HEAD"}:
                yield f"{method} {route.path}", route


def role_of(route: APIRoute) -> Role | None:
    """What its dependency asks for."""
    roles = [role for each in route.dependant.dependencies if (role := getattr(each.call, "role", None))]
    assert len(roles) <= 1, f"{route.path} asks for more than one role"
    return roles[0] if roles else None


async def test_every_route_asks_for_the_role_that_the_table_says(app: FastAPI) -> None:
    """No more routes, and no fewer."""
    assert {name: role_of(route) for name, route in routes_of(app)} == LEAST


LOCKED: Final = {name: role for name, role in LEAST.items() if role is not None}


@pytest.mark.parametrize("name", LOCKED)
async def test_who_has_less_is_told_so(desks: Desks, name: str) -> None:
    """By every role below, with a form that would do: 403, which names both roles."""
    method, path = name.split(" ")
    for role, desk in desks.items():
        if not role.includes(LOCKED[name]):
            answer = await desk.request(method, re.sub(r"{[^}]+}", _SOME_ID, path), data=_body(method))
            assert answer.status_code == httpx.codes.FORBIDDEN, role
            assert f"Your role here is {role}" in answer.text
            assert f"{LOCKED[name]}. Nothing was changed." in answer.text


@pytest.mark.parametrize("name", LOCKED)
async def test_who_is_not_signed_in_comes_to_the_door(app: FastAPI, name: str) -> None:
    """With and without a token that is none."""
    method, path = name.split(" ")
    for token in (None, "a" * 43):
        async with at_desk(app, token) as desk:
            answer = await desk.request(method, re.sub(r"{[^}]+}", _SOME_ID, path), data=_body(method))
        assert answer.status_code == httpx.codes.SEE_OTHER
        assert answer.headers["location"].startswith("/desk/sign-in?next=/desk")


@pytest.mark.parametrize("name", [name for name in LEAST if not name.startswith("GET ")])
async def test_a_form_of_another_site_changes_nothing(desks: Desks, name: str) -> None:
    """Nor one of a page below the same name, or one that says nothing of where it comes from; an admin's cookie does not help."""
    method, path = name.split(" ")
    for told in (
        {"Sec-Fetch-Site": "cross-site"},
        {"Sec-Fetch-Site": "same-site"},
        {"Sec-Fetch-Site": "none"},
        {"Sec-Fetch-Site": "", "Origin": "http://evil.example"},
        {"Sec-Fetch-Site": "", "Origin": "null"},
        {"Sec-Fetch-Site": ""},
    ):
        request = desks[Role.ADMIN].build_request(
            method, re.sub(r"{[^}]+}", _SOME_ID, path), data=_body(method), headers=told
        )
        if not told["Sec-Fetch-Site"]:
            del request.headers["Sec-Fetch-Site"]
        answer = await desks[Role.ADMIN].send(request)
        assert answer.status_code == httpx.codes.FORBIDDEN, told
        assert "did not come from here" in answer.text


def _body(method: str) -> dict[str, str] | None:
    return None if method == "GET" else {"address": "new@tooling.example.com", "name": "New", "role": "admin"}
