"""Which mails follow from what happened."""

from collections.abc import Iterable
from dataclasses import replace
from datetime import datetime, timedelta

import pytest

from domain.quotes.events import Event, EventType
from domain.quotes.notices import (
    ABOUT,
    ALL_OUT,
    LATE_MAIL,
    Addresses,
    Audience,
    DeliveryOfQuote,
    DeliveryState,
    DeliveryStatus,
    HeldLink,
    MessageKind,
    Notice,
    Reader,
    UnsentMail,
    each_once,
    is_skipped,
    notices,
    readers,
    readers_of,
    recipients_by_default,
    replaced_version,
    was_offered,
    who_hears_of_failure,
)
from domain.quotes.quote import Quote
from domain.quotes.status import Action
from tests.unit.quotes.build import START, after, expired

DRAFT, SENT = after(), after(Action.SEND)
ACCEPTED = after(Action.SEND, Action.ACCEPT)
REOPENED = after(Action.SEND, Action.REJECT, Action.REVISE)


@pytest.mark.parametrize(
    ("event", "before", "mails"),
    [
        (EventType.CREATED, None, []),
        (EventType.SENT, DRAFT, ["sent:recipients"]),
        (EventType.RESENT, SENT, ["sent:recipients"]),
        (EventType.REMINDED, SENT, ["reminder:customer"]),
        (EventType.ACCEPTED, SENT, ["accepted:customer", "accepted:seller"]),
        (EventType.REJECTED, SENT, ["rejected:seller"]),
        (EventType.EXPIRED, SENT, ["expired:customer", "expired:seller"]),
        (EventType.EXPIRED, DRAFT, ["expired:seller"]),
        (EventType.EXTENDED, SENT, ["extended:customer"]),
        (EventType.EXTENDED, DRAFT, []),
        (EventType.EXTENDED, expired(SENT), ["extended:customer"]),
        (EventType.EXTENDED, expired(DRAFT), []),
        (EventType.CANCELLED, SENT, ["cancelled:customer"]),
        (EventType.SUPERSEDED, SENT, ["superseded:customer"]),
        (EventType.SUPERSEDED, REOPENED, ["superseded:customer"]),
        (EventType.RESENT, ACCEPTED, ["accepted:recipients"]),
        (EventType.SHARED, SENT, ["sent:recipients", "shared:seller"]),
        (EventType.CANCELLED, REOPENED, []),
        (EventType.CHANGE_REQUESTED, SENT, ["change_requested:seller"]),
        (EventType.EXTENSION_REQUESTED, expired(SENT), ["extension_requested:seller"]),
        (EventType.CANCELLED, DRAFT, []),
        (EventType.ANNULLED, after(Action.SEND, Action.ACCEPT), ["annulled:customer", "annulled:seller"]),
    ],
)
def test_who_is_told(event: EventType, before: Quote | None, mails: list[str]) -> None:
    """Customers hear of what they were offered, the shop of what was answered or ended."""
    found = notices(Event(type=event, at=START, actor="system"), before)
    assert [f"{notice.kind}:{notice.audience}" for notice in found] == mails


def test_of_every_event_it_is_decided_whether_somebody_is_told() -> None:
    """A new one cannot be forgotten: silence is said, too."""
    heard = {each for each in EventType if notices(Event(type=each, at=START, actor="system"), SENT)}
    silent = {
        "created",
        "revised",
        "viewed",
        "link_revoked",
        "document_made",
        "command_refused",
        "person_forgotten",
        *("message_sent", "message_failed", "message_skipped"),
        "order_handed_over",
    }
    assert set(EventType) - heard == {f"quote.{each}" for each in silent}


def link(id_: str, recipient: str, version: int = 2, *, may_accept: bool = True) -> HeldLink:
    return HeldLink(id=id_, recipient=recipient, version=version, may_accept=may_accept)


def told(readers: Iterable[Reader]) -> dict[str, str | None]:
    return {reader.address: reader.link_id for reader in readers}


KNOWN = Addresses(
    sending=[link("new-a", "Ada@acme.example", 3), link("new-c", "cy@acme.example", 3)],
    links=[
        link("oldest-d", "dan@acme.example", 1),
        link("oldest-a", "ada@acme.example", 1),
        link("old-a", "ada@acme.example"),
        link("old-b", "bob@acme.example", may_accept=False),
    ],
    version=2,
    signer=None,
    owner="key:erp",
    seller="sales@shop.example",
)


@pytest.mark.parametrize(
    ("kind", "audience", "expected"),
    [
        (MessageKind.SENT, Audience.RECIPIENTS, {"Ada@acme.example": "new-a", "cy@acme.example": "new-c"}),
        (
            MessageKind.SUPERSEDED,
            Audience.CUSTOMER,
            {"dan@acme.example": "oldest-d", "bob@acme.example": "old-b"},
        ),
        (
            MessageKind.EXTENDED,
            Audience.CUSTOMER,
            {"ada@acme.example": "old-a", "bob@acme.example": "old-b"},
        ),
        (MessageKind.ACCEPTED, Audience.SELLER, {"sales@shop.example": None}),
    ],
)
def test_who_reads_a_mail_and_by_which_link(
    kind: MessageKind, audience: Audience, expected: dict[str, str | None]
) -> None:
    """Those named now, all readers of the version on offer, the shop; that it is superseded whoever holds any earlier
    version and does not get the new one.
    """
    assert told(readers(Notice(kind=kind, audience=audience), KNOWN)) == expected


@pytest.mark.parametrize(
    ("signer", "also"), [("dan@acme.example", ["dan@acme.example"]), ("BOB@acme.example", []), (None, [])]
)
def test_the_signer_hears_of_the_acceptance(signer: str | None, also: list[str]) -> None:
    """At the address typed, without a link, unless it is a reader's; of nothing else."""
    known = replace(KNOWN, sending=[], signer=signer)
    found = readers(Notice(kind=MessageKind.ACCEPTED, audience=Audience.CUSTOMER), known)
    assert list(told(found)) == ["ada@acme.example", "bob@acme.example", *also]
    assert [each.address for each in found if each.link_id is None] == also
    shop = readers(Notice(kind=MessageKind.ACCEPTED, audience=Audience.SELLER), known)
    assert list(told(shop)) == ["sales@shop.example"]


def test_readers_are_a_set() -> None:
    """Each address once, however it is written; of its links counts by which most may be done, then the newest."""
    held = [
        link("1", "ada@acme.example", may_accept=False),
        link("2", "bob@acme.example"),
        link("3", "ADA@acme.example"),
        link("4", "bob@acme.example", may_accept=False),
        link("5", "ada@acme.example"),
        link("6", "cy@acme.example", may_accept=False),
        link("7", "dan@acme.example", 1),
    ]
    assert [(each.address, each.link_id, each.may_accept) for each in readers_of(held, 2)] == [
        ("ada@acme.example", "5", True),
        ("bob@acme.example", "2", True),
        ("cy@acme.example", "6", False),
    ]


def test_who_is_sent_what_names_nobody() -> None:
    """The readers of the version before, as they were; else the customer; else nobody."""
    before = readers_of(KNOWN.links, 2)
    assert recipients_by_default(before, "buyer@acme.example") == before
    assert recipients_by_default((), "buyer@acme.example") == (Reader(address="buyer@acme.example"),)
    assert recipients_by_default((), None) == ()
    assert recipients_by_default((), "buyer@acme.example", ["Buyer@acme.example"]) == ()


@pytest.mark.parametrize(
    ("owner", "seller", "expected"),
    [
        ("eve@shop.example", "sales@shop.example", ["eve@shop.example"]),
        ("Eve", "sales@shop.example", ["sales@shop.example"]),
        (None, "sales@shop.example", ["sales@shop.example"]),
        (7, None, []),
        ("Eve", "", []),
    ],
)
def test_the_sellers_mails_go_to_the_owner_else_to_the_shop(
    owner: object, seller: str | None, expected: list[str]
) -> None:
    """An owner may be a key's name, which no mail reaches; without any address nobody is told."""
    notice = Notice(kind=MessageKind.REJECTED, audience=Audience.SELLER)
    assert list(told(readers(notice, replace(KNOWN, owner=owner, seller=seller)))) == expected


def test_an_address_counts_once_however_it_is_written() -> None:
    """The first spelling stays, in the order given."""
    assert list(each_once(["B@x.example", "a@x.example", "b@X.example"])) == ["B@x.example", "a@x.example"]


def test_what_a_mail_says_of_versions_before() -> None:
    """A sending makes an offer and replaces the version sent last; other events leave both as they were."""

    def event(type_: EventType) -> Event:
        return Event(type=type_, at=START, actor="system")

    assert [replaced_version(event(e), SENT) for e in (EventType.SENT, EventType.SUPERSEDED)] == [1, 1]
    assert [replaced_version(event(e), SENT) for e in (EventType.RESENT, EventType.EXTENDED)] == [None, None]
    assert replaced_version(event(EventType.SENT), DRAFT) is None
    assert was_offered(event(EventType.SENT), DRAFT)
    assert was_offered(event(EventType.EXPIRED), SENT)
    assert not was_offered(event(EventType.EXPIRED), DRAFT)


@pytest.mark.parametrize(
    ("kind", "recipient", "owner", "heard"),
    [
        (MessageKind.SENT, "a@acme.example", "eve@shop.example", "eve@shop.example"),
        (MessageKind.SENT, "a@acme.example", "key:erp", "sales@shop.example"),
        (MessageKind.ACCEPTED, "Eve@shop.example", "eve@shop.example", "sales@shop.example"),
        (MessageKind.ACCEPTED, "sales@shop.example", None, None),
        (MessageKind.UNDELIVERED, "eve@shop.example", "eve@shop.example", "sales@shop.example"),
        (MessageKind.UNDELIVERED, "sales@shop.example", "eve@shop.example", None),
        (MessageKind.UNDELIVERED, "sales@shop.example", "sales@shop.example", None),
        (MessageKind.UNDELIVERED, "former@shop.example", "key:erp", None),
    ],
)
def test_who_hears_of_a_failure(
    kind: MessageKind, recipient: str, owner: str | None, heard: str | None
) -> None:
    """The owner, of his own mails the shop; of such news to the owner the shop too, and of any other such news nobody."""
    assert who_hears_of_failure(kind, recipient, owner=owner, seller="sales@shop.example") == heard


EARLY, LATER = START, START + timedelta(minutes=5)


@pytest.mark.parametrize(
    ("audience", "refused_at", "named_at", "skipped"),
    [
        (Audience.CUSTOMER, None, EARLY, False),
        (Audience.CUSTOMER, LATER, EARLY, True),
        (Audience.CUSTOMER, EARLY, EARLY, True),
        (Audience.CUSTOMER, EARLY, None, True),
        (Audience.CUSTOMER, EARLY, LATER, False),
        (Audience.RECIPIENTS, LATER, EARLY, False),
        (Audience.SELLER, LATER, None, False),
    ],
)
def test_a_refused_address_is_left_alone_until_it_is_named(
    audience: Audience, refused_at: datetime | None, named_at: datetime | None, skipped: bool
) -> None:
    """The shop's own mails are always tried: nobody names its address."""
    assert is_skipped(audience, refused_at=refused_at, named_at=named_at) is skipped


MAIL = UnsentMail(
    kind=MessageKind.REMINDER,
    audience=Audience.CUSTOMER,
    recipient="a@acme.example",
    status=DeliveryStatus.PENDING,
    error=None,
    created_at=EARLY,
    failed_at=None,
    reached_at=None,
    is_reader=True,
)
LOST = replace(MAIL, status=DeliveryStatus.FAILED, error="550 no", failed_at=EARLY)


@pytest.mark.parametrize(
    ("mail", "after", "state"),
    [
        (MAIL, LATE_MAIL, DeliveryState.OK),
        (MAIL, LATE_MAIL + timedelta(seconds=1), DeliveryState.TROUBLE),
        (replace(MAIL, error="451 later"), timedelta(), DeliveryState.TROUBLE),
        (replace(MAIL, status=DeliveryStatus.SENDING, error="451 later"), timedelta(), DeliveryState.TROUBLE),
        (LOST, timedelta(), DeliveryState.FAILED),
        (replace(LOST, reached_at=LATER), timedelta(), DeliveryState.OK),
        (replace(LOST, failed_at=LATER, reached_at=EARLY), timedelta(), DeliveryState.FAILED),
        (replace(LOST, failed_at=None, reached_at=LATER), timedelta(), DeliveryState.OK),
        (replace(LOST, is_reader=False), timedelta(), DeliveryState.OK),
        (replace(LOST, status=DeliveryStatus.SKIPPED), timedelta(), DeliveryState.OK),
    ],
)
def test_what_a_mail_means_for_its_quote(mail: UnsentMail, after: timedelta, state: DeliveryState) -> None:
    """Of a mail that is not out."""
    assert mail.state(EARLY + after) is state
    assert DeliveryOfQuote.of([mail], EARLY + after).state is state


def test_the_worst_of_its_mails_speaks_for_a_quote() -> None:
    """And of several such the newest, with its reason; the customer's before the shop's own."""
    delayed = replace(MAIL, error="451 later", created_at=LATER)
    newer = replace(LOST, recipient="b@acme.example", created_at=EARLY + timedelta(minutes=1))
    news = replace(LOST, audience=Audience.SELLER, recipient="eve@shop.example", created_at=LATER)
    assert DeliveryOfQuote.of([delayed, LOST, newer, news, MAIL], LATER) == DeliveryOfQuote(
        state=DeliveryState.FAILED, reason="A reminder to b@acme.example was not delivered: 550 no"
    )
    assert DeliveryOfQuote.of([MAIL], EARLY) == DeliveryOfQuote.of([], EARLY) == ALL_OUT


def test_every_kind_of_mail_has_a_name_for_the_shop() -> None:
    """By which a failure is told."""
    assert set(ABOUT) == set(MessageKind)
