"""Mails that reach nobody: who hears of it, what is not tried again, and what it means for the quote."""

from collections.abc import Sequence
from datetime import timedelta

import pytest
from temporalio.exceptions import ApplicationError

from adapters.db.quotes.links import close_link, list_links
from adapters.db.quotes.repository import PgQuotes
from adapters.db.quotes.waiting import lost_mails
from domain.quotes.events import EventType
from domain.quotes.notices import DeliveryState, DeliveryStatus, MessageKind
from domain.quotes.record import QuoteFilters
from tests.api.customer.shop import BUYER, OWNER, SELLER, Shop
from tests.integration.delivery.outgoing import age, deliver, sending, states, told, words
from tests.unit.mail.smtp_server import Mailroom

NO_SUCH_USER = "550 5.1.1 no such user"
TYPO = "j.harkr@harker-hydraulics.example"


async def extended(shop: Shop, room: Mailroom, quote_id: str, days: int = 40) -> None:
    """Another deadline, of which the readers are told."""
    result = await shop.act(quote_id, "extend", valid_days=days)
    await deliver(shop, room, quote_id, *result.messages)


async def resent(shop: Shop, room: Mailroom, quote_id: str, *recipients: str) -> None:
    """The quote goes to these by name."""
    result = await shop.act(quote_id, "resend", recipients=list(recipients))
    await deliver(shop, room, quote_id, *result.messages)


async def ends(shop: Shop, quote_id: str, recipient: str) -> list[tuple[str, str]]:
    """Kind and state of each mail to that address."""
    return [(each.kind, each.status) for each in await states(shop, quote_id) if each.recipient == recipient]


async def fares(shop: Shop, quote_id: str) -> tuple[str, str]:
    """The quote's own state of delivery, with its reason; the list finds it by that state alone."""
    async with shop.database.read() as r:
        view = await PgQuotes(r).find(quote_id)
        found = {
            state: {each.quote.id for each in await PgQuotes(r).page(QuoteFilters(delivery=state), limit=200)}
            for state in DeliveryState
        }
    assert view is not None
    assert [state for state, ids in found.items() if quote_id in ids] == [view.delivery.state]
    return view.delivery.state, view.delivery.reason or ""


async def doctor_names(shop: Shop, quote_id: str) -> bool:
    """Whether the quote's mails are among those that the doctor calls lost."""
    number = (await shop.quote(quote_id)).number
    async with shop.database.read() as r:
        return number in {entry.number for entry in await lost_mails(r)}


def to(room: Mailroom, address: str) -> Sequence[str]:
    """The subjects of the mails that this address got."""
    return [str(mail["Subject"]) for mail in room.taken if mail["To"] == address]


async def test_the_owner_hears_at_once_of_a_mail_that_was_refused(shop: Shop, room: Mailroom) -> None:
    """In the same attempt: which mail, the address, the server's words, and what to do; the other recipient has his."""
    room.rcpt_only = {TYPO: NO_SUCH_USER}
    quote_id, messages = await sending(shop, TYPO, BUYER)
    await deliver(shop, room, quote_id, *messages)
    news = next(mail for mail in room.taken if mail["To"] == OWNER)
    number = (await shop.quote(quote_id)).number
    assert news["Subject"] == f"Quote {number} · an email was not delivered"
    for part in words(news):
        text = " ".join(part.split())
        for said in (
            TYPO,
            NO_SUCH_USER,
            "refused this address for good",
            "until somebody sends the quote to it",
        ):
            assert said in text
        assert "As discussed." not in text
    assert await ends(shop, quote_id, TYPO) == [("sent", "failed")]
    assert await ends(shop, quote_id, BUYER) == [("sent", "sent")]
    assert await fares(shop, quote_id) == (
        "failed",
        f"The quote to {TYPO} was not delivered: {NO_SUCH_USER}",
    )
    await deliver(shop, room, quote_id, *messages)
    assert len(room.taken) == 2


async def test_news_that_cannot_go_either_makes_no_other_news(shop: Shop, room: Mailroom) -> None:
    """Where nobody can be reached the owner and the shop are tried once each, and nobody else."""
    room.rcpt = NO_SUCH_USER
    quote_id, messages = await sending(shop)
    await deliver(shop, room, quote_id, *messages)
    await deliver(shop, room, quote_id, *messages)
    assert [(each.kind, each.recipient, each.status) for each in await states(shop, quote_id)] == [
        ("sent", BUYER, "failed"),
        ("undelivered", OWNER, "failed"),
        ("undelivered", SELLER.email, "failed"),
    ]
    assert await told(shop, quote_id) == [EventType.MESSAGE_FAILED] * 3


async def test_the_shop_hears_of_the_customers_failure_where_the_owner_cannot(
    shop: Shop, room: Mailroom
) -> None:
    """Of the first failure, and that the owner does not know; also where it has to wait, by the same delivery, and once."""
    room.rcpt_only = {BUYER: NO_SUCH_USER, OWNER: NO_SUCH_USER, str(SELLER.email): "451 4.3.0 try later"}
    quote_id, messages = await sending(shop)
    with pytest.raises(ApplicationError, match="1 of 3 messages not sent yet"):
        await deliver(shop, room, quote_id, *messages)
    del room.rcpt_only[str(SELLER.email)]
    await deliver(shop, room, quote_id, *messages)
    await deliver(shop, room, quote_id, *messages)
    (news,) = room.taken
    assert news["To"] == SELLER.email
    for part in words(news):
        text = " ".join(part.split())
        assert "The quote (" in text
        assert BUYER in text
        assert f"owner could not be told of this: {OWNER} was not reached either." in text
    assert await fares(shop, quote_id) == (
        "failed",
        f"The quote to {BUYER} was not delivered: {NO_SUCH_USER}",
    )


async def test_news_that_waits_goes_with_the_next_attempt(shop: Shop, room: Mailroom) -> None:
    """The activity that is tried again knows only of the first message."""
    room.rcpt_only = {BUYER: NO_SUCH_USER, OWNER: "451 4.3.0 try later"}
    quote_id, messages = await sending(shop)
    with pytest.raises(ApplicationError, match="1 of 2 messages not sent yet"):
        await deliver(shop, room, quote_id, *messages)
    del room.rcpt_only[OWNER]
    await deliver(shop, room, quote_id, *messages)
    assert len(to(room, OWNER)) == 1


async def test_what_the_owner_cannot_be_told_the_shop_is(shop: Shop, room: Mailroom) -> None:
    """The news that an owner's own mail was refused goes to the shop's address."""
    quote_id, messages = await sending(shop)
    await deliver(shop, room, quote_id, *messages)
    room.rcpt_only = {OWNER: NO_SUCH_USER}
    result = await shop.act(quote_id, "accept", signer_name="J. Harker", signer_email=BUYER)
    await deliver(shop, room, quote_id, *result.messages)
    (news,) = [mail for mail in room.taken if mail["To"] == SELLER.email]
    text = " ".join(words(news)[0].split())
    assert f"The news of the acceptance ({(await shop.quote(quote_id)).number}, version 1" in text
    assert OWNER in text
    assert (await fares(shop, quote_id))[0] == "ok"


async def test_a_refused_address_gets_no_other_mail_until_it_is_named_again(
    shop: Shop, room: Mailroom
) -> None:
    """What is not tried stands in the outbox and in the log as that; sending to the address by name tries it, and lifts it."""
    room.rcpt_only = {TYPO: NO_SUCH_USER}
    quote_id, messages = await sending(shop, TYPO, BUYER)
    await deliver(shop, room, quote_id, *messages)
    await extended(shop, room, quote_id)
    assert await ends(shop, quote_id, TYPO) == [("sent", "failed"), ("extended", "skipped")]
    skipped = next(each for each in await states(shop, quote_id) if each.status is DeliveryStatus.SKIPPED)
    assert skipped.last_error == (
        "not tried: this address was refused for good before; send the quote to it again to try again"
    )
    assert EventType.MESSAGE_SKIPPED in await told(shop, quote_id)
    assert len(to(room, OWNER)) == 1
    assert (await fares(shop, quote_id))[0] == "failed"
    assert await doctor_names(shop, quote_id)
    await resent(
        shop, room, quote_id, TYPO.upper().replace("HARKER-HYDRAULICS.EXAMPLE", "harker-hydraulics.example")
    )
    assert (await fares(shop, quote_id))[0] == "ok"
    await resent(shop, room, quote_id, TYPO)
    assert (await ends(shop, quote_id, TYPO))[-1] == ("sent", "failed")
    room.rcpt_only = {}
    await resent(shop, room, quote_id, TYPO)
    assert (await fares(shop, quote_id))[0] == "ok"
    assert not await doctor_names(shop, quote_id)
    await extended(shop, room, quote_id, days=50)
    assert (await ends(shop, quote_id, TYPO))[-1] == ("extended", "sent")


@pytest.mark.parametrize(
    ("refuses", "answer"),
    [
        ("data", "554 5.6.0 this text is not taken"),
        ("rcpt", "554 5.7.1 relay access denied"),
        ("rcpt", "552 5.2.2 mailbox full"),
    ],
)
async def test_who_refuses_the_email_does_not_refuse_the_address(
    shop: Shop, room: Mailroom, refuses: str, answer: str
) -> None:
    """A fault of our server's or of one text must not silence an address: the next mail is tried."""
    setattr(room, refuses, answer)
    quote_id, messages = await sending(shop)
    await deliver(shop, room, quote_id, *messages)
    setattr(room, refuses, None)
    await extended(shop, room, quote_id)
    assert await ends(shop, quote_id, BUYER) == [("sent", "failed"), ("extended", "sent")]
    assert (await fares(shop, quote_id))[0] == "failed"  # the news of it, to the owner


async def test_words_of_a_hostile_server_are_cleaned_and_hold_no_link(shop: Shop, room: Mailroom) -> None:
    """Line breaks, control characters, markup, endless text, and the customer's secret link that it has read."""
    quote_id = await shop.new_quote()
    messages = (await shop.act(quote_id, "send", recipients=[BUYER])).messages
    path = await shop.path_of(quote_id, BUYER)
    room.rcpt_only = {
        BUYER: f"550-5.1.1 <b>see</b> https://evil.example{path}\r\n550 5.1.1 =?utf-8?q?x?= \x07{'y' * 300}"
    }
    await deliver(shop, room, quote_id, *messages)
    state = (await states(shop, quote_id))[0]
    (news,) = room.taken
    token = path.removeprefix("/q/")
    for text in (state.last_error or "", (await fares(shop, quote_id))[1], *words(news)):
        assert token not in text
        assert "(hidden)" in text
        assert "\x07" not in text
    assert len(state.last_error or "") <= 500
    assert "<b>see" not in words(news)[1]
    assert news["To"] == OWNER


async def test_the_mail_about_an_end_says_who_could_not_be_told(shop: Shop, room: Mailroom) -> None:
    """Of expiry and acceptance: refused now, refused before, not reached so far; and that the others know."""
    cy = "cy@harker-hydraulics.example"
    room.rcpt_only = {TYPO: NO_SUCH_USER}
    expired, messages = await sending(shop, TYPO, BUYER, cy)
    await deliver(shop, room, expired, *messages)
    room.rcpt_only[cy] = "451 4.2.0 later"
    with pytest.raises(ApplicationError):
        await deliver(shop, room, expired, *(await shop.expire(expired)).messages)
    mail = next(mail for mail in room.taken if "expired, " in mail["Subject"])
    for part in words(mail):
        text = " ".join(part.split())
        assert "The other readers have been told." in text
        assert f"Could not be told: {TYPO}." in text
        assert f"Could not be told yet: {cy}. We keep trying for a day." in text
    accepted, messages = await sending(shop)
    await deliver(shop, room, accepted, *messages)
    room.rcpt_only = {BUYER: NO_SUCH_USER}
    result = await shop.act(accepted, "accept", signer_name="J. Harker", signer_email=BUYER)
    await deliver(shop, room, accepted, *result.messages)
    mail = next(mail for mail in room.taken if "accepted by" in mail["Subject"])
    assert all(f"Could not be told: {BUYER}." in " ".join(part.split()) for part in words(mail))


@pytest.mark.parametrize("may_be_out", [True, False], ids=["the reply was lost", "refused for now"])
async def test_what_may_be_out_comes_again_in_the_same_words(
    shop: Shop, room: Mailroom, may_be_out: bool
) -> None:
    """A mail's second copy tells nothing else than its first; one that was not taken tells what is true by now."""
    quote_id, messages = await sending(shop)
    await deliver(shop, room, quote_id, *messages)
    expiry = (await shop.expire(quote_id)).messages
    room.cut, room.data = may_be_out, None if may_be_out else "451 4.2.0 later"
    with pytest.raises(ApplicationError):
        await deliver(shop, room, quote_id, *expiry)
    room.cut, room.data = False, None
    await deliver(shop, room, quote_id, *expiry)
    copies = [words(mail) for mail in room.taken if "expired, " in mail["Subject"]]
    assert len(copies) == 1 + may_be_out
    assert copies[0] == copies[-1]
    assert ("Could not be told yet" in copies[-1][0]) is may_be_out


async def test_without_an_open_link_nobody_is_said_to_have_been_told(shop: Shop, room: Mailroom) -> None:
    """The shop's mail about an expiry claims no more than was done."""
    quote_id, messages = await sending(shop)
    await deliver(shop, room, quote_id, *messages)
    await shop.close_links(quote_id)
    await deliver(shop, room, quote_id, *(await shop.expire(quote_id)).messages)
    assert "Nobody has an open link, so nobody was told." in " ".join(words(room.taken[-1])[0].split())


async def test_trouble_is_what_waits_too_long_or_was_tried_in_vain(shop: Shop, room: Mailroom) -> None:
    """And what is over when the mail is out."""
    quote_id, messages = await sending(shop)
    assert await fares(shop, quote_id) == ("ok", "")
    await age(shop, messages[0], timedelta(minutes=11))
    assert await fares(shop, quote_id) == (
        "trouble",
        f"The quote to {BUYER} is still waiting: no attempt is on record",
    )
    await age(shop, messages[0], timedelta(minutes=-11))
    room.data = "451 4.3.0 try later"
    with pytest.raises(ApplicationError):
        await deliver(shop, room, quote_id, *messages)
    assert await fares(shop, quote_id) == (
        "trouble",
        f"The quote to {BUYER} is still waiting: 451 4.3.0 try later",
    )
    room.data = None
    await deliver(shop, room, quote_id, *messages)
    assert await fares(shop, quote_id) == ("ok", "")


async def test_a_failure_counts_while_its_reader_is_one(shop: Shop, room: Mailroom) -> None:
    """A mail to somebody else does not settle it; closing the link does, and so does a version that went to others."""
    room.rcpt_only = {TYPO: NO_SUCH_USER}
    closed, messages = await sending(shop, TYPO)
    await deliver(shop, room, closed, *messages)
    await resent(shop, room, closed, BUYER)
    assert (await fares(shop, closed))[0] == "failed"
    async with shop.database.write() as w:
        (link,) = [each for each in await list_links(w, closed) if each.recipient == TYPO]
        await close_link(w, link.id, actor="key:test")
    assert (await fares(shop, closed))[0] == "ok"
    replaced, messages = await sending(shop, TYPO)
    await deliver(shop, room, replaced, *messages)
    await shop.revise(replaced)
    result = await shop.act(replaced, "send", recipients=[BUYER])
    await deliver(shop, room, replaced, *result.messages)
    assert (await ends(shop, replaced, TYPO))[-1] == ("superseded", "skipped")
    assert (await fares(shop, replaced))[0] == "ok"


async def test_a_quotes_mails_to_one_reader_hang_together(shop: Shop, room: Mailroom) -> None:
    """By References and In-Reply-To to one root of quote and reader, and by one stem of their subjects."""
    quote_id, messages = await sending(shop, BUYER, TYPO)
    await deliver(shop, room, quote_id, *messages)
    await extended(shop, room, quote_id)
    result = await shop.act(quote_id, "accept", signer_name="J. Harker", signer_email=BUYER)
    await deliver(shop, room, quote_id, *result.messages)
    roots: dict[str, set[tuple[str, str]]] = {str(mail["To"]): set() for mail in room.taken}
    for mail in room.taken:
        roots[str(mail["To"])].add((str(mail["References"]), str(mail["In-Reply-To"])))
    assert {len(found) for found in roots.values()} == {1}
    assert len({root for found in roots.values() for pair in found for root in pair}) == len(roots) == 3
    stem = f"Quote {(await shop.quote(quote_id)).number} · "
    assert all(str(mail["Subject"]).startswith(stem) for mail in room.taken)
    assert len({mail["Message-ID"] for mail in room.taken}) == len(room.taken)


async def test_the_shop_answers_who_asked(shop: Shop, room: Mailroom) -> None:
    """By the address behind the link, else by the one that was typed; a customer answers the owner."""
    quote_id, messages = await sending(shop)
    await deliver(shop, room, quote_id, *messages)
    asked = await shop.ask(quote_id, "request_change")
    await deliver(shop, room, quote_id, *asked.messages)
    typed = "procurement@harker-hydraulics.example"
    result = await shop.act(quote_id, "accept", signer_name="J. Harker", signer_email=typed)
    await deliver(shop, room, quote_id, *result.messages)
    answered = {
        (str(mail["To"]), str(mail["Subject"]).split()[3].rstrip(",")): mail["Reply-To"]
        .addresses[0]
        .addr_spec
        for mail in room.taken
    }
    assert answered == {
        (BUYER, "from"): OWNER,
        (OWNER, "change"): BUYER,
        (BUYER, "accepted"): OWNER,
        (typed, "accepted"): OWNER,
        (OWNER, "accepted"): typed,
    }


async def test_a_signer_s_mistyped_address_is_made_good_by_naming_another(shop: Shop, room: Mailroom) -> None:
    """It has no link that could be closed: the confirmation that is sent again to the right one clears the trouble."""
    room.rcpt_only = {TYPO: NO_SUCH_USER}
    quote_id, messages = await sending(shop)
    await deliver(shop, room, quote_id, *messages)
    result = await shop.act(quote_id, "accept", signer_name="J. Harker", signer_email=TYPO)
    await deliver(shop, room, quote_id, *result.messages)
    assert await ends(shop, quote_id, TYPO) == [("accepted", "failed")]
    (news,) = [mail for mail in room.taken if "was not delivered" in mail["Subject"]]
    for part in words(news):
        assert "this one has no link." in " ".join(part.split())
        assert "close the link" not in " ".join(part.split())
    assert (await fares(shop, quote_id), await doctor_names(shop, quote_id)) == (
        ("failed", f"The news of the acceptance to {TYPO} was not delivered: {NO_SUCH_USER}"),
        True,
    )
    await resent(shop, room, quote_id, "j.harker@harker-hydraulics.example")
    assert (await fares(shop, quote_id), await doctor_names(shop, quote_id)) == (("ok", ""), False)


async def test_an_extension_says_whether_it_is_sooner(shop: Shop, room: Mailroom) -> None:
    """With the date before, from the event to the mail."""
    quote_id, messages = await sending(shop)
    await deliver(shop, room, quote_id, *messages)
    await extended(shop, room, quote_id, days=5)
    await extended(shop, room, quote_id, days=50)
    sooner, later = (mail for mail in room.taken if "now open" in mail["Subject"])
    assert "a sooner date than before" in " ".join(words(sooner)[0].split())
    assert "now open only until" in sooner["Subject"]
    assert "a later date than before" in " ".join(words(later)[0].split())
    assert {each.kind for each in await states(shop, quote_id)} == {MessageKind.SENT, MessageKind.EXTENDED}
