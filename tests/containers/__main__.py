"""The product in containers, from nothing to a restored dump: `python -m tests.containers`, or `make containers`.

Exit codes: 0 when all of it went well, 1 when something did not, 77 when nothing could be run, with the reason.
"""

import asyncio
import signal
import sys
import tempfile
import time
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import Any

from tests.containers import debian, images
from tests.containers.engine import Engine, FailedError, NotRunError, found, require_compose
from tests.containers.project import Project, project
from tests.containers.story import Shop, check, open_shop

NOT_RUN = 77
ONE_OF_EACH = {"worker": 1, "deliveries": 1}
SEVERAL = {"worker": 3, "deliveries": 2}
"""Processes that decide, and that deliver."""

WELL_AGAIN = 180
"""Seconds within which a change of health is told, on a busy machine."""

ONCE = ("roles", "temporal-schema", "migrate", "temporal-setup")


def say(text: str) -> None:
    """A line, at once."""
    print(text, flush=True)  # noqa: T201 - a command line prints


@contextmanager
def step(what: str) -> Iterator[None]:
    """Says what was done, and how long it took."""
    began = time.monotonic()
    yield
    say(f"{time.monotonic() - began:6.1f} s  {what}")


@contextmanager
def engine(folder: Path) -> Iterator[tuple[Engine, bool]]:
    """An engine that has all images, and whether they are stand-ins. Raises NotRunError."""
    try:
        there = found()
        with step("looked for the images"):
            stand_ins = images.obtain(there, folder, say)
    except NotRunError as reason:
        why = str(reason)
    else:
        say(f"Engine: {there.program}, which runs here already.")
        yield there, stand_ins
        return
    try:
        with debian.started(folder) as own:
            version = own.ask("version", "--format", "{{.Server.Version}}").strip()
            say(
                f"Engine: Debian's docker.io {version}, started for this ({why}); Compose {require_compose(own)}."
            )
            with step("images of others are there"):
                stand_ins = images.obtain(own, folder, say)
            yield own, stand_ins
    except NotRunError as reason:
        raise NotRunError(f"{why}; {reason}") from reason


def healthy(made: Project, workers: Mapping[str, int]) -> None:
    """Every server is healthy, every step has ended well, and no part of the product is a superuser."""
    states = made.states().values()
    servers = [each for each in states if each["Service"] not in ONCE]
    ill = not_healthy(made)
    check(not ill, f"all servers to be healthy: {', '.join(ill)}")
    there = Counter(each["Service"] for each in servers if each["Service"] in workers)
    check(there == workers, f"of the workers {dict(workers)}: {dict(there)}")
    ended = {each["Service"]: each["ExitCode"] for each in states if each["Service"] in ONCE}
    check(set(ended.values()) <= {0}, f"all steps to end with 0: {ended}")
    for service, count in workers.items():
        for number in range(1, count + 1):
            made.in_worker(number, "python", "-m", "adapters.worker_health", service=service)
    sessions = made.sql(
        "SELECT DISTINCT usename, usesuper FROM pg_stat_activity JOIN pg_user USING (usename) WHERE datname = 'firm_offer'"
    )
    check(
        sessions == ["firm_offer|f"], f"the record to be used by firm_offer alone, no superuser: {sessions}"
    )


def not_healthy(made: Project) -> list[str]:
    """The servers that the engine does not call healthy, and what it calls them."""
    servers = [each for each in made.states().values() if each["Service"] not in ONCE]
    return [
        f"{each['Name']}: {each['State']} {each['Health']}" for each in servers if each["Health"] != "healthy"
    ]


def ill_without_temporal(made: Project) -> None:
    """A worker that Temporal does not hear says so, and is well again by itself, as is all the rest. `up --wait` would not
    wait for what is ill when it is called.
    """
    made.compose("stop", "temporal")
    for service in ONE_OF_EACH:
        await_worker(made, service, well=False)
    made.compose("start", "temporal")
    for service in ONE_OF_EACH:
        await_worker(made, service, well=True)
    deadline = time.monotonic() + WELL_AGAIN
    while ill := not_healthy(made):
        check(time.monotonic() < deadline, f"all servers to be healthy again: {', '.join(ill)}")
        time.sleep(1)


def await_worker(made: Project, service: str, *, well: bool) -> None:
    """Wait until a worker is as wanted."""
    deadline = time.monotonic() + WELL_AGAIN
    while True:
        try:
            made.in_worker(1, "python", "-m", "adapters.worker_health", service=service)
            is_well = True
        except FailedError as error:
            check("The worker is not healthy" in str(error), f"a reason: {error}")
            is_well = False
        if is_well == well:
            return
        check(
            time.monotonic() < deadline,
            f"a worker that is {'well' if well else 'not well'} within {WELL_AGAIN} s",
        )
        time.sleep(1)


def verified(made: Project) -> str:
    """The last line of `firm-offer verify`, which must find that everything matches."""
    told = made.command("verify").strip().splitlines()[-1]
    check("everything matches." in told, f"a record that matches: {told}")
    return told


def examined(made: Project, *more: str) -> None:
    """`firm-offer doctor`, inside of a worker's container, has nothing to say."""
    told = made.in_worker(1, "firm-offer", "doctor", *more)
    check(told.rstrip().endswith("Healthy."), f"a healthy installation: {told}")


def play(made: Project) -> tuple[bytes, list[dict[str, Any]], str, str]:
    """A first life of the project; its dump, quotes and key, and what verify said."""
    with step("image built, `docker compose up --wait` ended with 0"):
        made.up("--build")
        healthy(made, ONE_OF_EACH)
    key = open_shop(made)
    shop = Shop(made, key)
    with step("a quote created, sent, and accepted on the customer's page"):
        quotes = [asyncio.run(shop.play("first"))]
    with step("`firm-offer doctor` in the worker's container: healthy"):
        examined(made)
    with step("stopped and started again: the quote is there as it was"):
        made.compose("stop")
        made.up()
        check(shop.accepted(quotes[0]) == quotes[0], "the same quote after a restart")
    with step("without Temporal neither worker was healthy, with it both again by themselves"):
        ill_without_temporal(made)
    with step("three workers and two for deliveries, each healthy by itself, and another quote accepted"):
        made.up(*(word for service, count in SEVERAL.items() for word in ("--scale", f"{service}={count}")))
        healthy(made, SEVERAL)
        quotes.append(asyncio.run(shop.play("second")))
    with step("the record verified and dumped"):
        told = verified(made)
        return made.dump(), quotes, key, told


def restore(made: Project, dump: bytes, quotes: list[dict[str, Any]], key: str, told: str) -> None:
    """The dump in an empty project: the same record, and the product works on."""
    with step(f"{len(dump):,} bytes restored into an empty project, which started on them"):
        made.restore(dump)
        made.up()
        healthy(made, ONE_OF_EACH)
    with step(f"`firm-offer verify`: {told}"):
        check(verified(made) == told, f"the same as before: {told}")
        shop = Shop(made, key)
        for quote in quotes:
            check(shop.accepted(quote) == quote, "the same quotes after the restore")
    with step("`firm-offer doctor --repair`: healthy; a third quote accepted"):
        examined(made, "--repair")
        asyncio.run(shop.play("third"))


def whole(folder: Path) -> None:
    """All of it. Raises NotRunError, FailedError."""
    with engine(folder) as (there, stand_ins):
        made: Project | None = None
        try:
            with project(there, folder, stand_ins=stand_ins) as made:
                known = play(made)
                # The same secret, or links and keys would end; the same project, so that nothing else is built.
                made.down()
                check(made.left() == [], f"nothing to be left: {made.left()}")
                restore(made, *known)
        finally:
            if made is not None:
                there.ask("image", "rm", "--force", made.image)
        check(made.left() == [], f"nothing to be left: {made.left()}")
        say("Everything was taken down: no container, no volume, no network of it is left.")


def main(run: Callable[[Path], None] = whole) -> int:
    """The exit code."""
    with tempfile.TemporaryDirectory(prefix="firm-offer-containers-") as folder:
        try:
            run(Path(folder))
        except NotRunError as reason:
            say(f"not run: no engine: {reason}.")
            return NOT_RUN
        except FailedError as error:
            say(f"failed: {error}")
            return 1
    say("All went well.")
    return 0


if __name__ == "__main__":
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that what was started is ended
    sys.exit(main())
