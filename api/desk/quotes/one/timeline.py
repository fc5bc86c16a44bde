"""What happened to a quote, in plain language."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, assert_never

from adapters.db.quotes.happenings import Happening
from adapters.db.quotes.standing import OPEN_WISH
from api.desk.quotes.one.facts import QuoteFacts
from api.http.problem import title_of
from domain import instants, wording
from domain.money import Money
from domain.presentation.document import DocumentKind
from domain.pricing.advice.limits import PriceLimit
from domain.proof.mismatch import UNREADABLE
from domain.quotes import events as e
from domain.quotes.commands import AcceptanceMethod
from domain.quotes.notices import ABOUT, SETTLING, WISHES, MessageKind
from domain.quotes.status import QuoteStatus

METHODS: Final = {
    AcceptanceMethod.ONLINE: "on the quote's page",
    AcceptanceMethod.PHONE: "by phone",
    AcceptanceMethod.MAIL: "by email",
    AcceptanceMethod.PURCHASE_ORDER: "by purchase order",
}
ASKS: Final = {
    "create": "Make the quote",
    "accept": "Record the yes",
    "reject": "Record the no",
    "cancel": "Withdraw",
    "send": "Send",
    "revise": "Make a new version",
    "extend": "Change the deadline",
    "resend": "Send again",
    "annul": "Annul the acceptance",
    "hand_over": "Hand the order over",
    "request_change": "Ask for a change",
    "request_extension": "Ask for more time",
    "share": "Show it to a colleague",
}
"""What commands ask for, by their names."""


@dataclass(frozen=True, slots=True, kw_only=True)
class TimelineEntry:
    """One happening: what, by whom ("by Marta Keller", "by itself"), when (in words, and RFC 3339), and what somebody wrote
    with it. `tone` is good, bad, or empty.
    """

    sequence: int
    what: str
    by: str
    at: str
    stored: str
    said: tuple[str, ...] = ()
    tone: str = ""


def entries(facts: QuoteFacts) -> list[TimelineEntry]:
    """The happenings of the facts, newest first."""
    return [entry_of(each, facts) for each in facts.happenings]


def entry_of(happening: Happening, facts: QuoteFacts) -> TimelineEntry:
    """One happening in words."""
    event = happening.view.event
    try:
        body = event.body
        what = _what(body, _TimelineWords(facts, happening))
    except UNREADABLE:
        body, what = None, f"An entry ({event.type}) that cannot be read: verify the quote."
    said = happening.said.get("reason") or happening.said.get("message")
    return TimelineEntry(
        sequence=happening.view.sequence,
        what=what,
        by=facts.names.by(event.actor),
        at=when(event.at, facts.zone) if event.at else "",
        stored=instants.answered(event.at) or "",
        said=wording.paragraphs(said) if isinstance(said, str) and isinstance(body, _SAYING) else (),
        tone=_tone(body),
    )


def meanwhile(facts: QuoteFacts, seen: int | None) -> list[TimelineEntry]:
    """What has changed the quote since the state that a page showed, newest first."""
    if seen is None or seen >= facts.view.quote.state_version:
        return []
    return [
        entry_of(each, facts)
        for each in facts.happenings
        if int(each.view.event.data.get("state_version") or 0) > seen
    ]


def when(at: datetime, zone: str) -> str:
    """A time in the desk's lists: "Thu 24 Dec 2026 23:59 CET"."""
    return f"{wording.local_minute(at, zone)} {wording.zone_name(at, zone)}"


_SAYING: Final = (
    *(e.Sent, e.Resent, e.Accepted, e.Rejected, e.Cancelled, e.Annulled),
    *(e.ChangeRequested, e.ExtensionRequested, e.Shared),
)


def _tone(body: e.Body | None) -> str:
    match body:
        case e.Accepted():
            return "good"
        case None | e.MessageFailed() | e.MessageSkipped() | e.CommandRefused() | e.Rejected() | e.Annulled():
            return "bad"
        case _:
            return ""


class _TimelineWords:
    """Words for what events name by ids."""

    def __init__(self, facts: QuoteFacts, happening: Happening) -> None:
        self._facts = facts
        self._said = happening.said
        self._actor = happening.view.event.actor

    def until(self, at: datetime) -> str:
        return wording.instant(at, self._facts.zone)

    def recipients(self, count: int) -> str:
        named = self._said.get("recipients")
        if isinstance(named, list) and len(named) == count:
            return _listed([wording.one_line(str(each)) for each in named])
        return wording.counted(count, "recipient")

    def reader(self, link_id: str) -> str:
        link = self._facts.links.get(link_id)
        return wording.one_line(link.recipient) if link else "a reader"

    def mail(self, body: e.Mailed) -> tuple[str, str]:
        message = self._facts.messages.get(body.message_id)
        about = ABOUT[MessageKind(body.kind)]
        return about, wording.one_line(message.recipient) if message else "somebody"

    def said(self, name: str) -> str | None:
        found: Any = self._said.get(name)
        return wording.one_line(found) or None if isinstance(found, str) else None

    def confirmed(self, codes: Sequence[str]) -> str:
        """What whoever sent it had confirmed before."""
        known = set(PriceLimit)
        slips = [PriceLimit(each).told if each in known else wording.one_line(each) for each in codes]
        by = self._facts.names.of(self._actor)
        return f" Confirmed by {by}: {_listed(slips)}." if slips else ""

    @property
    def recorded(self) -> str:
        return (
            f", recorded by {self._facts.names.of(str(self.said('recorded_by')))}"
            if self.said("recorded_by")
            else ""
        )


def _what(body: e.Body, told: _TimelineWords) -> str:  # noqa: C901, PLR0911, PLR0912 - one sentence each
    match body:
        case e.Created():
            copied = " as a copy of another quote" if body.copied_from else ""
            return f"Quote {body.number} was drafted{copied}: {_money(body.total)}, valid until {told.until(body.valid_until)}."
        case e.Revised():
            return f"Version {body.version} was made: {_money(body.total)}."
        case e.Sent():
            to = told.recipients(body.recipients)
            until = told.until(body.valid_until)
            return f"Version {body.version} was sent to {to}, open until {until}.{told.confirmed(body.confirmed)}"
        case e.Superseded():
            return f"Version {body.version} is no longer on offer: version {body.by_version} took its place."
        case e.Resent():
            return f"Version {body.version} was sent again, to {told.recipients(body.recipients)}."
        case e.Viewed():
            return f"{told.reader(body.link_id)} opened version {body.version}."
        case e.Reminded():
            return f"The customer was reminded: {wording.counted(body.days_left, 'day')} left."
        case e.Extended():
            moved = "later" if body.valid_until > body.valid_until_before else "sooner"
            before, until = told.until(body.valid_until_before), told.until(body.valid_until)
            return f"The deadline was moved {moved}: {until} instead of {before}."
        case e.Accepted():
            who = told.said("signer_name") or "the customer"
            total = f" for {_money(body.total)}" if body.total else ""
            return f"Version {body.version} was accepted by {who}{total}, {METHODS[body.method]}."
        case e.Rejected():
            how = f", {METHODS[body.method]}" if body.method else ""
            return f"Version {body.version} was declined{how}."
        case e.Expired():
            return _expired(body)
        case e.Cancelled():
            return "The draft was deleted." if body.from_ is QuoteStatus.DRAFT else "The quote was withdrawn."
        case e.Annulled():
            return (
                f"The acceptance was annulled, as agreed with {told.said('agreed_with') or 'the customer'}."
            )
        case e.HandedOver():
            return f"The order was handed over as {wording.one_line(body.reference)}."
        case e.ChangeRequested():
            return f"A change of version {body.version} was asked for."
        case e.ExtensionRequested():
            return "More time was asked for."
        case e.Shared():
            return f"Version {body.version} was shown to {told.recipients(1)}."
        case e.LinkRevoked():
            return f"The link of {told.reader(body.link_id)} to version {body.version} was closed."
        case e.PersonForgotten():
            return f"A person was forgotten, and what was kept of them was deleted ({wording.one_line(body.reason)})."
        case e.DocumentMade():
            made = "certificate of acceptance" if body.kind == DocumentKind.ACCEPTANCE else "document"
            return f"The {made} of version {body.version} was made."
        case e.MessageSent():
            about, to = told.mail(body)
            return f"{about} went out to {to}."
        case e.MessageFailed():
            about, to = told.mail(body)
            return f"{about} could not be delivered to {to}."
        case e.MessageSkipped():
            about, to = told.mail(body)
            return f"{about} was not tried: {to} was refused for good before."
        case e.CommandRefused():
            return _refused(body)
        case _:
            assert_never(body)


def _expired(body: e.Expired) -> str:
    if body.from_ is QuoteStatus.DRAFT:
        return "The draft expired before it was sent."
    return "The quote expired without an answer."


def _refused(body: e.CommandRefused) -> str:
    if body.name is None:
        return f"{wording.counted(body.count or 1, 'signal')} that nobody could read changed nothing."
    return f"“{ASKS.get(body.name, body.name)}” was refused: {title_of(body.code)}."


def _money(amount: Money) -> str:
    return wording.money(str(amount), amount.currency)


def _listed(names: list[str]) -> str:
    *others, last = names
    return f"{', '.join(others)} and {last}" if others else last


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenWish:
    """A wish that nobody has answered: in words, by whom, when and why; `path` is the form of the quote that answers it."""

    what: str
    path: str
    told: TimelineEntry


def open_wish(facts: QuoteFacts) -> OpenWish | None:
    """The customer's latest wish, as long as it waits for the shop: by the rule of the lists of `Today`."""
    if facts.view.quote.status not in {QuoteStatus.SENT, QuoteStatus.EXPIRED}:
        return None
    has_more_time = False
    for each in facts.happenings:  # the newest first
        event = each.view.event
        if event.type in SETTLING:
            return None
        has_more_time = has_more_time or event.type == e.EventType.EXTENDED
        is_answered = has_more_time and event.type == e.EventType.EXTENSION_REQUESTED
        if event.type in WISHES and not is_answered:
            is_late = event.at is not None and facts.view.now - event.at > OPEN_WISH
            what, path = _ANSWERED_BY[e.EventType(event.type)]
            return None if is_late else OpenWish(what=what, path=path, told=entry_of(each, facts))
    return None


_ANSWERED_BY: Final = {
    e.EventType.CHANGE_REQUESTED: ("The customer asks for a change", "revise"),
    e.EventType.EXTENSION_REQUESTED: ("The customer asks for more time", "extend"),
}
