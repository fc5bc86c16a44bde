"""Whether the record has what it needs: tables, a rate card, a seller who can be answered, the right time."""

import shlex
from datetime import UTC, datetime, timedelta
from typing import Final
from urllib.parse import urlsplit

from adapters.db import rights
from adapters.db.contents import WriteProbe, revision, wall_clock
from adapters.db.database import Row
from adapters.db.errors import REFUSALS, DatabaseUnavailableError, first_line
from adapters.db.migrations import head
from adapters.db.parties.seller import find_seller
from adapters.db.pricing import names_without_card
from adapters.db.record.feed import held_up_since
from adapters.db.record.webhook_trouble import troubled
from adapters.temporal.polling import server_clock
from cli.doctor.examine import Finding, Installation
from cli.doctor.remedies import REMEDIES
from domain.rate_cards.dates import DEFAULT_NAME

TOLERANCE = timedelta(seconds=2)
_HALF = 2
_SHOWN = 5


async def tables(at: Installation) -> list[Finding]:
    """At the revision of this version of the program."""
    async with at.database.read() as r:
        found = await revision(r)
    if found == head():
        return []
    what = f"the tables are at revision {found or 'none'}, this program needs {head()}"
    do = "Run `firm-offer migrate`; if they are newer than this program, run the version that made them."
    return [Finding(what=what, do=do)]


async def role(at: Installation) -> list[Finding]:
    """It has the rights that API and worker need, and no others; in a live installation it is nobody whom rights do not
    bound.
    """
    async with at.database.read() as r:
        who = await r.row(rights.STANDING)
        missing = await r.rows(rights.MISSING, rights.needed())
    name = who["rolname"] if who else "?"
    if missing:
        told = sorted({f"{row['right']} on {row['table']}" for row in missing})
        what = f"the role {name} lacks {', '.join(told)}"
        return [
            Finding(what=what, do=f"Run `firm-offer migrate --grant-to {name}` as the owner of the tables.")
        ]
    if who is None or not (who["rolsuper"] or who["owner"]):
        return await _excess(at, name)
    if at.settings.environment != "live":
        return []
    kind = "a superuser" if who["rolsuper"] else "the owner of the tables"
    what = f"the program logs in as {name}, {kind}, which can change what must never change"
    do = (
        "Give API and worker a role of their own (adapters/db/rights/roles.sql creates it), and grant its "
        "rights with `firm-offer migrate --grant-to ROLE`."
    )
    return [Finding(what=what, do=do)]


async def _excess(at: Installation, name: str) -> list[Finding]:
    async with at.database.read() as r:
        rows = await r.rows(rights.EXCESS, rights.needed())
    if not rows:
        return []
    told = ", ".join(f"{row['right']} on {row['table']}" for row in rows[:_SHOWN])
    more = f" and {len(rows) - _SHOWN} more" if len(rows) > _SHOWN else ""
    what = f"the role {name} may do what API and worker need not: {told}{more}"
    do = (
        f"Run `firm-offer migrate --grant-to {name}` as the owner of the tables, which takes back every other right; take "
        "away by hand what it has as a member of another role, or as everybody (PUBLIC)."
    )
    return [Finding(what=what, do=do)]


async def writes(at: Installation) -> list[Finding]:
    """A command could be stored now."""
    try:
        await WriteProbe(at.database).ask()
    except DatabaseUnavailableError as error:
        return [
            Finding(
                what=f"nothing can be stored: the database {error.obstacle.words}",
                do=REMEDIES[error.obstacle],
            )
        ]
    except REFUSALS as error:
        return [Finding(what=f"nothing can be stored: {first_line(error)}", do=_ROLE_OR_LOG)]
    return []


_ROLE_OR_LOG: Final = "Look at the finding about the role, else into PostgreSQL's log."


async def rate_card(at: Installation) -> list[Finding]:
    """One that is valid now, of each name that customers have."""
    async with at.database.read() as r:
        missing = await names_without_card(r)
    return [_without_card(name) for name in missing]


def _without_card(name: str) -> Finding:
    if name == DEFAULT_NAME:
        what = "no rate card is in force, so nothing can be priced"
        return Finding(what=what, do="Store one with `firm-offer rate-card import FILE`.")
    return Finding(
        what=f"no rate card named {name} is in force, so nothing can be priced for the customers who have it",
        do=f"Store one with `firm-offer rate-card import FILE --name {shlex.quote(name)}`.",
    )


FEED_SECONDS: Final = 60
"""An event that is kept out of the feed for longer is a finding."""


async def feed(at: Installation) -> list[Finding]:
    """What happens comes into the feed of all quotes' events."""
    async with at.database.read() as r:
        found = await held_up_since(r, FEED_SECONDS)
    if found is None:
        return []
    since, who = found
    what = "events do not come into the feed: a transaction that began before them has not ended" + (
        f": {who}" if who else ""
    )
    do = (
        "End it: look in pg_stat_activity for the oldest backend_xid on the whole server, in other databases too, and in "
        "pg_prepared_xacts; until then systems that follow the feed, and webhooks, wait. Nothing is lost."
    )
    return [Finding(what=what, since=since, do=do)]


async def webhooks(at: Installation) -> list[Finding]:
    """Each endpoint takes what it is told, within an hour."""
    async with at.database.read() as r:
        rows = await troubled(r)
    return [_of_webhook(row) for row in rows]


def _of_webhook(row: Row) -> Finding:
    host = urlsplit(row["url"]).hostname  # the rest of it may be a secret
    if row["disabled_reason"]:
        do = "Settle that with whoever runs the receiver, then enable it: PATCH /webhooks/{id} with enabled."
        what = f"the webhook to {host} is disabled: {row['disabled_reason']}"
        return Finding(what=what, since=row["disabled_at"], do=do)
    parked = f"{row['parked']} event(s) were given up" if row["parked"] else ""
    waits = "events have waited for more than an hour" if row["waits_since"] else ""
    do = "GET /webhooks/{id}/deliveries says how the attempts went; POST /webhooks/{id}/replay tells again what was given up."
    what = f"the webhook to {host}: {' and '.join(filter(None, (parked, waits)))}"
    return Finding(what=what, since=row["waits_since"], do=do)


async def seller(at: Installation) -> list[Finding]:
    """With a mail address, which every mail comes from."""
    async with at.database.read() as r:
        found = await find_seller(r)
    if found is not None and found.email:
        return []
    what = "there is none" if found is None else "it has no email address, so no email can be sent"
    return [Finding(what=what, do="Set one with `firm-offer seller set FILE`.")]


async def clocks(at: Installation) -> list[Finding]:
    """PostgreSQL's and this machine's tell the same time."""
    async with at.database.read() as r:
        await wall_clock(r)  # the connection is there now, and does not count
        before = datetime.now(UTC)
        theirs = await wall_clock(r)
        return compared(before, theirs, datetime.now(UTC))


async def temporal_clock(at: Installation) -> list[Finding]:
    """Temporal's tells the same time as PostgreSQL's."""
    async with at.database.read() as r:
        before, theirs, after = await wall_clock(r), await server_clock(at.client), await wall_clock(r)
    return compared(before, theirs, after, whose="Temporal's clock", ours="PostgreSQL's")


def compared(
    before: datetime,
    theirs: datetime,
    after: datetime,
    *,
    whose: str = "PostgreSQL's clock",
    ours: str = "this machine's",
) -> list[Finding]:
    """A finding where `theirs`, read between our `before` and `after`, is surely more than two seconds off."""
    apart, unsure = theirs - (before + (after - before) / _HALF), (after - before) / _HALF
    if abs(apart) <= TOLERANCE + unsure:
        return []
    side = "ahead of" if apart > timedelta(0) else "behind"
    what = f"{whose} is {abs(apart).total_seconds():.1f} s {side} {ours}"
    do = (
        "Synchronise all machines with the same time service: PostgreSQL's clock decides whether a click "
        "was on time."
    )
    return [Finding(what=what, do=do)]
