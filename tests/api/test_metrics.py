"""What Prometheus is told by the API, and by whom it may be asked."""

import re
from collections.abc import Iterator
from contextlib import contextmanager

import httpx
import pytest
from fastapi import FastAPI
from prometheus_client.parser import text_string_to_metric_families

from adapters.db.database import Database, DatabaseUnavailableError
from adapters.db.errors import Obstacle
from api.v1.metrics import WatchedKept
from tests.api.caller import SIGNER, Caller
from tests.api.conftest import calling

COMMANDS = "firm_offer_command_duration_seconds_count"


def samples(text: str) -> dict[str, float]:
    """Each by its name and labels as Prometheus writes them."""
    found = {}
    for family in text_string_to_metric_families(text):
        for sample in family.samples:
            labels = ",".join(f"{name}={value}" for name, value in sorted(sample.labels.items()))
            found[f"{sample.name}{{{labels}}}"] = sample.value
    return found


async def told(caller: Caller) -> dict[str, float]:
    answer = await caller.http.get("/metrics")
    assert answer.status_code == httpx.codes.OK, answer.text
    assert re.match(r"text/plain; version=\d", answer.headers["content-type"])
    return samples(answer.text)


async def test_commands_and_requests_are_counted_by_what_became_of_them(app: FastAPI, caller: Caller) -> None:
    """Routes by their templates, so that no id is a label."""
    before = await told(caller)
    quote = await caller.draft()
    answered = await caller.http.post(f"/api/v1/quotes/{quote['id']}/accept", json=SIGNER)
    status = answered.status_code
    outcome = {httpx.codes.CONFLICT: "refused", httpx.codes.ACCEPTED: "pending"}[httpx.codes(status)]
    app.state.watched = WatchedKept(app.state.services.database)  # as after a quarter of a minute
    after = await told(caller)

    def grown(name: str) -> float:
        return after.get(name, 0.0) - before.get(name, 0.0)

    created = [grown(f"{COMMANDS}{{command=create,outcome={each}}}") for each in ("applied", "pending")]
    assert sum(created) == 1  # on a slow machine it is decided later
    assert grown(f"{COMMANDS}{{command=accept,outcome={outcome}}}") == 1
    route = f"method=POST,route=/api/v1/quotes/{{quote_id}}/accept,status={status}"
    assert grown(f"firm_offer_http_request_duration_seconds_count{{{route}}}") == 1
    assert after["firm_offer_quotes{status=draft}"] >= 1
    assert after["firm_offer_record_up{}"] == 1
    assert not [name for name in after if quote["id"] in name]


async def test_nobody_is_told_without_a_key(app: FastAPI) -> None:
    """As on every route; a request whose method somebody made up is counted under a name of ours."""
    async with calling(app, "fo_test_none") as caller:
        assert (await caller.http.get("/metrics")).status_code == httpx.codes.UNAUTHORIZED
        await caller.http.request("MADEUP", "/livez")


@contextmanager
def without_record(app: FastAPI, monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """As if PostgreSQL were away, long enough for every remembered key and figure to be old."""

    def away(_self: Database) -> None:
        raise DatabaseUnavailableError(Obstacle.UNREACHABLE)

    with monkeypatch.context() as patch:
        patch.setattr(Database, "read", away)
        app.state.services.keys._known.clear()
        app.state.watched = WatchedKept(app.state.services.database)
        yield
    app.state.watched = WatchedKept(app.state.services.database)


async def test_that_the_record_is_away_is_told_to_whoever_watched_it(
    app: FastAPI, silent: Caller, key: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whose key cannot be looked up then; nobody else is told."""
    assert (await told(silent))["firm_offer_record_up{}"] == 1
    with without_record(app, monkeypatch):
        found = await told(silent)
        assert found["firm_offer_record_up{}"] == 0
        assert not [name for name in found if name.startswith("firm_offer_quotes")]
        async with calling(app, key[:-1] + ("0" if key[-1] != "0" else "1")) as other:
            assert (await other.http.get("/metrics")).status_code != httpx.codes.OK
        async with calling(app, key) as same:
            assert (await same.http.get("/metrics")).status_code == httpx.codes.OK
    assert (await told(silent))["firm_offer_record_up{}"] == 1
