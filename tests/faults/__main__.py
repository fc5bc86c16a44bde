"""The big ones: `python -m tests.faults`. Says what was played, and ends with 1 when anything was wrong."""

import argparse
import asyncio
import sys
import tempfile
import time
from collections import Counter
from pathlib import Path

from adapters.db import migrate
from adapters.db.database import Database
from adapters.logs import configure_logging
from cli.local.errors import StackError
from tests.faults.broken_ways import broken_ways, kinds_of
from tests.faults.floods import LIMIT, flooded
from tests.faults.hostile_mail import delivered
from tests.faults.killing import kill
from tests.faults.ledger import lost
from tests.faults.lives import Lives
from tests.faults.mails import compared, unsent
from tests.faults.races import race, unfair
from tests.faults.record import complaints, undecided
from tests.faults.stack import FaultStack
from tests.faults.upgrade import BEFORE, NoEarlierCommitError, upgraded
from tests.waiting import eventually

AT_ONCE = 12
AHEAD_SECONDS = 30.0  # so long before its deadline a quote is begun that is clicked on around it
MAILS_SECONDS = 240.0  # an attempt that died with its worker is given up after a minute of silence


def say(text: str) -> None:
    """A line, at once."""
    print(text, flush=True)  # noqa: T201 - a command line prints


async def races(stack: FaultStack, *, quotes: int, racers: int, seed: int) -> list[str]:
    """Race, and complain."""
    began = time.monotonic()
    async with stack.caller(patience=60) as caller, stack.database() as database:
        customer = (await caller.customer())["id"]
        runs = await race(caller, customer, quotes=quotes, racers=racers, seed=seed)
        won = Counter(name for run in runs for name, code, _ in run.told if code == 200)
        say(
            f"Races: {quotes} quotes, {racers} wishes each, in {time.monotonic() - began:.0f} s; won: {dict(won)}"
        )
        wrong = [what for run in runs for what in await unfair(database, run)]
        return wrong + await complaints(database, [run.quote_id for run in runs])


async def floods(stack: FaultStack, *, signals: int) -> list[str]:
    """Flood one quote, and complain."""
    async with stack.caller() as caller, stack.database() as database:
        found = await flooded(stack, caller, database, signals)
        say(
            f"Flood: {signals} signals in {found.sending:.0f} s, {found.refused} not taken by the server; the next "
            f"command decided after {found.seconds:.1f} s; runs of {found.histories} events"
        )
        wrong = [f"flood: {found.missed} signals were not counted"] if found.missed else []
        too_long = [f"flood: a run of {length} events" for length in found.histories if length >= LIMIT]
        return wrong + too_long + await complaints(database)


async def hostile_mails(stack: FaultStack, *, lives: int, seed: int) -> list[str]:
    """Deliver to a mail server at its worst, on a database of its own, and complain."""
    began = time.monotonic()
    url = await stack.postgres.create_database("hostile_mail")
    await asyncio.to_thread(migrate.upgrade, url)
    database = Database.connect(url)
    try:
        post = await delivered(database, lives=lives, at_once=AT_ONCE, seed=seed)
    finally:
        await database.close()
    say(
        f"Hostile mail server: {post.mails} mails in {time.monotonic() - began:.0f} s and {post.attempts} attempts, "
        f"{dict(post.done)}; taken {post.copies} times"
    )
    return [f"hostile mail server: {what}" for what in post.wrong]


async def kills(stack: FaultStack, *, times: int, lives: int, seed: int) -> list[str]:
    """Kill while quotes live, wait until all is settled, and complain."""
    began = time.monotonic()
    async with stack.caller() as caller, stack.database() as database:
        customer = (await caller.customer())["id"]
        played = Lives(seed=seed, at_once=AT_ONCE)
        killing = asyncio.create_task(kill(stack, times, seed=seed))
        while not killing.done() or len(played.ended) < lives:
            await played.play(caller, customer, min(lives, 4 * AT_ONCE))
        _tell(played, await killing, time.monotonic() - began)

        async def settled() -> bool:
            return await undecided(database) == 0

        await eventually(settled, "every command has an outcome")
        wrong = await lost(database, played.wishes)
        return wrong + await complaints(database) + await _mails(stack)


def _tell(played: Lives, killed: Counter[str], seconds: float) -> None:
    answers = Counter(status for wish in played.wishes for status in wish.answers)
    broken = answers.pop(0, 0)
    say(f"Kills: {killed.total()} in {seconds:.0f} s: {dict(killed)}")
    say(
        f"Lives: {len(played.ended)}, {len(played.wishes)} changes; answers {dict(sorted(answers.items()))}, "
        f"connections broken {broken}"
    )


async def _mails(stack: FaultStack) -> list[str]:
    async with stack.database() as database:

        async def all_sent() -> bool:
            return await unsent(database) == 0

        began = time.monotonic()
        await eventually(all_sent, "every mail is out", seconds=MAILS_SECONDS)
        found = await compared(database, stack.caught)
    say(f"Mails: {found.rows}, the last one after {time.monotonic() - began:.0f} s; sent again {found.again}")
    return [f"mails: {what}" for what in (found.lost, found.strange) if what]


async def upgrades(stack: FaultStack, folder: Path, *, quotes: int, before: str) -> list[str]:
    """Replace the workers of an earlier commit by these over open quotes, and complain."""
    try:
        found = await upgraded(stack, folder, quotes=quotes, commit=before)
    except NoEarlierCommitError as why:
        say(f"Workers of two commits: not run: {why}")
        return []
    say(
        f"Workers of {before} and of this commit: {quotes} quotes in {found.seconds:.0f} s; tasks taken: {dict(found.tasks)}"
    )
    return [f"workers of two commits: {what}" for what in found.wrong]


async def ways(
    stack: FaultStack, folder: Path, *, lives: int, percent: int, settling: int, seed: int
) -> list[str]:
    """Live behind proxies that break the ways between all parts, compare histories with the record, and complain."""
    began = time.monotonic()
    async with broken_ways(stack, folder / "ways", seed=seed, percent=percent) as broken:
        broken.settling = settling
        await broken.live(kinds_of(lives, seed), at_once=2 * AT_ONCE, ahead=AHEAD_SECONDS)
        lived = time.monotonic()
        wrong = await broken.wrong()
    say(
        f"Broken ways: {lives} lives in {lived - began:.0f} s, {percent} % of each fault; at rest after "
        f"{time.monotonic() - lived:.0f} s more"
    )
    for line in broken.table():
        say(f"    {line}")
    return [f"broken ways: {what}" for what in wrong]


async def main(options: argparse.Namespace) -> int:
    """0 when nothing was wrong."""
    configure_logging("CRITICAL")  # what is delayed is told in one sum
    say(f"Seed {options.seed}.")
    with tempfile.TemporaryDirectory(prefix="firm-offer-faults-") as folder:
        async with FaultStack(Path(folder)) as stack:
            wrong = await ways(
                stack,
                Path(folder),
                lives=options.ways,
                percent=options.percent,
                settling=options.settling,
                seed=options.seed,
            )
            if not options.ways_alone:
                await stack.whole()
                wrong += await upgrades(stack, Path(folder), quotes=options.upgraded, before=options.before)
                wrong += await races(stack, quotes=options.races, racers=options.racers, seed=options.seed)
                wrong += await floods(stack, signals=options.signals)
                wrong += await hostile_mails(stack, lives=options.mails, seed=options.seed)
                wrong += await kills(stack, times=options.kills, lives=options.lives, seed=options.seed)
    for what in wrong:
        say(f"WRONG: {what}")
    say("Nothing was lost, nothing was doubled." if not wrong else f"{len(wrong)} complaints.")
    return 1 if wrong else 0


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    for name, usual in {
        "kills": 50,
        "lives": 300,
        "races": 200,
        "racers": 20,
        "signals": 10_000,
        "mails": 400,
        "ways": 300,
        "percent": 5,
        "settling": 900,
        "upgraded": 200,
        "seed": 1,
    }.items():
        parser.add_argument(f"--{name}", type=int, default=usual, help=f"usually {usual}")
    parser.add_argument(
        "--before", default=BEFORE, help=f"the commit whose worker is replaced, usually {BEFORE}"
    )
    parser.add_argument("--ways-alone", action="store_true", help="only the lives on broken ways")
    return parser.parse_args()


if __name__ == "__main__":
    try:
        sys.exit(asyncio.run(main(_options())))
    except StackError as error:
        sys.exit(str(error))
