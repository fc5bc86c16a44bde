"""Whoever posts to another system gives signs of life meanwhile, so that a worker that died is found out before long."""

import asyncio
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import uuid4

import pytest
import sqlalchemy as sa
from temporalio.testing import ActivityEnvironment

from activities import signs_of_life
from activities.documents import Documents
from activities.handing_over import HandOverOrders
from activities.signs_of_life import SIGN_SECONDS
from activities.webhook_trouble import TellAdmins
from activities.webhooks import TellEndpoints
from adapters.db.database import Database
from adapters.db.parties.seller import Seller, put_seller
from adapters.db.record import webhooks
from adapters.mail.sender import SmtpSender
from adapters.pdf.quotes import QuotePdf
from adapters.tokens import LinkTokens, WebhookSecrets
from adapters.webhooks.signed_post import SECONDS, WebhookSender, new_secret
from tests.api.conftest import SECRET
from tests.integration.delivery.outgoing import PUBLIC_URL, PlainTypesetter
from tests.integration.delivery.test_handing_over import HERE, OrderingDesk
from tests.unit.mail.smtp_server import Mailroom
from tests.unit.webhooks.receiver import OK, Received, Receiver, receiving
from workflows.calls import MAIL, ORDER, POST_SILENCE
from workflows.ports import HandOverRequest, TellRequest, TellResult

_WAITING = sa.text("""
INSERT INTO webhook_deliveries (endpoint_id, event_id, sequence, type, event_at, body)
VALUES (CAST(:id AS uuid), :event, 1, 'quote.sent', clock_timestamp(), '{}')
""")


def test_a_worker_is_not_taken_for_dead_that_waits_for_an_answer() -> None:
    """Each silence has room for some signs that come late, and for a request of a worker that gives none yet."""
    assert ORDER.heartbeat_timeout == POST_SILENCE
    assert MAIL.heartbeat_timeout is not None
    assert min(POST_SILENCE, MAIL.heartbeat_timeout) >= timedelta(seconds=3 * SIGN_SECONDS)
    assert timedelta(seconds=SECONDS) < POST_SILENCE


async def test_there_are_signs_while_a_receiver_takes_its_time(
    database: Database, room: Mailroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Of an order, and of a webhook."""
    monkeypatch.setattr(signs_of_life, "SIGN_SECONDS", 0.05)
    async with database.write() as w:
        await put_seller(w, Seller(name="ACME Tooling", email="quotes@tooling.example.com"))
    desk, sender = OrderingDesk(database, LinkTokens(SECRET)), WebhookSender(HERE)
    quote_id = await desk.ordered()
    documents = Documents(database, QuotePdf(PlainTypesetter()))
    sealing, endpoint = WebhookSecrets(SECRET), str(uuid4())
    async with receiving(_unheard) as receiver:
        orders = HandOverOrders(database, documents, sender, url=receiver.url, secret=desk.secret)
        environment = _answered_after_a_sign(receiver)
        await environment.run(orders.hand_over, HandOverRequest(quote_id=quote_id))
        assert (await desk.order(quote_id)).last_error is None

        async with database.write() as w:
            sealed = sealing.seal(new_secret(), endpoint)
            await webhooks.add_endpoint(w, _fields(endpoint, receiver.url, sealed))
            await w.run(_WAITING, {"id": endpoint, "event": f"{quote_id}-1"})
        smtp = SmtpSender(room.url)
        admins = TellAdmins(database, smtp, public_url=PUBLIC_URL)
        telling = TellEndpoints(database, sender, sealing, admins)
        environment = _answered_after_a_sign(receiver)
        told: TellResult = await environment.run(
            telling.tell, TellRequest(endpoint_id=endpoint, now=datetime.now(UTC))
        )
        await smtp.close()
        assert (told.goes_on, told.next_due) == (True, None)
        assert [each.headers["webhook-id"] for each in receiver.received][1:] == [f"{quote_id}-1"]


def _answered_after_a_sign(receiver: Receiver) -> ActivityEnvironment:
    """One whose receiver answers once there was a sign; without any, the sender's patience comes to its end."""
    environment, sign = ActivityEnvironment(), asyncio.Event()
    environment.on_heartbeat = lambda *_: sign.set()

    async def respond(_: Received, writer: asyncio.StreamWriter) -> None:
        await sign.wait()
        writer.write(OK)

    receiver.respond = respond
    return environment


async def _unheard(_: Received, __: asyncio.StreamWriter) -> None:
    raise AssertionError("nobody asks before a test says how it is answered")


def _fields(endpoint: str, url: str, secret: bytes) -> dict[str, Any]:
    about = {"description": "ERP", "types": ["quote.sent"], "snapshot": False, "created_by": "test"}
    return {"id": endpoint, "url": url, "secret": secret, **about}
