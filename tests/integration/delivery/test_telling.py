"""What an endpoint is told by the activity, step by step, on a real record."""

from collections.abc import AsyncIterator
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import pytest_asyncio
import sqlalchemy as sa
from standardwebhooks import Webhook
from temporalio.testing import ActivityEnvironment

from activities.webhook_trouble import TellAdmins
from activities.webhooks import TellEndpoints
from adapters.db.database import Database, Query
from adapters.db.record import webhooks
from adapters.mail.sender import SmtpSender
from adapters.tokens import WebhookSecrets
from adapters.webhooks.signed_post import WebhookSender, new_secret
from adapters.webhooks.targets import read_networks
from domain.proof.feed_event import SEALED_OTHERWISE, TEST_EVENT
from tests.api.customer.shop import Shop
from tests.integration.delivery.outgoing import PUBLIC_URL
from tests.unit.mail.smtp_server import Mailroom
from tests.unit.webhooks.receiver import OK, Receiver, receiving, saying
from workflows.ports import TellRequest, TellResult

BEFORE, NOW_USED = WebhookSecrets("a" * 40), WebhookSecrets("b" * 40)
_LATER = sa.text(
    "UPDATE webhook_deliveries SET created_at = now() + interval '1 minute' WHERE event_id = :event_id"
)


class Told:
    """An endpoint, and the worker that tells it."""

    def __init__(self, database: Database, room: Mailroom, receiver: Receiver) -> None:
        self.database, self.receiver, self.id = database, receiver, str(uuid4())
        self.mails = SmtpSender(room.url)
        admins = TellAdmins(database, self.mails, public_url=PUBLIC_URL)
        sender = WebhookSender(read_networks("127.0.0.0/8"))
        self.activity = TellEndpoints(database, sender, NOW_USED, admins)

    async def has(self, **fields: Any) -> None:
        """The endpoint is stored so."""
        own = {"id": self.id, "url": self.receiver.url, "snapshot": False, "created_by": "test"}
        async with self.database.write() as w:
            added = await webhooks.add_endpoint(w, own | {"description": None, "types": None, "secret": b"x"})
            assert added is not None
            await webhooks.change_endpoint(w, self.id, fields)

    async def waits(self) -> str:
        """Something is to be told; its id."""
        event_id = f"test-{uuid4()}"
        async with self.database.write() as w:
            added = await webhooks.add_delivery(w, self.id, event_id, TEST_EVENT, "{}")
        assert (added.event_id, added.attempts) == (event_id, 0)
        return event_id

    async def tell(self) -> TellResult:
        """One run of the activity."""
        request = TellRequest(endpoint_id=self.id, now=datetime.now(UTC))
        found: TellResult = await ActivityEnvironment().run(self.activity.tell, request)
        return found

    async def why_disabled(self) -> str | None:
        """Why nothing is sent there."""
        async with self.database.read() as r:
            found = await webhooks.find_endpoint(r, self.id)
        assert found is not None
        return found.disabled_reason


@pytest_asyncio.fixture
async def told(shop: Shop, database: Database, room: Mailroom) -> AsyncIterator[Told]:
    """One whose receiver takes everything."""
    async with receiving(saying(OK)) as receiver:
        opened = Told(database, room, receiver)
        yield opened
    async with database.write() as w:
        await webhooks.remove_endpoint(w, opened.id)
    await opened.mails.close()


async def test_one_rotation_is_enough_after_the_installation_has_another_secret(told: Told) -> None:
    """The endpoint's secret before, which nobody can open any more, is left out: the new one signs alone."""
    secret, lost = new_secret(), new_secret()
    await told.has(
        secret=NOW_USED.seal(secret, told.id),
        secret_before=BEFORE.seal(lost, told.id),
        secret_before_until=datetime.now(UTC) + timedelta(days=1),
    )
    await told.waits()
    assert (await told.tell()).goes_on
    assert await told.why_disabled() is None
    [got] = told.receiver.received
    assert Webhook(secret).verify(got.body, got.headers) == {}
    assert len(got.headers["webhook-signature"].split()) == 1


async def test_it_is_disabled_where_the_newest_secret_cannot_be_opened(told: Told) -> None:
    """Though the one before can: its day will be over."""
    await told.has(
        secret=BEFORE.seal(new_secret(), told.id),
        secret_before=NOW_USED.seal(new_secret(), told.id),
        secret_before_until=datetime.now(UTC) + timedelta(days=1),
    )
    await told.waits()
    await told.tell()
    assert await told.why_disabled() == SEALED_OTHERWISE
    assert told.receiver.received == []


async def test_what_was_added_is_given_whatever_else_is_newer(told: Told) -> None:
    """Two tests at once: each is answered with its own."""
    await told.has(secret=NOW_USED.seal(new_secret(), told.id))
    other = await told.waits()
    async with told.database.write() as w:
        await w.run(_LATER, {"event_id": other})
    assert await told.waits() != other


async def test_telling_counts_no_log(told: Told, monkeypatch: pytest.MonkeyPatch) -> None:
    """What is counted for whoever looks at an endpoint would be read whole at each event."""
    await told.has(secret=NOW_USED.seal(new_secret(), told.id))
    await told.waits()
    asked: list[str] = []
    make = Query.of

    def noted(statement: sa.Executable, *given: Any) -> Query:
        asked.append(str(statement))
        return make(statement, *given)

    monkeypatch.setattr(Query, "of", noted)
    await told.tell()
    assert len(told.receiver.received) == 1
    assert any("webhook_endpoints" in each for each in asked)
    assert [each for each in asked if "count(" in each and "webhook_deliveries" in each] == []
