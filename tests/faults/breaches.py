"""Compares what clients have sent and been told, what proxies have done and what mails were caught with the record: nothing may
be lost, late or twice.
"""

from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import timedelta
from typing import Any, Final

import sqlalchemy as sa
from temporalio.client import Client, WorkflowExecutionStatus

from adapters.db.database import Database
from cli.proof.verify import Report, prove
from domain.errors import RefusalCode
from domain.quotes.status import QuoteStatus
from tests.faults.edges import Edge, wrongs
from tests.faults.histories import SEES_OTHER, Asked, Filled, Life
from tests.faults.ledger import OK, STORED, lost
from tests.faults.proxy import FaultLog
from tests.faults.record import Recorded, complaints, recorded

TAKEN: Final = {*OK, STORED, SEES_OTHER, 409}
SLACK: Final = timedelta(milliseconds=50)
EVENTS: Final = {
    "create": "quote.created",
    "revise": "quote.revised",
    "send": "quote.sent",
    "extend": "quote.extended",
    "accept": "quote.accepted",
    "reject": "quote.rejected",
    "cancel": "quote.cancelled",
    "request_change": "quote.change_requested",
}
TOLD: Final = {"sent", "accepted", "expired", "cancelled"}
"""What people are mailed about an offer that is out; of a rejection, which ends that, they always are."""

_COMMANDS = sa.text("""
SELECT CAST(quote_id AS text) AS quote_id, name, outcome, code, idempotency_key AS key, actor, received_at,
    extract(epoch FROM received_at) AS received
FROM commands
""")
_QUOTES = sa.text("""
SELECT CAST(id AS text) AS id, CAST(customer_id AS text) AS customer_id, status, quote_workflow_id(id) AS run FROM quotes
""")
_MAILS = sa.text("""
SELECT message_id, CAST(quote_id AS text) AS quote_id, kind, status,
    (SELECT array_agg(extract(epoch FROM event.recorded_at)) FROM quote_events AS event
     WHERE event.quote_id = messages.quote_id AND event.type = 'quote.message_sent'
        AND event.data ->> 'message_id' = messages.id::text) AS noted
FROM messages
""")


@dataclass(frozen=True)
class Copy:
    """A mail as it was caught; `at` in seconds since 1970."""

    at: float
    content: bytes


async def breaches(
    lives: Sequence[Life], log: FaultLog, mails: dict[str, list[Copy]], database: Database
) -> list[str]:
    """Everything that must not be, when all has come to rest."""
    quotes = await quotes_of(database)
    async with database.read() as r:
        commands, rows = await r.rows(_COMMANDS), await r.rows(_MAILS)
    wrong = [f"{life.quote_id or life.kind}: {what}" for life in lives for what in life.wrong]
    for life in lives:
        of_customer = [quote["id"] for quote in quotes if quote["customer_id"] == life.customer_id]
        if len(of_customer) > 1 or (life.quote_id and of_customer != [life.quote_id]):
            wrong.append(f"{life.quote_id}: this customer's quotes are {of_customer}")
        if life.quote_id not in of_customer:
            continue
        found = await recorded(database, life.quote_id)
        own = [command for command in commands if command["quote_id"] == life.quote_id]
        told = (*_events(life, found), *_twice(life, own), *_stable(life), *_in_time(life, own, log, found))
        wrong += [f"{life.quote_id} ({life.kind}): {what}" for what in told]
        wrong += [f"{life.quote_id}: {what}" for what in _kinds(found, rows)]
    keyed = [asked for life in lives for asked in _all(life) if not isinstance(asked, Filled)]
    wrong += await lost(database, keyed)
    wrong += await complaints(database)
    report = Report()
    await prove(report, None, database, tell=False)
    wrong += [f"verify: {broken['number']}: {broken['text']}" for broken in report.broken]
    return [*wrong, *_mails(rows, mails, log)]


async def quotes_of(database: Database) -> Sequence[Any]:
    """All quotes: id, customer, status and the id of its run."""
    async with database.read() as r:
        return await r.rows(_QUOTES)


def _all(life: Life) -> list[Asked]:
    return [*life.asked, *life.early, *life.late]


def _events(life: Life, found: Recorded) -> Iterator[str]:
    """As many changes as were answered by yes; one that had no answer may have been made, once."""
    certain: Counter[str] = Counter()
    open_: Counter[str] = Counter()
    for asked in _all(life):
        event = EVENTS.get(asked.name)
        if event and asked.final is None:
            open_[event] += bool(asked.attempts)
        elif event and asked.final and asked.final.status in {*OK, SEES_OTHER}:
            certain[event] += 1
    made = Counter(str(view.event.type) for view in found.events)
    for event in EVENTS.values():
        if not certain[event] <= made[event] <= certain[event] + open_[event]:
            yield f"{event} happened {made[event]} times, and {certain[event]} were answered by yes"


def _twice(life: Life, commands: Sequence[Any]) -> Iterator[str]:
    """A wish with a key, or a request from one form, is one row; a yes by page is one a sending at most."""
    for name in {asked.name for asked in _all(life)}:
        asked = [each for each in _all(life) if each.name == name and each.attempts]
        free = sum(len(a.attempts) for a in asked if isinstance(a, Filled) and name == "accept")
        once = sum(not (isinstance(a, Filled) and name == "accept") for a in asked)
        stored = sum(command["name"] == name for command in commands)
        if stored > free + once:
            yield f"{name} was stored {stored} times for {once or free} wishes"
    for each in _all(life):
        mine = [c for c in commands if not isinstance(each, Filled) and c["key"] == each.key]
        if mine and float(mine[0]["received"]) < each.attempts[0].sent - SLACK.total_seconds():
            yield f"{each.name} was received before it was sent"


def _stable(life: Life) -> Iterator[str]:
    """Who asks again is told the same, to the letter."""
    for asked in _all(life):
        final = {
            (a.status, a.body) for a in asked.attempts if asked.final and a.status in {*OK, 409, 412, 422}
        }
        if not isinstance(asked, Filled) and len(final) > 1:
            yield f"{asked.name} was answered in {len(final)} ways: {sorted(status for status, _ in final)}"


def _in_time(life: Life, commands: Sequence[Any], log: FaultLog, found: Recorded) -> Iterator[str]:
    """Decided as it was received; in time what reached the API in time, and nothing else."""
    if life.deadline is None or not (life.early or life.late):
        return
    yield from wrongs(Edge(life.kind, life.quote_id, life.deadline, life.early, life.late), found)
    until = life.deadline.timestamp()
    for click in life.early:
        codes = {
            c["code"]
            for c in commands
            if c["name"] == click.name
            and (c["key"] == click.key or (isinstance(click, Filled) and c["actor"].startswith("link:")))
        }
        # The deadline's second counts whole: who arrives before it has a second in hand for the API's own reading.
        arrived = [
            log.reached[a.id] - until
            for a in click.attempts
            if log.reached.get(a.id, until) < until and log.answered.get(a.id) in TAKEN
        ]
        if arrived and codes == {str(RefusalCode.EXPIRED)}:
            yield f"{click.name} arrived {-arrived[0]:.2f} s before the deadline's last second and was too late"
    extended = any(
        str(view.event.type) == EVENTS["extend"] for view in found.events
    )  # then it was not too late
    for click in () if extended else life.late:
        late_yes = click.name == "accept" and click.final and click.final.status in {*OK, SEES_OTHER}
        if late_yes and click.attempts[0].sent >= until + 1:
            yield f"a yes of {click.attempts[0].sent - until:.2f} s after the deadline was applied"


def _kinds(found: Recorded, rows: Sequence[Any]) -> Iterator[str]:
    """Each change that somebody is to hear of has its mails."""
    kinds = {row["kind"] for row in rows if row["quote_id"] == found.quote.id}
    is_out = False
    for view in found.events:
        name = str(view.event.type).removeprefix("quote.")
        is_out = (is_out or name == "sent") and name != "rejected"
        if name not in kinds and (name == "rejected" or (is_out and name in TOLD)):
            yield f"nobody was mailed that it was {name}"


def _mails(rows: Sequence[Any], mails: dict[str, list[Copy]], log: FaultLog) -> Iterator[str]:
    """Each mail of the outbox came, and came again only where the server could not say that it had taken it."""
    unsaid = log.lost_replies("smtp")
    for row in rows:
        name, noted = row["message_id"], row["noted"] or []
        copies = mails.get(name, [])
        if row["status"] != "sent" or len(noted) != 1:
            yield f"mail {name} ({row['kind']}) is {row['status']}, noted {len(noted)} times"
        if not copies:
            yield f"mail {name} ({row['kind']}) never came"
        if len(copies) > 1 + unsaid[name.encode()]:
            yield f"mail {name} came {len(copies)} times, {unsaid[name.encode()]} replies were dropped"
        if noted and any(copy.at > float(min(noted)) + SLACK.total_seconds() for copy in copies):
            yield f"mail {name} came again after it was noted that it is out"
        if len({copy.content for copy in copies}) > 1:
            yield f"mail {name} came in different words"
    for name in set(mails) - {row["message_id"] for row in rows}:
        yield f"mail {name} is on no record"


async def wrong_run(client: Client, quote: Any) -> list[str]:
    """A run waits while its quote can end by itself, and has ended otherwise."""
    status = (await client.get_workflow_handle(quote["run"]).describe()).status
    waits = QuoteStatus(quote["status"]).is_open
    expected = WorkflowExecutionStatus.RUNNING if waits else WorkflowExecutionStatus.COMPLETED
    if status is expected:
        return []
    return [f"{quote['id']} is {quote['status']} and its run is {status.name if status else 'unknown'}"]
