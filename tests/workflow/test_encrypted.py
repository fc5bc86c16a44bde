"""Quotes whose histories are encrypted, from the beginning or from some day on, by keys that follow each other."""

import asyncio
import os
from collections.abc import Iterator

import pytest
from cryptography.hazmat.primitives.ciphers.aead import AESGCM
from google.protobuf.message import Message
from temporalio.api.common.v1 import Payload
from temporalio.client import Client

from adapters.db.database import Database
from adapters.payload_keys import PayloadKeys
from adapters.settings import Settings
from adapters.temporal.client import NO_KEYS, firm_offer_plugin
from adapters.temporal.codec import ENCODING, PayloadKeyError, require_payload_keys
from cli.doctor.examine import Installation
from cli.doctor.servers import payload_keys
from tests.workflow.sandbox import replayer
from tests.workflow.shop import SEND, Shop, TestedQuote, kinds

URL = "postgresql://nobody:x@127.0.0.1:1/none"
SETTINGS = Settings.model_validate({"DATABASE_URL": URL, "FIRM_OFFER_SECRET": "x" * 32})
SDKS_OWN = b'"activation_index"'
MAY, JUNE = AESGCM(os.urandom(32)), AESGCM(os.urandom(32))


async def shop_with(shop: Shop, keys: PayloadKeys) -> Shop:
    """The same shop, whose processes have these keys now."""
    address = shop.client.service_client.config.target_host
    client = await Client.connect(address, plugins=[firm_offer_plugin(keys)])
    return Shop(client, task_queue=shop.task_queue, records=shop.records)


def _payloads(message: Message) -> Iterator[Payload]:
    if isinstance(message, Payload):
        yield message
        return
    for field, value in message.ListFields():
        if field.name == "search_attributes":  # the server must be able to search by them
            continue
        for each in (
            value.values() if hasattr(value, "values") else value if hasattr(value, "add") else [value]
        ):
            if isinstance(each, Message):
                yield from _payloads(each)


async def encodings(quote: TestedQuote) -> set[bytes]:
    """Of all payloads of its last run, apart from search attributes and the SDK's notes of when an activity ran."""
    history = await quote.handle.fetch_history()
    found = [payload for event in history.events for payload in _payloads(event)]
    return {payload.metadata["encoding"] for payload in found if SDKS_OWN not in payload.data}


async def replayed(quote: TestedQuote, keys: PayloadKeys) -> None:
    await replayer(keys).replay_workflow(await quote.handle.fetch_history())


async def failed_step(quote: TestedQuote) -> None:
    """The server has heard that a step of the run cannot be made."""
    async with asyncio.timeout(30):
        while "WORKFLOW_TASK_FAILED" not in kinds(list((await quote.handle.fetch_history()).events)):  # noqa: ASYNC110 - the worker
            await asyncio.sleep(0.1)


async def refused(shop: Shop) -> None:
    """A worker is told at its start that it lacks a key; lists learn of a run a little later."""
    async with asyncio.timeout(30):
        while True:
            await require_payload_keys(shop.client)


async def test_a_life_is_encrypted(closed_shop: Shop) -> None:
    """Signals, results, what is shown: all but search attributes; the query is answered, and it replays by its keys."""
    keys = PayloadKeys({"may": MAY})
    shop = await shop_with(closed_shop, keys)
    async with shop.worker():
        quote = await shop.sent()
        live = await shop.runs.snapshot(quote.workflow_id)
        assert live is not None
        assert live.quote == quote.rows.quote
        assert await closed_shop.runs.snapshot(quote.workflow_id) is None
        assert await quote.accepted() == "applied"
        await quote.ended()
    assert await encodings(quote) == {ENCODING}
    await replayed(quote, keys)
    await replayed(quote, PayloadKeys({"june": JUNE, "may": MAY}))


async def test_keys_come_and_go_while_a_quote_is_open(closed_shop: Shop) -> None:
    """Begun in clear text, gone on with a key, and with another one; worker and API may have them one after the other."""
    async with closed_shop.worker():
        quote = await closed_shop.created()
    may = await shop_with(closed_shop, PayloadKeys({"may": MAY}))
    async with may.worker():  # whose API has no keys yet
        assert await quote.decided("send", SEND) == "applied"
        quote.shop = may
        assert await quote.decided("extend", {"valid_days": 40}) == "applied"
        await quote.delivered()
    both = PayloadKeys({"june": JUNE, "may": MAY})
    june = await shop_with(closed_shop, both)
    async with june.worker():
        quote.shop = june
        assert await quote.accepted() == "applied"
        await quote.ended()
    assert await encodings(quote) == {ENCODING, b"json/plain"}
    await replayed(quote, both)


@pytest.mark.parametrize("keys", [NO_KEYS, PayloadKeys({"may": JUNE})], ids=["none", "another of its name"])
async def test_a_worker_without_the_key_loses_nothing(closed_shop: Shop, keys: PayloadKeys) -> None:
    """It would not start. One that does decides nothing, and the command is decided when the key is there."""
    may = await shop_with(closed_shop, PayloadKeys({"may": MAY}))
    async with may.worker():
        quote = await may.sent()
        await quote.delivered()
    wrong = await shop_with(closed_shop, keys)
    with pytest.raises(PayloadKeyError, match="key may is needed"):
        await refused(wrong)
    [finding] = await payload_keys(Installation(SETTINGS, Database.connect(URL), wrong.client))
    assert "the key may is needed" in finding.what.replace("another key", "the key")
    async with wrong.worker():
        accept = await quote.command("accept", {"signer": "someone"}, shown_version=1)
        await failed_step(quote)
    assert accept.command_id not in quote.rows.outcomes
    async with may.worker():
        await quote.ended()
    assert quote.rows.outcomes[accept.command_id] == "applied"
    assert await payload_keys(Installation(SETTINGS, Database.connect(URL), may.client)) == []
