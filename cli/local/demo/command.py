"""`firm-offer demo`."""

import time

import httpx
import typer

from adapters.db.database import DatabaseUnavailableError
from adapters.db.quotes.verification import find_record
from adapters.temporal.clock import StandsStillError
from api.dispatch.runs import RunsUnavailableError
from cli.local.demo.chapters import first_quote, nobody_home, second_quote
from cli.local.demo.stage import QuoteJson, Stage, demo_stack, staged
from cli.local.demo.telling import StoryError, Teller, check
from cli.local.processes.process import run_until_stopped
from cli.local.stack import say
from domain.proof.verify import verify

_STOPPED = 130


def demo() -> None:
    try:
        to_the_end = run_until_stopped(_story())
    except (StandsStillError, RunsUnavailableError, DatabaseUnavailableError, httpx.HTTPError) as error:
        what = str(error) or type(error).__name__
        raise StoryError(f"The demo broke off: {what}. Try again when the machine is less busy.") from error
    if not to_the_end:
        say("Stopped; nothing is left behind.")
        raise typer.Exit(_STOPPED)


async def _story() -> None:
    began = time.monotonic()
    say("Starting PostgreSQL, Temporal, a mail server, the API and a worker, all for this demo alone.")
    async with demo_stack() as stack:
        took = time.monotonic() - began
        say(
            f"Ready after {took:.0f} s. While this runs: inbox {stack.mail.url}, runs {stack.temporal_ui_url or 'none'}"
        )
        say("Times are local to Ludwigsburg, where the shop is, by each quote's own clock.")
        async with staged(stack, Teller(say)) as stage:
            first = await first_quote(stage)
            second = await nobody_home(stage, *await second_quote(stage))
            await _proved(stage, [first, second])
    say(f"\nPlayed and checked in {time.monotonic() - began:.0f} s; its servers and data are gone.")


async def _proved(stage: Stage, quotes: list[QuoteJson]) -> None:
    """What is left of it all: a record that holds together, and each email once."""
    events = 0
    for quote in quotes:
        async with stage.database.read() as r:
            record = await find_record(r, quote["id"])
        check(record is not None and not verify(record), f"a record of {quote['number']} that holds together")
        events += len(record.events) if record else 0
    mails = await stage.mails.are_all_told()
    stage.teller.chapter("What is on record")
    say(f"{len(quotes)} quotes with {events} events: every hash, version, state and signature verified.")
    say(f"{mails} emails, each sent once.")
