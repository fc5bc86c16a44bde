"""The product with proxies on all its ways, lives lived through them, and what came of it."""

import asyncio
import os
import random
import time
from collections import Counter
from collections.abc import AsyncIterator, Awaitable, Callable, Iterator
from contextlib import AsyncExitStack, asynccontextmanager
from dataclasses import dataclass, field
from email.message import EmailMessage
from pathlib import Path
from typing import Final
from urllib.parse import urlsplit, urlunsplit

import httpx
import sqlalchemy as sa
from aiosmtpd.smtp import SMTP, Envelope, Session

from adapters.db.database import Database
from cli.local.datadir import DataDir
from cli.local.free_ports import free_ports
from cli.local.stack import Product
from tests.api.caller import Caller
from tests.api.conftest import api_key, prepared_database
from tests.faults.breaches import Copy, breaches, quotes_of, wrong_run
from tests.faults.histories import CROSSING, KINDS, Client, Life
from tests.faults.mails import unsent
from tests.faults.protocols import HttpTalk, PostgresTalk, SmtpTalk, TemporalTalk
from tests.faults.proxy import Deck, Fault, FaultLog, Proxy, Talk
from tests.faults.record import undecided
from tests.faults.stack import CONNECTIONS, FaultStack
from tests.roles import as_product
from tests.unit.mail.smtp_server import Mailroom, served

QUEUE: Final = "broken-ways"
CLIENT_SECONDS: Final = 15.0
REST: Final = 0.5

TALKS: Final[dict[str, tuple[type[Talk], int]]] = {
    "http": (HttpTalk, 1),
    "postgres": (PostgresTalk, 5),
    "temporal": (TemporalTalk, 25),
    "smtp": (SmtpTalk, 1),
}
"""How each way is spoken on, and by how much faults are fewer there: a request has some five exchanges with the database, and so
meets each fault there as often as on its own way; all that goes on with Temporal goes over one connection a process,
and each fault there meets all lives at once.
"""
_OVERDUE = sa.text("SELECT count(*) FROM quotes WHERE status IN ('draft', 'sent') AND valid_until < now()")


class Post(Mailroom):
    """Takes every mail, and remembers each copy by its Message-ID."""

    def __init__(self) -> None:
        super().__init__()
        self.copies: dict[str, list[Copy]] = {}

    def take(self, server: SMTP, session: Session, envelope: Envelope) -> EmailMessage:
        """Keep the mail, and when it came."""
        at = time.time()
        message = super().take(server, session, envelope)
        copy = Copy(at, message.as_bytes())
        self.copies.setdefault(str(message["Message-ID"]).strip(), []).append(copy)
        return message


@dataclass
class BrokenWays:
    """API and worker of their own beside the stack's servers. `hostile` lets the proxies begin."""

    stack: FaultStack
    database: Database
    proxies: dict[str, Proxy]
    log: FaultLog
    post: Post
    caller: Caller
    random: random.Random
    lives: list[Life] = field(default_factory=list)
    settling: float = 900
    """Seconds. A mail that failed again and again waits five minutes for its next attempt, a run whose worker took too long
    again and again waits ten.
    """

    def hostile(self, *, on: bool) -> None:
        """From now on, or no longer."""
        for proxy in self.proxies.values():
            proxy.hostile = on

    async def live(self, kinds: list[str], *, at_once: int, ahead: float) -> None:
        """A life of each of these kinds. `ahead` are the seconds until a deadline that is crossed."""
        slots, client = asyncio.Semaphore(at_once), Client(self.caller, self.post, ahead=ahead)

        async def one(kind: str, chance: float) -> None:
            async with slots:
                self.lives.append(await client.live(kind, chance))

        self.hostile(on=True)
        await asyncio.gather(*(one(kind, self.random.random()) for kind in kinds))
        self.hostile(on=False)

    async def wrong(self) -> list[str]:
        """What must not be, once all has come to rest."""
        unsettled = [what async for what in self._unsettled()]
        return unsettled + await breaches(self.lives, self.log, self.post.copies, self.database)

    async def _unsettled(self) -> AsyncIterator[str]:
        client, settled = await self.stack.client(), time.monotonic() + self.settling

        async def overdue(database: Database) -> int:
            async with database.read() as r:
                return int(await r.value(_OVERDUE))

        async def wrong_runs(database: Database) -> list[str]:
            return [what for quote in await quotes_of(database) for what in await wrong_run(client, quote)]

        looks: dict[str, Callable[[Database], Awaitable[object]]] = {
            "commands without an outcome": undecided,
            "quotes open after their deadline": overdue,
            "mails that are not out": unsent,
            "runs that neither wait nor have ended as their quotes say": wrong_runs,
        }
        for what, left in looks.items():
            while found := await left(self.database):
                if time.monotonic() > settled:
                    yield f"{what}: {found}"
                    break
                await asyncio.sleep(REST)

    def table(self) -> Iterator[str]:
        """What was played, in lines."""
        faults = list(Fault)
        yield f"{'way':10}{'exchanges':>10}" + "".join(f"{fault:>15}" for fault in faults)
        for way in self.proxies:
            done = Counter(each.fault for each in self.log.done if each.way == way)
            counts = "".join(f"{done[fault]:15,}" for fault in faults)
            yield f"{way:10}{self.log.exchanges[way]:10,}{counts}"
        kinds = Counter(life.kind for life in self.lives)
        yield f"lives: {len(self.lives)}: " + ", ".join(f"{n} {kind}" for kind, n in sorted(kinds.items()))
        asked = [asked for life in self.lives for asked in (*life.asked, *life.early, *life.late)]
        answers = Counter(status for each in asked for status in each.answers)
        broken = sum(len(each.attempts) for each in asked) - sum(n for s, n in answers.items() if s)
        answers.pop(0, 0)
        given_up = sum(life.gave_up for life in self.lives)
        yield f"wishes: {len(asked)}, {given_up} of them given up; answers {dict(sorted(answers.items()))}, connections broken {broken}"
        copies = sum(map(len, self.post.copies.values()))
        unsaid = self.log.lost_replies("smtp").total()
        yield f"mails: {len(self.post.copies)}, taken {copies} times, {unsaid} replies dropped"


def kinds_of(lives: int, seed: int) -> list[str]:
    """So many kinds, each as often as the others, in an order drawn anew."""
    all_ = [*KINDS, *CROSSING]
    return random.Random(seed).sample(all_ * (lives // len(all_) + 1), lives)


@asynccontextmanager
async def broken_ways(
    stack: FaultStack, folder: Path, *, seed: int, percent: int
) -> AsyncIterator[BrokenWays]:
    """All of it on a database of its own, ready, and peaceful yet. `percent` is of each fault."""
    log, post, port = FaultLog(), Post(), free_ports(1)[0]
    url = await prepared_database(stack.postgres, "broken_ways")
    async with AsyncExitStack() as open_:
        await open_.enter_async_context(served(post))
        open_.callback(post.hang_up)
        proxies = {}
        for number, (name, (talk, fewer)) in enumerate(TALKS.items()):
            deck = Deck(seed + number, percent, fewer=fewer)
            proxies[name] = await open_.enter_async_context(Proxy(name, talk, deck, log))
        proxies["http"].target = port
        proxies["postgres"].target = urlsplit(url).port or 0
        proxies["temporal"].target = int(stack.temporal.address.rpartition(":")[2])
        proxies["smtp"].target = post.port
        address = {name: f"127.0.0.1:{proxy.port}" for name, proxy in proxies.items()}
        environment = {
            **stack.environment(),
            "DATABASE_URL": as_product(_through(url, proxies["postgres"].port)),
            "TEMPORAL_ADDRESS": address["temporal"],
            "SMTP_URL": f"smtp://{address['smtp']}",
            "FIRM_OFFER_URL": f"http://{address['http']}",
            "FIRM_OFFER_TASK_QUEUE": QUEUE,
        }
        data = DataDir(folder)
        open_.callback(data.close)
        product = Product(data, port=port, env={**os.environ, **environment})
        open_.callback(product.api.kill)
        open_.callback(product.worker.kill)
        open_.callback(product.deliveries.kill)
        await product.start()
        headers = {"Authorization": f"Bearer {await api_key(url, 'quote')}"}
        http = httpx.AsyncClient(
            base_url=environment["FIRM_OFFER_URL"],
            headers=headers,
            timeout=CLIENT_SECONDS,
            limits=CONNECTIONS,
        )
        await open_.enter_async_context(http)
        database = Database.connect(url, pool_size=4)
        open_.push_async_callback(database.close)
        yield BrokenWays(stack, database, proxies, log, post, Caller(http), random.Random(seed))


def _through(url: str, port: int) -> str:
    parts = urlsplit(url)
    return urlunsplit(parts._replace(netloc=f"{parts.netloc.rpartition(':')[0]}:{port}"))
