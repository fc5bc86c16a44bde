"""Emails about webhooks' trouble: each admin once, tried for a day, for as long as the trouble lasts."""

from collections.abc import AsyncIterator, Sequence
from datetime import UTC, datetime, timedelta
from uuid import uuid4

import pytest_asyncio
import sqlalchemy as sa

from activities.delivery import SELDOM
from activities.webhook_trouble import SOON, TellAdmins
from adapters.db.database import Database, Row
from adapters.db.record import webhooks
from adapters.db.record.webhook_trouble import end_disabled, note_disabled, note_parked
from adapters.mail.sender import SmtpSender
from domain.people.roles import Role
from domain.proof.feed_event import WebhookStatus
from tests.api.customer.shop import SELLER, Shop
from tests.api.desk.people import let_in
from tests.integration.delivery.outgoing import PUBLIC_URL
from tests.unit.mail.smtp_server import Mailroom

NOW = datetime.now(UTC)
ADMINS = ("ada@shop.example", "bea@shop.example")
_ROWS = sa.text(
    "SELECT status, attempts, last_error FROM webhook_trouble WHERE endpoint_id = CAST(:id AS uuid)"
)
_PARK = sa.text("""
INSERT INTO webhook_deliveries (endpoint_id, event_id, sequence, type, event_at, body, status)
VALUES (CAST(:id AS uuid), :event, 1, 'quote.sent', clock_timestamp(), '{}', :status)
""")
_REPLAY = sa.text("UPDATE webhook_deliveries SET status = 'pending' WHERE endpoint_id = CAST(:id AS uuid)")
_NOBODY = sa.text("UPDATE staff_users SET role = NULL")


class Endpoint:
    """One of a record, and who tells of its trouble."""

    def __init__(self, database: Database, admins: TellAdmins, id_: str) -> None:
        self.database, self.admins, self.id = database, admins, id_

    async def rows(self) -> Sequence[Row]:
        async with self.database.read() as r:
            return await r.rows(_ROWS, {"id": self.id})

    async def disabled(self, *, at: datetime = NOW) -> None:
        async with self.database.write() as w:
            assert await webhooks.disable_endpoint(w, self.id, "gone")
            await note_disabled(w, self.id, "gone", at)

    async def parks(self, event: str) -> None:
        """An event, as the activity does."""
        async with self.database.write() as w:
            await note_parked(w, self.id, "answered 500", NOW)
            await w.run(_PARK, {"id": self.id, "event": event, "status": WebhookStatus.PARKED})

    async def is_woken(self) -> bool:
        async with self.database.write() as w:
            return self.id in await webhooks.to_be_woken(w, 10)


@pytest_asyncio.fixture
async def endpoint(shop: Shop, database: Database, room: Mailroom) -> AsyncIterator[Endpoint]:
    """With two admins, and others of the shop."""
    for address, role in (
        (ADMINS[0], Role.ADMIN),
        (ADMINS[1], Role.ADMIN),
        ("cora@shop.example", Role.MANAGER),
    ):
        await let_in(database, address, role)
    id_ = str(uuid4())
    fields = {
        "id": id_,
        "url": "https://erp.example/secret",
        "snapshot": False,
        "secret": b"x",
        "created_by": "test",
    }
    async with database.write() as w:
        assert await webhooks.add_endpoint(w, fields | {"description": "ERP", "types": None})
    sender = SmtpSender(room.url)
    yield Endpoint(database, TellAdmins(database, sender, public_url=f"{PUBLIC_URL}/"), id_)
    async with database.write() as w:
        await webhooks.remove_endpoint(w, id_)
    await sender.close()


async def test_each_admin_is_told_once(endpoint: Endpoint, room: Mailroom) -> None:
    """With the page's address, and not the receiver's whole one, which may hold a secret."""
    assert await endpoint.admins.tell(endpoint.id, NOW) is None
    await endpoint.disabled()
    assert await endpoint.admins.tell(endpoint.id, NOW) is None
    assert await endpoint.admins.tell(endpoint.id, NOW) is None
    assert sorted(to for _, [to] in room.envelopes) == [*ADMINS]
    for mail in room.taken:
        text = mail.get_body(("plain",))
        assert text is not None
        assert f"{PUBLIC_URL}/desk/settings/webhooks/{endpoint.id}" in text.get_content()
        assert "secret" not in mail.as_string()


async def test_without_an_admin_the_shop_itself_is_told(
    endpoint: Endpoint, database: Database, room: Mailroom
) -> None:
    """At its own address, once."""
    async with database.write() as w:
        await w.run(_NOBODY)
    for _ in range(2):
        await endpoint.parks(str(uuid4()))
        assert await endpoint.admins.tell(endpoint.id, NOW) is None
    assert [to for _, [to] in room.envelopes] == [SELLER.email]


async def test_a_mail_server_that_is_away_is_tried_for_a_day(endpoint: Endpoint, room: Mailroom) -> None:
    """With the pauses of every email; then the email is given up, and so is one that is refused for good at once."""
    room.data = "451 4.3.0 later"
    await endpoint.disabled()
    assert await endpoint.admins.tell(endpoint.id, NOW) == NOW + SOON
    assert await endpoint.admins.tell(endpoint.id, NOW) == NOW + SOON, "not before its time"
    later = NOW + timedelta(hours=2)
    assert await endpoint.admins.tell(endpoint.id, later) == later + SELDOM
    room.rcpt_only = {ADMINS[0]: "550 5.1.1 nobody"}
    after = later + SELDOM
    assert await endpoint.admins.tell(endpoint.id, after) == after + SELDOM
    assert await endpoint.admins.tell(endpoint.id, NOW + timedelta(hours=25)) is None
    found = {row["attempts"]: (row["status"], row["last_error"]) for row in await endpoint.rows()}
    assert found == {3: ("failed", "550 5.1.1 nobody"), 4: ("failed", "451 4.3.0 later")}
    assert room.taken == []


async def test_what_is_settled_is_told_nobody_any_more(endpoint: Endpoint, room: Mailroom) -> None:
    """Enabled before its email went out; disabled again, it is another trouble."""
    room.data = "451 4.3.0 later"
    await endpoint.disabled()
    await endpoint.admins.tell(endpoint.id, NOW)
    async with endpoint.database.write() as w:
        await end_disabled(w, endpoint.id)
        await webhooks.change_endpoint(w, endpoint.id, {"disabled_at": None})
    room.data = None
    assert await endpoint.admins.tell(endpoint.id, NOW + timedelta(hours=1)) is None
    assert room.taken == []
    await endpoint.disabled()
    await endpoint.admins.tell(endpoint.id, NOW)
    assert len(room.taken) == len(ADMINS)


async def test_events_that_are_given_up_one_after_the_other_are_one_trouble(
    endpoint: Endpoint, room: Mailroom
) -> None:
    """Until they were told again: what is given up then is news."""
    for event in ("one", "two", "three"):
        await endpoint.parks(event)
        await endpoint.admins.tell(endpoint.id, NOW)
    assert len(room.taken) == len(ADMINS)
    async with endpoint.database.write() as w:
        await w.run(_REPLAY, {"id": endpoint.id})
    await endpoint.parks("four")
    await endpoint.admins.tell(endpoint.id, NOW)
    assert len(room.taken) == 2 * len(ADMINS)
    assert len({mail["Message-ID"] for mail in room.taken}) == 2 * len(ADMINS)


async def test_a_run_that_was_lost_comes_back_for_emails_that_wait(endpoint: Endpoint) -> None:
    """Also of an endpoint that is disabled, for which there is nothing else to do."""
    await endpoint.disabled()
    assert await endpoint.is_woken()
    assert not await endpoint.is_woken(), "once a minute"
    async with endpoint.database.write() as w:
        await webhooks.change_endpoint(w, endpoint.id, {"description": None})
    assert await endpoint.admins.tell(endpoint.id, NOW) is None
    assert not await endpoint.is_woken()
