"""What needs somebody in the shop: short lists, each with a link, and why; for admins also systems that are not told."""

from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Final

from adapters.db.database import Reading, Row
from adapters.db.quotes.repository import PgQuotes
from adapters.db.quotes.standing import Matter, Matters, matters
from adapters.db.record.webhook_trouble import LATEST, troubled
from api.desk.quotes.listed.list_page import FIRST_CHOICE
from domain import instants, wording
from domain.proof.forgotten import is_marked
from domain.quotes.envelope import CREATE
from domain.quotes.events import EventType
from domain.quotes.notices import LOST_MAIL, DeliveryState
from domain.quotes.record import ListedQuote, OrderStatus, QuoteFilters
from domain.quotes.status import Action, CustomerRequest, QuoteStatus

MOST: Final = 6
"""Of each list, before one is sent to the list of quotes."""
_LONGEST: Final = 140


@dataclass(frozen=True, slots=True, kw_only=True)
class Need:
    """One quote, and why it is here. `words` is what somebody wrote, or what a server said."""

    path: str
    number: str
    customer: str
    why: str
    words: str
    stored: str
    total: str
    total_note: str


@dataclass(frozen=True, slots=True, kw_only=True)
class NeedList:
    """Quotes that want the same. `more` leads to all of them where there are more than are shown, or where a list has that filter."""

    key: str
    title: str
    hint: str
    needs: Sequence[Need]
    has_more: bool
    more: str | None = None


async def read_needs(
    r: Reading, *, owner: str | None, actor: str | None, zone: str, query: str
) -> list[NeedList]:
    """All lists, the most pressing first; also those that are empty. `query` goes with links to the list of quotes."""
    found = await matters(r, owner=owner, actor=actor, limit=MOST + 1)
    failed = await _failed(r, owner)
    matter_of = {key: list[Matter](getattr(found, key)) for key in Matters.__dataclass_fields__}
    ids = {each.id for each in failed} | {each.quote_id for some in matter_of.values() for each in some}
    unsettled = await PgQuotes(r).to_be_chosen(sorted(ids))
    lists = [
        _list("failed", [_of_mail(quote, unsettled) for quote in failed], query),
        *(
            _list(key, [_of(matter, zone, key, unsettled) for matter in some], query)
            for key, some in matter_of.items()
        ),
    ]
    return sorted(lists, key=lambda each: [*_LISTS].index(each.key))


async def _failed(r: Reading, owner: str | None) -> list[ListedQuote]:
    """Of open quotes whenever it was, of others in the time for which the doctor tells of it too."""
    found = await PgQuotes(r).rows(QuoteFilters(delivery=DeliveryState.FAILED, owner=owner), limit=4 * MOST)
    mattering = (each for each in found if each.status.is_open or each.updated_at > each.now - LOST_MAIL)
    return [*mattering][: MOST + 1]


def _list(key: str, needs: Sequence[Need], query: str) -> NeedList:
    title, hint, more = _LISTS[key]
    leads_to = f"/desk/quotes?{more}{query}" if more else None
    return NeedList(
        key=key, title=title, hint=hint, needs=needs[:MOST], has_more=len(needs) > MOST, more=leads_to
    )


def _of_mail(quote: ListedQuote, unsettled: Collection[str]) -> Need:
    return Need(
        path=f"/desk/quotes/{quote.id}",
        number=quote.number,
        customer=wording.one_line(quote.customer_name),
        why="",
        words=_short(quote.delivery.reason or ""),
        stored=instants.answered(quote.updated_at),
        total=wording.money(str(quote.price), quote.price.currency),
        total_note=FIRST_CHOICE if quote.id in unsettled else "",
    )


def _of(matter: Matter, zone: str, key: str, unsettled: Collection[str]) -> Need:
    price = matter.price
    return Need(
        path=f"/desk/quotes/{matter.quote_id}",
        number=matter.number,
        customer=wording.one_line(matter.customer_name),
        why=_why(matter, zone, key),
        words=_short(matter.words or ""),
        stored=instants.answered(matter.at),
        total=wording.money(str(price), price.currency) if price else "",
        total_note=FIRST_CHOICE if matter.quote_id in unsettled else "",
    )


def _why(matter: Matter, zone: str, key: str) -> str:
    since = wording.days_away(matter.at, matter.now, zone)
    match key:
        case "asked":
            return f"{_WISHES[matter.kind or '']}, {since}"
        case "unanswered":
            until = wording.days_away(matter.valid_until or matter.at, matter.now, zone)
            return f"Opened {since}, no answer; runs out {until}"
        case "running_out":
            return f"Runs out {since}, {wording.day(matter.at, zone)}"
        case "not_handed_over":
            return f"Accepted, and its order was given up {since}"
        case "unsent":
            return f"{'A new version that is not sent' if matter.kind else 'A draft'}, changed {since}"
        case _:
            return f"{_DOINGS.get(matter.kind or '', 'Something')}: received {_ago(matter)}, not decided yet"


def _ago(matter: Matter) -> str:
    minutes = int((matter.now - matter.at) / timedelta(minutes=1))
    return f"{wording.counted(minutes, 'minute')} ago" if minutes > 0 else "just now"


def _short(text: str) -> str:
    line = "" if is_marked(text) else wording.one_line(text)
    return line if len(line) <= _LONGEST else f"{line[:_LONGEST].rstrip()}…"


def all_done(lists: Iterable[NeedList]) -> bool:
    """Whether nothing needs anybody."""
    return not any(each.needs for each in lists)


@dataclass(frozen=True, slots=True, kw_only=True)
class UntoldSystem:
    """A webhook that fares badly, so that another system is not told, and why; `path` is its page."""

    path: str
    name: str
    why: str


async def untold_systems(r: Reading, zone: str) -> list[UntoldSystem]:
    """Those that their receiver has disabled, that have events which were given up, or some that have waited for an hour."""
    return [
        UntoldSystem(
            path=f"/desk/settings/webhooks/{row['id']}",
            name=wording.one_line(row["description"] or row["url"]),
            why="; ".join(_why_untold(row, zone)),
        )
        for row in await troubled(r, latest=LATEST)
    ]


def _why_untold(row: Row, zone: str) -> Iterator[str]:
    if row["disabled_reason"]:
        yield f"Disabled: {wording.one_line(row['disabled_reason'])}"
    if row["parked"]:
        yield f"{wording.counted(row['parked'], 'event')} given up"
    if row["waits_since"]:
        yield f"Events wait since {wording.local_minute(row['waits_since'], zone)}"


_LISTS: Final[Mapping[str, tuple[str, str, str | None]]] = {
    "failed": (
        "Emails that were not delivered",
        "Somebody was not told. Correct the address and send it again.",
        f"delivery={DeliveryState.FAILED}",
    ),
    "not_handed_over": (
        "Orders that were not handed over",
        "The system that makes them does not know of them. Try again, or hand them over yourself.",
        f"order_status={OrderStatus.FAILED}&status={QuoteStatus.ACCEPTED}",
    ),
    "asked": ("Customers ask", "For a change, or for more time.", None),
    "running_out": (
        "Runs out within seven days",
        "Nobody has answered yet.",
        f"status={QuoteStatus.SENT}&sort=valid_until-asc",
    ),
    "unanswered": ("Opened, not answered", "Three days ago or longer. A call may help.", None),
    "unsent": ("Drafts to finish", "Made, and not sent.", f"status={QuoteStatus.DRAFT}&sort=updated_at-desc"),
    "in_flight": ("Being decided", "Received, and kept; the answer follows by itself.", None),
}
"""In the order of the page: title, what to do, and where in the list of quotes they are."""
_WISHES: Final[Mapping[str, str]] = {
    EventType.CHANGE_REQUESTED: "Asks for a change",
    EventType.EXTENSION_REQUESTED: "Asks for more time",
}
_DOINGS: Final[Mapping[str, str]] = {
    CREATE: "A new quote",
    Action.ACCEPT: "An acceptance",
    Action.REJECT: "A no",
    Action.CANCEL: "A withdrawal",
    Action.SEND: "A sending",
    Action.REVISE: "A revision",
    Action.EXTEND: "A new deadline",
    Action.RESEND: "A sending",
    Action.ANNUL: "An annulment",
    Action.HAND_OVER: "An order handed over",
    CustomerRequest.CHANGE: "A wish for a change",
    CustomerRequest.EXTENSION: "A wish for more time",
    CustomerRequest.SHARE: "A colleague to be shown it",
}
