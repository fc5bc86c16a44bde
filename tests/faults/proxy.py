"""A proxy between two processes on which ways break, as a seeded deck deals it, and a log of what it did."""

import asyncio
import random
import socket
import struct
import time
from abc import ABC, abstractmethod
from collections import Counter
from contextlib import suppress
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Final, Self

from cli.local.free_ports import LOOPBACK

DELAY: Final = (0.05, 2.0)
STALL: Final = (2.0, 12.0)
"""Seconds. The longest stalls are longer than the product waits for a statement (10 s) or a mail server's reply."""

_BUFFER: Final = 1 << 20
_ABORTING: Final = struct.pack("ii", 1, 0)


class Fault(StrEnum):
    """What may happen to an exchange."""

    DELAY = "delay"
    STALL = "stall"
    """It does not get through, and nobody is told."""
    RESET = "reset"
    CUT = "cut"
    """Half a message gets through."""
    DROP = "reply dropped"
    """The other side has done it, and its answer never comes."""


class Deck:
    """Of `fewer` hundred cards `percent` are of each fault, in an order drawn anew whenever they are used up."""

    def __init__(self, seed: int, percent: int, *, fewer: int = 1) -> None:
        self.random = random.Random(seed)
        self._all = [*([None] * (100 * fewer - percent * len(Fault))), *list(Fault) * percent]
        self._cards: list[Fault | None] = []

    def deal(self) -> Fault | None:
        """The next card."""
        if not self._cards:
            self._cards = self.random.sample(self._all, len(self._all))
        return self._cards.pop()


@dataclass(frozen=True)
class Done:
    """One fault: when (seconds since 1970), to whom, and the `said` by which the checker knows the exchange again."""

    way: str
    fault: Fault
    at: float
    said: bytes


@dataclass
class FaultLog:
    """What proxies did. `reached` tells when each HTTP request was passed on whole (seconds since 1970), and `answered` the
    status that the API gave it, whether or not that came through; both by the request's own `X-Attempt`.
    """

    done: list[Done] = field(default_factory=list)
    exchanges: Counter[str] = field(default_factory=Counter)
    reached: dict[str, float] = field(default_factory=dict)
    answered: dict[str, int] = field(default_factory=dict)

    def lost_replies(self, way: str) -> Counter[bytes]:
        """How often the other side did something and could not say so."""
        return Counter(done.said for done in self.done if (done.way, done.fault) == (way, Fault.DROP))


class BrokenError(Exception):
    """The way is to be broken now."""


class Talk(ABC):
    """One connection through a proxy. What the client says goes `up`, what the server says goes `down`."""

    def __init__(
        self, proxy: "Proxy", client: tuple[asyncio.StreamReader, asyncio.StreamWriter], *, server: "_Ends"
    ) -> None:
        self.proxy = proxy
        self.client, self._to_client = client
        self.server, self._to_server = server
        self._stalled = False

    @abstractmethod
    async def up(self) -> None:
        """Pass on what the client says, and play the cards. Ends by IncompleteReadError or BrokenError."""

    @abstractmethod
    async def down(self) -> None:
        """Pass on what the server says."""

    def deal(self) -> Fault | None:
        """The card of an exchange that begins."""
        self.proxy.log.exchanges[self.proxy.name] += 1
        return self.proxy.deck.deal() if self.proxy.hostile else None

    def note(self, fault: Fault, said: bytes) -> None:
        """Write down that it is being done."""
        self.proxy.log.done.append(Done(self.proxy.name, fault, time.time(), said))

    async def ask(self, message: bytes, fault: Fault | None = None, said: bytes = b"") -> None:
        """Pass a request on as the card wants it; a dropped reply is `down`'s to drop."""
        if fault is not None and fault is not Fault.DROP:
            self.note(fault, said)
        match fault:
            case Fault.DELAY:
                await asyncio.sleep(self.proxy.deck.random.uniform(*DELAY))
            case Fault.STALL:
                await self._outwait()
                raise BrokenError
            case Fault.RESET:
                raise BrokenError
            case Fault.CUT:
                await _say(self._to_server, message[: len(message) // 2])
                raise BrokenError
        await _say(self._to_server, message)

    async def reply(self, message: bytes) -> None:
        """Pass an answer on."""
        if self._stalled:
            await asyncio.Event().wait()
        await _say(self._to_client, message)

    async def end(self, *, broken: bool) -> None:
        """Close both sides; a broken way's client sees a reset."""
        if broken and (sock := self._to_client.get_extra_info("socket")) is not None:
            with suppress(OSError):
                sock.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, _ABORTING)
        for writer in (self._to_client, self._to_server):
            writer.close()
            with suppress(OSError, TimeoutError):
                async with asyncio.timeout(1):
                    await writer.wait_closed()

    async def _outwait(self) -> None:
        """Until the client gives up, or for as long as a stall lasts."""
        self._stalled = True
        with suppress(TimeoutError):
            async with asyncio.timeout(self.proxy.deck.random.uniform(*STALL)):
                while await self.client.read(_BUFFER):
                    pass


_Ends = tuple[asyncio.StreamReader, asyncio.StreamWriter]


async def _say(writer: asyncio.StreamWriter, message: bytes) -> None:
    writer.write(message)
    await writer.drain()


class Proxy:
    """Listens on a free port of this machine while its context is open. It lets everything pass until `hostile` is set."""

    def __init__(self, name: str, talk: type[Talk], deck: Deck, log: FaultLog) -> None:
        self.name = name
        self.deck = deck
        self.log = log
        self.port = 0
        self.target = 0
        self.hostile = False
        self._talk = talk
        self._ways: set[asyncio.Task[None]] = set()

    async def __aenter__(self) -> Self:
        self._server = await asyncio.start_server(self._accept, LOOPBACK, 0, limit=_BUFFER)
        self.port = self._server.sockets[0].getsockname()[1]
        return self

    async def __aexit__(self, *_: object) -> None:
        self._server.close()
        for way in tuple(self._ways):
            way.cancel()
        await asyncio.gather(*self._ways, return_exceptions=True)

    def _accept(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        # A task of our own: one that asyncio makes for us tells of its cancelling as of an error.
        way = asyncio.create_task(self._serve(reader, writer))
        self._ways.add(way)
        way.add_done_callback(self._ways.discard)

    async def _serve(self, reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        try:
            server = await asyncio.open_connection(LOOPBACK, self.target, limit=_BUFFER)
        except OSError:
            writer.close()
            return
        talk = self._talk(self, (reader, writer), server=server)
        pumps = [asyncio.create_task(talk.up()), asyncio.create_task(talk.down())]
        try:
            await asyncio.wait(pumps, return_when=asyncio.FIRST_COMPLETED)
        finally:
            for pump in pumps:
                pump.cancel()
            ends = await asyncio.gather(*pumps, return_exceptions=True)
            await talk.end(broken=any(isinstance(end, BrokenError) for end in ends))
        for end in ends:
            if not isinstance(end, None | EOFError | OSError | BrokenError | asyncio.CancelledError):
                raise end
