"""The events of all quotes, for systems that follow them."""

import asyncio
from typing import Annotated, Any, Final

from fastapi import Query
from pydantic import BeforeValidator, Field
from starlette.requests import Request
from starlette.responses import Response

from adapters.db.record.feed import (
    START,
    FeedPage,
    FeedPosition,
    UnknownPositionError,
    feed_end,
    feed_page,
    states_then,
)
from api.http.fields import MoneyText, refuse
from api.http.pagination import read_key, refusing, write_key
from api.http.problem import FieldError, invalid
from api.json_answer import (
    ID,
    Answer,
    Count,
    CurrencyText,
    DigestText,
    IdText,
    InstantText,
    Ordinal,
    answered,
)
from api.services import Services, ServicesDep
from api.v1.router import READ, router
from domain.quotes.events import EventType
from domain.quotes.status import QuoteStatus
from domain.uuids import read_uuid

LATEST: Final = "latest"
MOST_EVENTS: Final = 500
MOST_SECONDS: Final = 30
_MOST: Final = (2**31, 2**63, 2**31)
"""Epoch, transaction and sequence stay below."""


class FeedQuoteAnswer(Answer):
    """What names the quote: to this installation, to people, and to the system that made it."""

    id: IdText
    number: str = Field(examples=["Q-2026-00012"])
    external_id: str | None


class SnapshotVersionAnswer(Answer):
    """A version that there was then; its lines are at `/quotes/{id}/versions/{version}`, and never change."""

    version: Ordinal
    total_price: MoneyText
    currency: CurrencyText
    content_hash: DigestText
    created_at: InstantText


class SnapshotAnswer(Answer):
    """The quote as the event left it, whatever has become of it since: what its events up to then add up to."""

    status: QuoteStatus
    state_version: Count
    customer_id: IdText
    current_version: Ordinal
    working_version: Ordinal | None
    total_price: MoneyText
    currency: CurrencyText
    valid_until: InstantText
    created_at: InstantText
    updated_at: InstantText
    sent_at: InstantText | None
    decided_at: InstantText | None
    accepted_version: Ordinal | None
    accepted_total: MoneyText | None
    order_reference: str | None
    versions: list[SnapshotVersionAnswer]


class FeedEventAnswer(Answer):
    """A fact about a quote. `version` is the one that it is about, null where it is about the quote as a whole; `data` is by
    `type`, and the same as in the quote's own list of events.
    """

    id: str = Field(examples=[f"{ID}-3"], description="The same for ever, and of no other event.")
    type: EventType
    time: InstantText
    quote: FeedQuoteAnswer
    sequence: Ordinal = Field(description="Counts the events of this quote from 1.")
    version: Ordinal | None
    data: dict[str, Any]
    snapshot: SnapshotAnswer | None = Field(default=None, description="With `snapshot=true`.")


class FeedAnswer(Answer):
    """Events of all quotes, oldest first. `next_cursor` is always there: it leads on from here, now or later."""

    data: list[FeedEventAnswer]
    has_more: bool
    next_cursor: str


def _types(given: list[str]) -> list[str]:
    named = [name for each in given for name in each.split(",")]
    known = [*map(str, EventType)]
    if not set(named) <= set(known):
        raise refuse(
            "unknown_type", "must be types of events, several times or with commas between them", known
        )
    return named


routes = router("feed")
_Types = Annotated[
    list[EventType] | None,
    Query(
        alias="type",
        description="Events of these types alone: several times, or once with commas, `quote.sent,quote.accepted`.",
        examples=[[EventType.ACCEPTED]],
    ),
    BeforeValidator(lambda given: given if given is None else _types(given)),
]
_After = Annotated[
    str | None,
    Query(
        max_length=300,
        description="`next_cursor` of the page before, with the same `type`; `latest` leads past all that has happened; "
        "without it the feed begins with the oldest event.",
    ),
]
_EventLimit = Annotated[int, Query(ge=1, le=MOST_EVENTS, description="Events per page.")]
_LongPoll = Annotated[
    int, Query(ge=0, le=MOST_SECONDS, description="Seconds to wait for an event where there is none yet.")
]
_Snapshot = Annotated[bool, Query(description="With each event the quote as it was then.")]


@routes.get(
    "/events",
    operation_id="follow_events",
    summary="Follow what happens to all quotes",
    response_model=FeedAnswer,
    responses=READ,
)
async def get_feed(
    request: Request,
    services: ServicesDep,
    after: _After = None,
    types: _Types = None,
    limit: _EventLimit = 100,
    wait: _LongPoll = 0,
    snapshot: _Snapshot = False,
) -> Response:
    """The events of all quotes, oldest first. Who follows `next_cursor` sees every event exactly once, and those of a quote
    in their order.
    """
    chosen = frozenset(types or ())
    filters = {"list": "feed", "type": sorted(map(str, chosen))}
    position = await _position(services, after, filters)
    now = asyncio.get_running_loop().time
    deadline = now() + wait
    while True:
        seen = services.news.count
        page, data = await _read(services, position, chosen, limit, snapshot=snapshot)
        if data or now() >= deadline or await request.is_disconnected():
            break
        await services.news.wait(seen, deadline - now())
    end = page.following
    key = (end.epoch, end.transaction, end.quote_id, end.sequence, end.mark)
    return answered(FeedAnswer(data=data, has_more=page.has_more, next_cursor=write_key(key, filters)))


async def _position(services: Services, after: str | None, filters: dict[str, Any]) -> FeedPosition:
    """Where to go on. Raises ProblemError 422 for a cursor that is none of this list's."""
    if after == LATEST:
        async with services.database.read() as reading:
            return (await feed_end(reading)).position
    if after is None:
        return START
    with refusing("after", f"the same type, or {LATEST}"):
        *numbers, mark = read_key(after, filters)
        epoch, transaction, quote_id, sequence = numbers
        if not isinstance(mark, str) or not all(map(_is_below, (epoch, transaction, sequence), _MOST)):
            raise ValueError
        return FeedPosition(
            epoch=epoch, transaction=transaction, quote_id=read_uuid(quote_id), sequence=sequence, mark=mark
        )


def _is_below(value: object, bound: int) -> bool:
    return type(value) is int and 0 <= value < bound


async def _read(
    services: Services, position: FeedPosition, types: frozenset[EventType], limit: int, *, snapshot: bool
) -> tuple[FeedPage, list[FeedEventAnswer]]:
    async with services.database.read() as reading:
        try:
            page = await feed_page(reading, position, types=types, limit=limit)
        except UnknownPositionError as unknown:
            message = f"{unknown}: begin without it, or with {LATEST}"
            raise invalid(
                FieldError(pointer="/after", code="bad_cursor", message=message, place="query")
            ) from None
        then = await states_then(reading, page.events) if snapshot else {}
    return page, [FeedEventAnswer(**each.to_data(then.get(each.id))) for each in page.events]
