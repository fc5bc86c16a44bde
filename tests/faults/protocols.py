"""What PostgreSQL, Temporal, mail servers and the API are told, as far as a proxy must understand it: where an exchange
begins, and when the other side has done what it was asked for.
"""

import re
import time
from email import message_from_bytes
from typing import Final

from tests.faults.proxy import BrokenError, Fault, Talk

_CHUNK: Final = 65_536


class PostgresTalk(Talk):
    """An exchange is a question up to ReadyForQuery. A reply is dropped when what was asked for is committed, and not
    before. `said` is all that the client said in its transaction so far.
    """

    _SSL = (80_877_103).to_bytes(4)
    _said = b""
    _dropping = False

    async def up(self) -> None:
        """The opening has messages without a kind; what comes after it ends with a Query or a Sync."""
        opening = await self._untyped()
        if opening[4:8] == self._SSL:
            await self.ask(opening)
            opening = await self._untyped()
        await self.ask(opening)
        pending = b""
        while True:
            message = await self._typed(await self.client.readexactly(5))
            pending += message
            if message[:1] in {b"Q", b"S"}:
                self._said += pending
                fault = self.deal()
                self._dropping |= fault is Fault.DROP
                await self.ask(pending, fault, self._said)
                pending = b""
            elif message[:1] in {b"p", b"H", b"X"}:
                await self.ask(pending)
                pending = b""

    async def down(self) -> None:
        """What belongs to a reply that is to be dropped is held back until it is known whether it was a commit's."""
        first = await self.server.readexactly(1)
        if first == b"N":  # no TLS
            await self.reply(first)
            first = await self.server.readexactly(1)
        held = b""
        while True:
            length = await self.server.readexactly(4)
            message = first + length + await self.server.readexactly(int.from_bytes(length) - 4)
            held += message
            ready, idle = message[:1] == b"Z", message[5:6] == b"I"
            if self._dropping and ready and idle:
                self.note(Fault.DROP, self._said)
                raise BrokenError
            if ready and idle:
                self._said = b""
            if ready or not self._dropping:
                await self.reply(held)
                held = b""
            first = await self.server.readexactly(1)

    async def _untyped(self) -> bytes:
        length = await self.client.readexactly(4)
        return length + await self.client.readexactly(int.from_bytes(length) - 4)

    async def _typed(self, head: bytes) -> bytes:
        return head + await self.client.readexactly(int.from_bytes(head[1:]) - 4)


class TemporalTalk(Talk):
    """gRPC: an exchange is a stream of the one HTTP/2 connection. Whatever breaks takes all that is under way with it. A reply
    is dropped when its first frame comes: the server has done it.
    """

    _PREFACE = 24
    _HEADERS = 1
    _REPLIES = frozenset({0, 1, 3})  # data, headers, the stream's reset

    async def up(self) -> None:
        """Frame by frame."""
        self._awaited: set[int] = set()
        await self.ask(await self.client.readexactly(self._PREFACE))
        while True:
            head = await self.client.readexactly(9)
            frame = head + await self.client.readexactly(int.from_bytes(head[:3]))
            fault = self.deal() if head[3] == self._HEADERS else None
            if fault is Fault.DROP:
                self._awaited.add(int.from_bytes(head[5:]))
            await self.ask(frame, fault)

    async def down(self) -> None:
        """Frame by frame."""
        while True:
            head = await self.server.readexactly(9)
            frame = head + await self.server.readexactly(int.from_bytes(head[:3]))
            if head[3] in self._REPLIES and int.from_bytes(head[5:]) in self._awaited:
                self.note(Fault.DROP, b"")
                raise BrokenError
            await self.reply(frame)


class SmtpTalk(Talk):
    """An exchange is a mail's content. A reply is dropped when the server has said that it took the mail. `said` is the
    Message-ID.
    """

    _content: bytes | None = None
    _dropping = b""

    async def up(self) -> None:
        """Line by line; content as one."""
        while True:
            line = await self.client.readuntil(b"\r\n")
            if self._content is None:
                await self.ask(line)
                continue
            self._content += line
            if line == b".\r\n":
                content, self._content = self._content, None
                said = str(message_from_bytes(content)["Message-ID"]).strip().encode()
                fault = self.deal()
                self._dropping = said if fault is Fault.DROP else b""
                await self.ask(content, fault, said)

    async def down(self) -> None:
        """Line by line."""
        while True:
            line = await self.server.readuntil(b"\r\n")
            if line.startswith(b"354"):
                self._content = b""
            if self._dropping and line.startswith(b"250"):
                self.note(Fault.DROP, self._dropping)
                raise BrokenError
            await self.reply(line)


class HttpTalk(Talk):
    """An exchange is a request. Cut is the request or the answer. `said` is the request's `X-Attempt`."""

    _attempt = b""
    _card: Fault | None = None

    async def up(self) -> None:
        """Request by request: nobody sends the next one before the answer to the last."""
        while True:
            head = await self.client.readuntil(b"\r\n\r\n")
            length = re.search(rb"(?i)\r\ncontent-length: *(\d+)", head)
            request = head + await self.client.readexactly(int(length[1]) if length else 0)
            attempt = re.search(rb"(?i)\r\nx-attempt: *(\w+)", head)
            self._attempt = attempt[1] if attempt else b"-"
            self._card = self.deal()
            cuts_answer = self._card is Fault.CUT and self.proxy.deck.random.random() < 1 / 2
            await self.ask(request, None if cuts_answer else self._card, self._attempt)
            self.proxy.log.reached[self._attempt.decode()] = time.time()

    async def down(self) -> None:
        """The first bytes of an answer have its status."""
        while chunk := await self.server.read(_CHUNK):
            if self._attempt:
                self.proxy.log.answered[self._attempt.decode()] = int(chunk.split(b" ", 2)[1])
                if self._card in {Fault.DROP, Fault.CUT}:
                    self.note(self._card, self._attempt)
                    if self._card is Fault.CUT:
                        await self.reply(chunk[: len(chunk) // 2])
                    raise BrokenError
                self._attempt = b""
            await self.reply(chunk)
