"""Whether anything of a quote stands still: commands, deadlines, mails."""

import re
from typing import Final

from adapters.db.quotes.stuck import MOST, Entry, late_mails, lost_mails, overdue_quotes, stuck_commands
from cli.doctor.examine import Finding, Installation, counted, named

_REPAIR: Final = "A quote whose run is missing gets one by `firm-offer doctor --repair`."
_ADDRESS: Final = re.compile(r"[^\s<>]+@[^\s<>]+")


async def commands(at: Installation) -> list[Finding]:
    """Each is decided within a minute."""
    async with at.database.read() as r:
        stuck = await stuck_commands(r)
    if not stuck:
        return []
    if all(entry.word == "untried" for entry in stuck):
        do = "Start an API process: its relay signals again what has no outcome, and has tried none of these."
    else:
        do = "Start a worker, or look into its log: these have been signalled, and nobody has decided them. "
        do += _REPAIR
    return [_finding(stuck, "command", "without an outcome for more than a minute", do)]


async def deadlines(at: Installation) -> list[Finding]:
    """Each open quote has its deadline before it, or a little behind it."""
    async with at.database.read() as r:
        overdue = await overdue_quotes(r)
    if not overdue:
        return []
    do = f"Start a worker if none runs. {_REPAIR}"
    return [_finding(overdue, "quote", "open though the deadline has passed", do)]


async def mails(at: Installation) -> list[Finding]:
    """Each is out within minutes, and none was given up."""
    async with at.database.read() as r:
        late, lost = await late_mails(r), await lost_mails(r)
    found = []
    if late:
        do = f"Look at the mail server and at the worker's log; mails are tried for 24 hours. {_REPAIR}"
        found.append(_finding(late, "mail", _told("not out after ten minutes", late), do))
    if lost:
        do = "Correct the address or the mail server, then send the quote again (resend)."
        found.append(_finding(lost, "mail", _told("given up", lost), do))
    return found


def _told(what: str, entries: list[Entry]) -> str:
    """With the newest error, which is the mail server's own answer and may name a person."""
    error = _ADDRESS.sub("…@…", next((entry.word for entry in reversed(entries) if entry.word), ""))
    return f"{what} ({error})" if error else what


def _finding(entries: list[Entry], noun: str, what: str, do: str) -> Finding:
    quotes = tuple(dict.fromkeys(entry.number for entry in entries[:MOST]))
    count = counted(len(entries), MOST, noun)
    return Finding(
        what=f"{count} {what}: {named(quotes, len(quotes))}", since=entries[0].since, do=do, quotes=quotes
    )
