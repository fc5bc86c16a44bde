"""Whether anything of a quote stands still: commands, deadlines, mails, documents, orders; and whether its run is there, else how it
gets one back.
"""

import re
from collections.abc import AsyncIterator, Awaitable, Callable
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import uuid4

from temporalio.client import WorkflowExecutionDescription, WorkflowExecutionStatus
from temporalio.service import RPCError, RPCStatusCode

from activities.documents import Documents
from adapters.db.quotes.waiting import (
    MOST,
    QuoteTrouble,
    WaitingQuote,
    failed_orders,
    lacking_documents,
    late_mails,
    late_orders,
    lost_mails,
    overdue_quotes,
    stuck_commands,
    undecided_commands,
    waiting_quotes,
)
from adapters.pdf.quotes import QuotePdf
from adapters.pdf.typesetter import DocumentError, Typesetter
from adapters.temporal.signals import Run, start
from adapters.webhooks.targets import RefusedAddressError, read_networks, read_target, resolved
from cli.doctor import installation, servers
from cli.doctor.examine import Finding, Installation
from cli.doctor.remedies import NO_ATTEMPT, OTHER, REPAIR, TRIED_FOR, remedy
from domain.proof.order import GIVE_UP_AFTER as ORDER_GIVEN_UP
from domain.quotes.envelope import CREATE
from domain.quotes.validity import STUCK
from domain.wording import counted
from workflows.contract import QUOTE_WORKFLOW, QuoteStart
from workflows.ports import ActivityName

SHOWN: Final = 5
"""How many quotes are named in a sentence."""

_ORDER_SYSTEM: Final = (
    "Look at the system that makes the orders, at FIRM_OFFER_ORDER_URL, and at the worker's log for order_delayed. Orders are "
    f"tried for {counted(ORDER_GIVEN_UP // timedelta(days=1), 'day')}; one that was entered there by hand is settled by PUT "
    "/quotes/{id}/order."
)
_ORDER_BY_HAND: Final = (
    "Settle it with whoever runs the system that makes the orders; then have it tried again by POST /quotes/{id}/order/retry or the "
    "button on the quote's page, or enter the order there by hand and say so by PUT /quotes/{id}/order."
)
_ORDERS_GO_ON: Final = (
    "Set FIRM_OFFER_ORDERS=http with FIRM_OFFER_ORDER_URL and FIRM_OFFER_ORDER_SECRET, for API and workers, or say who took each by "
    "PUT /quotes/{id}/order."
)
_ADDRESS: Final = re.compile(r"[^\s<>]+@[^\s<>]+")


async def commands(at: Installation) -> list[Finding]:
    """Each is decided within a minute."""
    async with at.database.read() as r:
        stuck = await stuck_commands(r)
    if not stuck:
        return []
    if all(entry.word == "untried" for entry in stuck):
        do = (
            await _held_up(at, "API", servers.api)
            or "Look at the API's log: its relay has not tried any of these."
        )
    else:
        do = await _held_up(at, "workers", servers.workers) or (
            f"Look at the worker's log: these have been signalled but not decided. {REPAIR}"
        )
    return [_of(stuck, "command", "without an outcome for more than a minute", do)]


async def deadlines(at: Installation) -> list[Finding]:
    """Each open quote has its deadline before it, or a little behind it."""
    async with at.database.read() as r:
        overdue = await overdue_quotes(r)
    if not overdue:
        return []
    do = await _held_up(at, "workers", servers.workers) or REPAIR
    return [_of(overdue, "quote", "still open although the deadline has passed", do)]


async def mails(at: Installation) -> list[Finding]:
    """Each is out within minutes, and none was given up."""
    async with at.database.read() as r:
        late, lost = await late_mails(r), await lost_mails(r)
    held_up = await _held_up(at, "deliveries", servers.deliveries) if late else None
    found = []
    for helps, entries in _by_remedy(late).items():
        do = held_up or f"{helps or NO_ATTEMPT} Emails are retried for {TRIED_FOR}."
        found.append(_of(entries, "email", _told("not sent after ten minutes", entries), do))
    for helps, entries in _by_remedy(lost).items():
        do = f"{helps or OTHER} Then send the quote again (resend), or close the link of an address that was wrong."
        found.append(_of(entries, "email", _told("given up", entries), do))
    return found


def _by_remedy(entries: list[QuoteTrouble]) -> dict[str, list[QuoteTrouble]]:
    found: dict[str, list[QuoteTrouble]] = {}
    for entry in entries:
        found.setdefault(remedy(entry.word), []).append(entry)
    return found


async def _held_up(
    at: Installation, name: str, ask: Callable[[Installation], Awaitable[list[Finding]]]
) -> str | None:
    """What is in the way of everything that waits, and its remedy; None where nothing of the kind is seen. Looked at
    are what all of it needs, and `ask`, the check `name`, in the end.
    """
    asked = {
        "writes": installation.writes,
        "Temporal": servers.temporal,
        "namespace": servers.namespace,
        name: ask,
    }
    for check, asks in asked.items():
        if found := await asks(at):
            return f"Because of this ({check}): {found[0].what}. {found[0].do}"
    return None


async def orders(at: Installation) -> list[Finding]:
    """Each is taken by the system that makes it, and the settings say where that is."""
    async with at.database.read() as r:
        failed, late = await failed_orders(r), await late_orders(r)
    found = await _address_of_orders(at, late)
    if late and not found:
        do = await _held_up(at, "deliveries", servers.deliveries) or _ORDER_SYSTEM
        found = [_of(late, "order", _told("not taken after an hour", late), do)]
    if failed:
        found.append(_of(failed, "order", _told("given up", failed), _ORDER_BY_HAND))
    return found


async def _address_of_orders(at: Installation, late: list[QuoteTrouble]) -> list[Finding]:
    """Whether there is one to post to, where orders are to be posted, and none where they are not."""
    settings = at.settings
    if settings.orders != "http":
        if late:
            return [_of(late, "order", "to be posted, but FIRM_OFFER_ORDERS is not http", _ORDERS_GO_ON)]
        if settings.order_url is None:
            return []
        what = f"FIRM_OFFER_ORDER_URL is set, but FIRM_OFFER_ORDERS is {settings.orders}, so nothing is posted there"
        return [Finding(what=what, do="Set FIRM_OFFER_ORDERS=http, or take the address away.")]
    allowed = read_networks(settings.webhook_allow)
    try:
        await resolved(read_target(settings.order_url or "", allowed), allowed)
    except RefusedAddressError as refused:
        what, do = str(refused), "Correct it, or let FIRM_OFFER_WEBHOOK_ALLOW name the network it is in."
    except OSError:
        what, do = "its name leads nowhere", "Correct it, or the name service of the workers' machine."
    else:
        return []
    return [Finding(what=f"nothing can be posted to the address in FIRM_OFFER_ORDER_URL: {what}", do=do)]


async def documents(at: Installation) -> list[Finding]:
    """Each was made for the mail that it belongs to."""
    async with at.database.read() as r:
        lacking: list[QuoteTrouble] = [*await lacking_documents(r)]
    if not lacking:
        return []
    do = "Update the workers, then run `firm-offer doctor --repair`: it makes them, for links and the API."
    return [_of(lacking, "document", _told("missing, and the emails were sent without it", lacking), do)]


async def make_documents(at: Installation) -> AsyncIterator[tuple[str, str]]:
    """Make the documents that are missing: the number of each quote, and what came of it."""
    make = Documents(at.database, QuotePdf(Typesetter()))
    async with at.database.read() as r:
        lacking = await lacking_documents(r)
    for each in lacking:
        try:
            await make.made(each.quote_id, each.version, each.kind)
        except DocumentError as problem:
            yield each.number, f"its document still cannot be made: {problem.reason}"
        else:
            yield each.number, "its document has been made"


def _told(what: str, entries: list[QuoteTrouble]) -> str:
    """With the newest error, which is the mail server's own answer and may name a person."""
    error = _ADDRESS.sub("…@…", next((entry.word for entry in reversed(entries) if entry.word), ""))
    return f"{what} ({error})" if error else what


def _finding(numbers: list[str], noun: str, what: str, do: str, since: datetime | None = None) -> Finding:
    """How many, with the first few by their numbers: "7 quotes …: Q-2026-00001, … and 2 more"."""
    quotes = tuple(dict.fromkeys(numbers[:MOST]))
    count = f"at least {MOST}" if len(numbers) > MOST else str(len(numbers))
    plural = "" if len(numbers) == 1 else "s"
    more = f" and {len(quotes) - SHOWN} more" if len(quotes) > SHOWN else ""
    named = ", ".join(quotes[:SHOWN]) + more
    return Finding(what=f"{count} {noun}{plural} {what}: {named}", since=since, do=do, quotes=quotes)


def _of(entries: list[QuoteTrouble], noun: str, what: str, do: str) -> Finding:
    return _finding([entry.number for entry in entries], noun, what, do, entries[0].since)


_RUNNING: Final = f"WorkflowType = '{QUOTE_WORKFLOW}' AND ExecutionStatus = 'Running'"


class Lack(StrEnum):
    """What a quote is without, as a finding says it. Mails and commands count once they are a minute old."""

    TIME = "without a run, so that no reminder is sent and the offer does not expire"
    WORK = "without a run, although emails or commands are waiting"
    MAILS_UNKNOWN = "with emails that its run does not know of"


@dataclass(frozen=True, slots=True, kw_only=True)
class Lacking:
    """A quote that needs a run, and why."""

    quote: WaitingQuote
    why: Lack


async def runs(at: Installation) -> list[Finding]:
    """Every draft and sent quote has one, which reminds and ends it; so has each whose mails or commands wait."""
    lacking: dict[Lack, list[str]] = {}
    async for each in lacking_runs(at):
        numbers = lacking.setdefault(each.why, [])
        numbers.append(each.quote.number)
        if len(numbers) > MOST:
            break
    return [_missing(why, lacking[why]) for why in Lack if why in lacking]


async def lacking_runs(at: Installation) -> AsyncIterator[Lacking]:
    """Quotes for which something waits, and no run of theirs. The list of runs is quick and a little behind, so
    each that is not in it is asked for.
    """
    listed = await open_runs(at)
    async for quote in waiting_quotes(at.database, older_than=STUCK):
        if quote.workflow_id in listed and not quote.has_mails:
            continue
        run = await _open_run(at, quote)
        if run is None:
            yield Lacking(quote=quote, why=Lack.TIME if quote.is_open else Lack.WORK)
        elif quote.has_mails and not _may_deliver(run):
            yield Lacking(quote=quote, why=Lack.MAILS_UNKNOWN)


async def open_runs(at: Installation) -> set[str]:
    """The workflow ids of all runs of quotes that are open."""
    return {run.id async for run in at.client.list_workflows(_RUNNING, page_size=1000)}


async def give_run(at: Installation, quote: WaitingQuote, *, afresh: bool = False) -> None:
    """Start a run that takes the quote up from the record, its mails too, and signal the commands that wait.

    One that is open is left alone; with `afresh` it is ended first. Free to repeat. Raises
    `temporalio.service.RPCError`, `api.dispatch.runs.RunsUnavailableError`.
    """
    run = Run(
        workflow=QUOTE_WORKFLOW,
        workflow_id=quote.workflow_id,
        task_queue=at.settings.task_queue,
        start=QuoteStart(quote_id=quote.id),
        summary=quote.summary,
    )
    await start(at.client, run, request_id=str(uuid4()), afresh=afresh)
    if not quote.has_commands:
        return
    async with at.database.read() as r:
        waiting = await undecided_commands(r, quote)
    for command in waiting:
        if command.envelope.name != CREATE:  # which the run finds in the record
            await at.runs.signal(
                command.workflow_id, command.envelope, quote_id=quote.id, summary=command.summary
            )


def _missing(why: Lack, numbers: list[str]) -> Finding:
    noun = "open quote" if why is Lack.TIME else "quote"
    do = "Run `firm-offer doctor --repair`, which starts a run for each from its record."
    return _finding(numbers, noun, why, do)


async def _open_run(at: Installation, quote: WaitingQuote) -> WorkflowExecutionDescription | None:
    try:
        found = await at.client.get_workflow_handle(quote.workflow_id).describe()
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        return None
    return found if found.status is WorkflowExecutionStatus.RUNNING else None


def _may_deliver(run: WorkflowExecutionDescription) -> bool:
    """Whether it delivers mails, or has a step before it in which it may begin to."""
    under_way = {pending.activity_type.name for pending in run.raw_description.pending_activities}
    return ActivityName.DELIVER in under_way or run.raw_description.HasField("pending_workflow_task")
