"""Each alert fires when its fault is made, and not before; and every panel of the dashboard has something to show.

A real Prometheus asks the product's real processes, by the project's own files. Spans of time in the rules are a tenth as long
(`tests.faults.prometheus.hastened`); ages come to what the rules compare them with by the quotes' clocks, or by hand.
"""

import math
import os
from collections.abc import AsyncIterator
from functools import partial

import httpx
import pytest
import pytest_asyncio

from tests.faults.alarms import FAULT_SECONDS, FAULTS, Fault, Scene, live, scene
from tests.faults.prometheus import MISSING, PROGRAM, hastened, panels, rules
from tests.waiting import eventually

pytestmark = pytest.mark.timeout(1800)

AT_LENGTH = "FIRM_OFFER_ALARMS"

SCRAPES = 4
TARGETS = 6
"""An API, two workers, and the SDK in each of them."""


@pytest_asyncio.fixture(scope="module")
async def at(tmp_path_factory: pytest.TempPathFactory) -> AsyncIterator[Scene]:
    if AT_LENGTH not in os.environ:
        pytest.skip("takes ten minutes: `make faults` runs it")
    if PROGRAM is None:
        pytest.skip(MISSING)
    async with scene(tmp_path_factory.mktemp("alarms")) as at:
        yield at


def test_spans_of_time_are_shortened_and_nothing_else() -> None:
    """What the rules compare with, and the ends of the lines, stay."""
    rule = 'expr: sum(rate(a{b="5m"}[5m])) > 60\n        for: 2m\n        summary: for 2m'
    assert hastened(rule) == rule.replace("[5m]", "[30s]").replace("for: 2m\n", "for: 12s\n")


def test_every_alert_has_a_fault() -> None:
    """One each, and none is forgotten."""
    made = [alert for fault in FAULTS for alert in fault.alerts]
    assert sorted(made) == sorted(rules())


async def test_no_alert_fires_while_all_is_well(at: Scene) -> None:
    """And every target is asked. On a machine so slow that an answer came late, that one alert is right."""
    await eventually(partial(asked_often, at), "all is asked", seconds=FAULT_SECONDS)
    await live(at)
    asked = await scrapes(at)
    await eventually(partial(asked_often, at, asked + SCRAPES), "it is asked again", seconds=FAULT_SECONDS)
    late = await at.prometheus.query('sum(firm_offer_command_duration_seconds_count{outcome="pending"})')
    allowed = {"FirmOfferAnswersLate"} if any(late) else set()
    assert await at.prometheus.fired() <= allowed


async def scrapes(at: Scene) -> float:
    """How often the least asked target was asked."""
    return min(await at.prometheus.query("count_over_time(up[1h])"), default=0)


async def asked_often(at: Scene, often: float = SCRAPES) -> bool:
    up = await at.prometheus.query("up")
    return len(up) == TARGETS and all(up) and await scrapes(at) >= often


async def test_every_panel_has_data(at: Scene) -> None:
    """While the shop is at work, every query has a value that is a number."""
    empty: list[tuple[str, str]] = []

    async def all_have() -> bool:
        empty[:] = [(title, asked) for title, asked in panels() if not await has_data(at, asked)]
        return not empty

    at.meanwhile(lambda: live(at))
    try:
        await eventually(all_have, "every panel has data", seconds=FAULT_SECONDS)
    except AssertionError:
        assert empty == []
        raise
    finally:
        await at.mended()


async def has_data(at: Scene, expression: str) -> bool:
    return any(not math.isnan(value) for value in await at.prometheus.query(expression))


@pytest.mark.parametrize("fault", FAULTS, ids=str)
async def test_its_alerts_fire_when_a_fault_is_made(at: Scene, fault: Fault) -> None:
    """And none of them before. When it is mended they end."""

    async def calm() -> bool:
        return not fault.alerts & await at.prometheus.alerts("firing", "pending")

    async def all_fire() -> bool:
        return fault.alerts <= await at.prometheus.alerts("firing")

    await eventually(calm, "nothing of it is left from before", seconds=FAULT_SECONDS)
    try:
        await fault.make(at)
        await eventually(all_fire, f"these fire: {sorted(fault.alerts)}", seconds=FAULT_SECONDS)
    finally:
        await at.mended()
        if fault.settle is not None:
            await fault.settle(at)
    await eventually(calm, "they end when it is mended", seconds=FAULT_SECONDS)


async def test_whoever_has_no_key_is_told_nothing(at: Scene) -> None:
    """Prometheus has one."""
    async with httpx.AsyncClient() as stranger:
        assert (await stranger.get(f"{at.stack.url}/metrics")).status_code == httpx.codes.UNAUTHORIZED
