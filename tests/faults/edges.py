"""Quotes that end while nobody is home: what is clicked just before and just after, and how it must end."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import uuid4

from adapters.db.record.views import CommandView
from domain.quotes.validity import is_on_time
from tests.api.caller import SIGNER, Caller
from tests.faults.ledger import Wish, do, sent
from tests.faults.record import Recorded


@dataclass(frozen=True)
class Edge:
    """A quote and the wishes put around its deadline: in time, and too late."""

    what: str
    quote_id: str
    deadline: datetime
    early: Sequence[Wish]
    late: Sequence[Wish]


def accept(quote_id: str) -> Wish:
    """A yes by a signer of its own."""
    return do(quote_id, "accept", {**SIGNER, "signer_email": f"{uuid4().hex}@acme.example.com"})


async def edges(caller: Caller, customer_id: str, deadline: datetime) -> list[Edge]:
    """Sent quotes with this deadline, one for each thing that can go wrong at it."""

    async def edge(what: str, early: Sequence[Any], late: Sequence[Any]) -> Edge:
        quote = await sent(caller, customer_id, valid_until=deadline.isoformat())
        made = [[make(quote["id"]) for make in wishes] for wishes in (early, late)]
        return Edge(what, quote["id"], deadline, *made)

    return [
        await edge("a cancel must not overtake the yes before it", [accept], [_cancel]),
        await edge("a yes that came too late", [], [accept]),
        await edge("an extension in time makes a later yes count", [_extend], [accept]),
    ]


def _cancel(quote_id: str) -> Wish:
    return do(quote_id, "cancel")


def _extend(quote_id: str) -> Wish:
    return do(quote_id, "extend", {"valid_days": 5})


def ideal(edge: Edge, commands: Sequence[CommandView]) -> str:
    """How the quote ends where somebody is always home: each command decided when it was received."""
    status, deadline = "sent", edge.deadline
    for command in sorted(commands, key=lambda c: c.received_at):
        if status != "sent":
            break
        in_time = is_on_time(command.received_at, deadline) or deadline != edge.deadline
        if command.name == "extend":
            deadline = datetime.max.replace(tzinfo=edge.deadline.tzinfo)
        elif command.name == "cancel":
            status = "cancelled"
        elif command.name == "accept" and in_time:
            status = "accepted"
    return "expired" if status == "sent" and deadline == edge.deadline else status


def wrongs(edge: Edge, found: Recorded) -> Iterator[str]:
    """Where the record differs from that."""
    expected = ideal(edge, found.commands)
    if found.quote.status != expected:
        yield f"{edge.what}: is {found.quote.status}, should be {expected}"
    waiting = [command.name for command in found.commands if command.status == "pending"]
    if waiting:
        yield f"{edge.what}: {waiting} have no outcome"
