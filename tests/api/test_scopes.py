"""Every operation names in the OpenAPI document the scope that it takes, takes no less, and needs no more."""

import re
from collections.abc import AsyncIterator, Mapping
from contextlib import AsyncExitStack
from datetime import UTC, datetime, timedelta
from typing import Any, NamedTuple

import httpx
import pytest
import pytest_asyncio
from fastapi import FastAPI

from adapters.db.database import Database
from adapters.db.parties.keys import NewKey, revoke_key, store_key
from adapters.tokens import ApiKeyHashes, new_api_key
from api.app import create_app
from domain.people.scopes import Scope
from tests.api.caller import problem
from tests.api.conftest import SECRET

NOBODY = "01890a5d-ac96-774b-bcce-b302099a8057"
KEYLESS = {("get", "/livez"), ("get", "/readyz")}


class Operation(NamedTuple):
    method: str
    path: str
    told: dict[str, Any]

    @property
    def scope(self) -> Scope:
        [requirement] = self.told["security"]
        [name] = requirement["api_key"]
        return Scope(name)


def operations() -> list[Operation]:
    """All of the document, but those that need no key."""
    found = [
        Operation(method, path, told)
        for path, methods in create_app().openapi()["paths"].items()
        for method, told in methods.items()
    ]
    assert {(each.method, each.path) for each in found if not each.told["security"]} == KEYLESS
    return [each for each in found if each.told["security"]]


OPERATIONS = operations()
each_operation = pytest.mark.parametrize(
    "operation", OPERATIONS, ids=lambda each: f"{each.method} {each.path}"
)

Callers = Mapping[str, httpx.AsyncClient]


@pytest_asyncio.fixture(scope="module")
async def callers(app: FastAPI, database_url: str) -> AsyncIterator[Callers]:
    """By scope; `none` has a key without any, `revoked` and `expired` had all of them, `wrong` is one that was never made."""
    database, later = Database.connect(database_url), datetime.now(UTC) - timedelta(seconds=1)
    every = tuple(map(str, Scope))
    kinds: dict[str, tuple[str, ...]] = {scope: (scope,) for scope in Scope}
    kinds |= {"none": (), "revoked": every, "expired": every, "wrong": every}
    async with AsyncExitStack() as opened:
        found = {}
        for name, scopes in kinds.items():
            key = new_api_key("test")
            hashed = ApiKeyHashes(SECRET).hash(key if name != "wrong" else new_api_key("test"))
            ends = later if name == "expired" else None
            new = NewKey(
                public_id=key.public_id, secret_hash=hashed, name=name, scopes=scopes, expires_at=ends
            )
            async with database.write() as w:
                await store_key(w, new)
                if name == "revoked":
                    await revoke_key(w, key.public_id)
            found[name] = await opened.enter_async_context(
                _calling(app, {"Authorization": f"Bearer {key.text}"})
            )
        found["missing"] = await opened.enter_async_context(_calling(app, {}))
        yield found
    await database.close()


def _calling(app: FastAPI, headers: dict[str, str]) -> httpx.AsyncClient:
    transport = httpx.ASGITransport(app=app, raise_app_exceptions=False)
    return httpx.AsyncClient(transport=transport, base_url="http://api.test", headers=headers)


async def _asked(caller: httpx.AsyncClient, operation: Operation) -> httpx.Response:
    """With ids of nothing and an empty body."""
    path = re.sub(r"\{\w+\}", NOBODY, operation.path)
    body: dict[str, Any] | None = {} if operation.told.get("requestBody") else None
    return await caller.request(operation.method.upper(), path, json=body)


@each_operation
async def test_an_operation_takes_the_scope_that_it_names(callers: Callers, operation: Operation) -> None:
    """Keys with less, or none, are refused before anything is looked at; with that scope and those above it goes on."""
    assert operation.told["description"].endswith(f"Scope: `{operation.scope}`.")
    for scope in Scope:
        answer = await _asked(callers[scope], operation)
        if operation.scope.is_among([scope]):
            assert answer.status_code not in {401, 403}, answer.text
        else:
            told = problem(answer, 403, "forbidden")
            assert f"`{operation.scope}`" in told["detail"]
    problem(await _asked(callers["none"], operation), 403, "forbidden")


@each_operation
async def test_an_operation_takes_no_key_that_is_none(callers: Callers, operation: Operation) -> None:
    """Missing, wrong, revoked, expired."""
    problem(await _asked(callers["missing"], operation), 401, "key_missing")
    for name in ("wrong", "revoked", "expired"):
        problem(await _asked(callers[name], operation), 401, "key_invalid")


def test_each_scope_has_operations() -> None:
    """Reading alone changes nothing; what all go by takes an admin's key."""
    by_scope = {
        scope: {(each.method, each.path) for each in OPERATIONS if each.scope is scope} for scope in Scope
    }
    assert {method for method, _ in by_scope[Scope.READ]} == {"get"}
    assert ("post", "/api/v1/quotes") in by_scope[Scope.QUOTE]
    assert {("get", "/api/v1/keys"), ("post", "/api/v1/rate-cards")} <= by_scope[Scope.ADMIN]
