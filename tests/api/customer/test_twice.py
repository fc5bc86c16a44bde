"""An answer that is sent twice, by a double click or a second thought, while the first is not decided: nobody reads a
refusal after their own yes or no.
"""

import asyncio
from datetime import timedelta
from typing import Any

import httpx
import pytest
import sqlalchemy as sa

from tests.api.customer.reading import YES, hidden, read
from tests.api.customer.shop import Shop

NO = {"reason": "Too dear.", "version": "1"}
REFUSED = "did not take effect"


async def commands_of(shop: Shop, quote_id: str, name: str) -> list[Any]:
    """The ids of a quote's commands of that name, in the order in which they were received."""
    statement = sa.text(
        "SELECT id FROM commands WHERE quote_id = CAST(:id AS uuid) AND name = :name ORDER BY received_at, id"
    )
    async with shop.database.read() as r:
        return [row["id"] for row in await r.rows(statement, {"id": quote_id, "name": name})]


@pytest.mark.parametrize(
    ("asks", "typed", "heading"),
    [("accept", YES, "Thank you for your order"), ("reject", NO, "This quote has been declined")],
)
async def test_the_same_form_is_one_answer(
    shop: Shop, unanswered: httpx.AsyncClient, asks: str, typed: dict[str, str], heading: str
) -> None:
    """Proves that a double click stores one command, whose outcome both pages await."""
    quote_id = await shop.sent_quote()
    (path,) = await shop.paths(quote_id)
    form = typed | hidden(await unanswered.get(path), asks)
    answers = await asyncio.gather(*(unanswered.post(f"{path}/{asks}", data=form) for _ in range(2)))
    (command,) = await commands_of(shop, quote_id, asks)
    for answer in answers:
        assert "being processed" in read(answer, 202)
        assert str(command) in answer.text
    await shop.decide_waiting(quote_id)
    words = read(await unanswered.get(path, params={"c": str(command)}))
    assert heading in words
    assert REFUSED not in words


async def test_a_no_without_the_forms_id_is_no_refusal_either(
    shop: Shop, unanswered: httpx.AsyncClient
) -> None:
    """Proves that the second no, of a page from before forms had an id, leads to the first."""
    quote_id = await shop.sent_quote()
    (path,) = await shop.paths(quote_id)
    for _ in range(2):
        assert (await unanswered.post(f"{path}/reject", data=NO)).status_code == 202
    first, second = await commands_of(shop, quote_id, "reject")
    await shop.decide_waiting(quote_id)
    for command in (first, second):
        words = read(await unanswered.get(path, params={"c": str(command)}))
        assert "This quote has been declined" in words
        assert REFUSED not in words


async def test_a_corrected_yes_is_told_that_the_first_counts(
    shop: Shop, unanswered: httpx.AsyncClient
) -> None:
    """Proves that another address in the same form is another command, which is told, not refused, to who sent it."""
    quote_id = await shop.sent_quote()
    (path,) = await shop.paths(quote_id)
    form = YES | hidden(await unanswered.get(path), "accept")
    await unanswered.post(f"{path}/accept", data=form | {"signer_email": "j.haker@harker.example"})
    await unanswered.post(f"{path}/accept", data=form)
    _, second = await commands_of(shop, quote_id, "accept")
    await shop.decide_waiting(quote_id)
    words = read(await unanswered.get(path, params={"c": str(second)}), 409)
    assert "Thank you for your order" in words
    assert "You have accepted this quote once before" in words
    assert REFUSED not in words


async def test_the_same_form_counts_again_after_an_extension(
    shop: Shop, unanswered: httpx.AsyncClient
) -> None:
    """Proves that a form whose answer was refused is not answered by that refusal for ever."""
    quote_id = await shop.sent_quote()
    (path,) = await shop.paths(quote_id)
    form = YES | hidden(await unanswered.get(path), "accept")
    await shop.expire(quote_id)
    await unanswered.post(f"{path}/accept", data=form)
    (late,) = await commands_of(shop, quote_id, "accept")
    until = (await shop.quote(quote_id)).valid_until + timedelta(days=1)
    (envelope,) = await shop.desk.overdue_commands(quote_id, until)
    await shop.decide(quote_id, envelope)
    assert REFUSED in read(await unanswered.get(path, params={"c": str(late)}), 409)
    await shop.act(quote_id, "extend", valid_days=9)
    await unanswered.post(f"{path}/accept", data=form)
    await shop.decide_waiting(quote_id)
    assert "Thank you for your order" in read(await unanswered.get(path))
