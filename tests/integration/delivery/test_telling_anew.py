"""An endpoint of which the record does not know how far it was told."""

from datetime import UTC, datetime
from uuid import uuid4

import pytest
import sqlalchemy as sa
import structlog
from temporalio.testing import ActivityEnvironment

from activities import webhooks as telling
from activities.webhook_trouble import TellAdmins
from activities.webhooks import TellEndpoints
from adapters.db.database import Database
from adapters.db.record import webhooks
from adapters.mail.sender import SmtpSender
from adapters.tokens import WebhookSecrets
from adapters.webhooks.signed_post import WebhookSender, new_secret
from adapters.webhooks.targets import read_networks
from tests.api.conftest import SECRET
from tests.api.customer.shop import Shop
from tests.integration.delivery.outgoing import PUBLIC_URL
from tests.unit.mail.smtp_server import Mailroom
from tests.unit.webhooks.receiver import OK, receiving, saying
from workflows.ports import TellRequest, TellResult

_OTHER_COPY = sa.text("UPDATE webhook_endpoints SET feed_mark = 'other' WHERE id = CAST(:id AS uuid)")


async def test_after_another_copy_was_restored_it_is_told_what_happens_from_then_on(
    shop: Shop, database: Database, room: Mailroom, monkeypatch: pytest.MonkeyPatch
) -> None:
    """What was skipped is not told without a word: the log has a line, once."""
    log = structlog.testing.LogCapture()
    monkeypatch.setattr(telling, "_log", structlog.wrap_logger(None, processors=[log]))
    sealing, id_, sender = WebhookSecrets(SECRET), str(uuid4()), SmtpSender(room.url)
    admins = TellAdmins(database, sender, public_url=f"{PUBLIC_URL}/")
    activity = TellEndpoints(database, WebhookSender(read_networks("127.0.0.0/8")), sealing, admins)

    async def tell() -> TellResult:
        found: TellResult = await ActivityEnvironment().run(
            activity.tell, TellRequest(endpoint_id=id_, now=datetime.now(UTC))
        )
        return found

    async with receiving(saying(OK)) as receiver:
        fields = {
            "id": id_,
            "url": receiver.url,
            "snapshot": False,
            "created_by": "test",
            "secret": sealing.seal(new_secret(), id_),
            "description": "ERP",
            "types": ["quote.created"],
        }
        async with database.write() as w:
            assert await webhooks.add_endpoint(w, fields)
        skipped = await shop.new_quote()
        async with database.write() as w:
            await w.run(_OTHER_COPY, {"id": id_})
        assert not (await tell()).has_more
        told = await shop.new_quote()
        await tell()
    await sender.close()
    [got] = receiver.received
    assert told in got.body.decode()
    assert skipped not in got.body.decode()
    [line] = log.entries
    assert (line["event"], line["log_level"], line["endpoint"]) == ("webhook_began_anew", "error", id_)
    assert "another copy" in line["why"]
