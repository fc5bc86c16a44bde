"""Customers' links: one per recipient of a sending, found by the hash of their token."""

import sqlalchemy as sa

from adapters.db.database import Database
from adapters.db.quotes import links
from adapters.db.quotes.repository import PgQuotes
from adapters.db.record import outbox
from adapters.tokens import LinkTokens
from tests.integration.db.desk import LINES, Desk


async def test_a_mails_token_leads_to_its_version_and_recipient(
    desk: Desk, database: Database, tokens: LinkTokens
) -> None:
    """The token is made anew from the link's id; the table holds its hash alone."""
    quote_id = await desk.draft()
    result = await desk.do(quote_id, "send", {"recipients": ["a@acme.example"]})
    async with database.write_each() as w:
        message = await outbox.claim(w, result.messages[0])
    assert message is not None
    assert message.link_id is not None
    token = tokens.token(message.link_id)
    async with database.read() as r:
        link = await links.find_link(r, tokens.hash(token))
        assert await links.find_link(r, tokens.hash(token + "x")) is None
        rows = await r.rows(sa.text("SELECT to_jsonb(customer_links) AS row FROM customer_links"))
    assert link is not None
    assert (link.quote_id, link.version, link.recipient) == (quote_id, 1, "a@acme.example")
    assert all(token not in str(row["row"]) for row in rows)


async def test_readers_stand_in_the_order_in_which_they_were_named(desk: Desk, database: Database) -> None:
    """In the list of links and among the quote's readers, after those of before."""
    names = [f"{name}@acme.example" for name in ("m", "c", "x", "a", "t", "b")]
    quote_id = await desk.sent(*names[:5])
    await desk.do(quote_id, "resend", {"recipients": names[5:]})
    async with database.read() as r:
        assert [link.recipient for link in await links.list_links(r, quote_id)] == names
        view = await PgQuotes(r).find(quote_id)
    assert view is not None
    assert [reader.address for reader in view.readers] == names


async def test_each_sending_has_links_of_its_own(desk: Desk, database: Database) -> None:
    """A resend makes a new one for the same version, a new version one for that; the old ones stay."""
    quote_id = await desk.sent("a@acme.example", "b@acme.example")
    await desk.do(quote_id, "resend", {"recipients": ["a@acme.example"]})
    await desk.do(quote_id, "revise", {"lines": LINES})
    await desk.do(quote_id, "send", {"recipients": ["a@acme.example"]})
    async with database.read() as r:
        found = await links.list_links(r, quote_id)
    assert sorted((link.version, link.recipient) for link in found) == [
        (1, "a@acme.example"),
        (1, "a@acme.example"),
        (1, "b@acme.example"),
        (2, "a@acme.example"),
    ]


async def test_a_revoked_link_stays_known_and_gets_no_more_mails(
    desk: Desk, database: Database, tokens: LinkTokens
) -> None:
    """It can be told from an unknown one; its reader hears no more of the quote."""
    quote_id = await desk.sent("a@acme.example", "b@acme.example")
    async with database.write() as w:
        link = next(x for x in await links.list_links(w, quote_id) if x.recipient == "a@acme.example")
        assert await links.close_link(w, link.id, actor="key:test")
        assert await links.close_link(w, link.id, actor="key:test")
        assert not await links.close_link(w, "00000000-0000-0000-0000-000000000009", actor="key:test")
    async with database.read() as r:
        found = await links.find_link(r, tokens.hash(tokens.token(link.id)))
    assert found is not None
    assert found.revoked_at is not None
    result = await desk.do(quote_id, "cancel")
    async with database.read() as r:
        told = [m.recipient for m in await outbox.list_messages(r, quote_id) if m.id in result.messages]
    assert told == ["b@acme.example"]
