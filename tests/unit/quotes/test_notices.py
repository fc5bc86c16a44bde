"""Which mails follow from what happened."""

from dataclasses import replace

import pytest

from domain.quotes.events import Event, EventType
from domain.quotes.notices import (
    Addresses,
    Audience,
    MessageKind,
    Notice,
    each_once,
    notices,
    readers,
    replaced_version,
    was_offered,
)
from domain.quotes.quote import Quote
from domain.quotes.status import Action
from tests.unit.quotes.build import START, after, expired

DRAFT, SENT = after(), after(Action.SEND)


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
        (EventType.SUPERSEDED, DRAFT, []),
        (EventType.CHANGE_REQUESTED, SENT, ["change_requested:seller"]),
        (EventType.EXTENSION_REQUESTED, expired(SENT), ["extension_requested:seller"]),
        (EventType.CANCELLED, DRAFT, []),
    ],
)
def test_who_is_told(event: EventType, before: Quote | None, mails: list[str]) -> None:
    """Customers hear of what they were offered, the shop of what was answered or ended."""
    found = notices(Event(type=event, at=START, actor="system"), before)
    assert [f"{notice.kind}:{notice.audience}" for notice in found] == mails


def test_of_every_event_it_is_decided_whether_somebody_is_told() -> None:
    """A new one cannot be forgotten: silence is said, too."""
    told = {each for each in EventType if notices(Event(type=each, at=START, actor="system"), SENT)}
    silent = {
        "created",
        "revised",
        "viewed",
        "link_revoked",
        "document_made",
        "command_refused",
        "person_forgotten",
    }
    assert set(EventType) - told == {f"quote.{each}" for each in silent | {"message_sent", "message_failed"}}


KNOWN = Addresses(
    sending={"Ada@acme.example": "new-a", "cy@acme.example": "new-c"},
    last={"ada@acme.example": "old-a", "bob@acme.example": "old-b"},
    owner="key:erp",
    seller="sales@shop.example",
)


@pytest.mark.parametrize(
    ("kind", "audience", "told"),
    [
        (MessageKind.SENT, Audience.RECIPIENTS, {"Ada@acme.example": "new-a", "cy@acme.example": "new-c"}),
        (MessageKind.SUPERSEDED, Audience.CUSTOMER, {"bob@acme.example": "old-b"}),
        (
            MessageKind.EXTENDED,
            Audience.CUSTOMER,
            {"ada@acme.example": "old-a", "bob@acme.example": "old-b"},
        ),
        (MessageKind.ACCEPTED, Audience.SELLER, {"sales@shop.example": None}),
    ],
)
def test_who_reads_a_mail_and_by_which_link(
    kind: MessageKind, audience: Audience, told: dict[str, str | None]
) -> None:
    """Those named now, those sent it last, the shop; of a superseded version only who does not get the new one."""
    assert readers(Notice(kind=kind, audience=audience), KNOWN) == told


@pytest.mark.parametrize(
    ("owner", "seller", "told"),
    [
        ("eve@shop.example", "sales@shop.example", ["eve@shop.example"]),
        ("Eve", "sales@shop.example", ["sales@shop.example"]),
        (None, "sales@shop.example", ["sales@shop.example"]),
        (7, None, []),
        ("Eve", "", []),
    ],
)
def test_the_sellers_mails_go_to_the_owner_else_to_the_shop(
    owner: object, seller: str | None, told: list[str]
) -> None:
    """An owner may be a key's name, which no mail reaches; without any address nobody is told."""
    notice = Notice(kind=MessageKind.REJECTED, audience=Audience.SELLER)
    assert list(readers(notice, replace(KNOWN, owner=owner, seller=seller))) == told


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
