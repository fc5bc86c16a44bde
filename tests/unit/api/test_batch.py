"""A batch of prices leaves the event loop to others."""

import asyncio

from api.v1.pricing.batch import answer_of, price_each
from api.v1.pricing.specification import EXAMPLE
from domain.pricing import DEFAULT_RATE_CARD


async def test_after_each_part_it_is_the_others_turn() -> None:
    """Also after one that is refused: whoever waits is held up by one part at a time."""
    turns = 0

    async def other() -> None:
        nonlocal turns
        while True:
            turns += 1
            await asyncio.sleep(0)

    beside = asyncio.create_task(other())
    outcomes = await price_each([EXAMPLE, {}] * 10, DEFAULT_RATE_CARD, explain=True)
    beside.cancel()
    assert len(outcomes) == 20
    assert turns >= 20


async def test_refused_parts_alone_make_an_answer() -> None:
    """Nothing was stored, and nothing is asked about when."""
    outcomes = await price_each([None], DEFAULT_RATE_CARD, explain=True)
    assert answer_of(outcomes, {}) == (
        b'{"data":[{"index":0,"errors":[{"pointer":"/specifications/0","code":"not_an_object",'
        b'"message":"must be an object","in":"body"}]}],"priced":0,"refused":1}'
    )


async def test_what_is_wrong_with_an_operation_is_pointed_at() -> None:
    """By its place in the request, also where the rule is the rate card's."""
    wrong = {**EXAMPLE, "process": None, "operations": [{"process": "cnc"}, {"process": "alchemy"}]}
    [outcome] = await price_each([wrong], DEFAULT_RATE_CARD, explain=True)
    assert isinstance(outcome, tuple)
    assert [(each.pointer, each.code) for each in outcome] == [
        ("/specifications/0/operations/1/process", "unknown_process")
    ]
