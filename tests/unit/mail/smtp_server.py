"""A real SMTP server in the test's own loop, whose answers a test may spoil."""

import asyncio
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Any

from aiosmtpd.smtp import SMTP, Envelope, Session


class Mailroom:
    """Takes every mail. `rcpt`, `rcpt_only` (by address) or `data` set a reply of their own, `tired` one for a second mail on one
    connection; `hang` never replies, `clinging` not to a goodbye; `cut` takes the mail and closes the connection
    without a reply.
    """

    def __init__(self) -> None:
        self.taken: list[EmailMessage] = []
        self.envelopes: list[tuple[str, list[str]]] = []
        self.encrypted: list[bool] = []
        self.connections: list[SMTP] = []
        self.goodbyes = 0
        self.tired: str | None = None
        self.rcpt: str | None = None
        self.rcpt_only: dict[str, str] = {}
        self.data: str | None = None
        self.hang = False
        self.clinging = False
        self.cut = False
        self.port = 0
        self._served: set[SMTP] = set()

    @property
    def url(self) -> str:
        """Where the server listens."""
        return f"smtp://127.0.0.1:{self.port}"

    async def handle_RCPT(  # noqa: N802 - the server's own name for it
        self, server: SMTP, _session: Session, envelope: Envelope, address: str, _options: list[str]
    ) -> str:
        """The reply to a recipient."""
        reply = self.rcpt or self.rcpt_only.get(address) or (self.tired if server in self._served else None)
        if reply is not None:
            return reply
        envelope.rcpt_tos.append(address)
        return "250 OK"

    async def handle_DATA(  # noqa: N802 - the server's own name for it
        self, server: SMTP, session: Session, envelope: Envelope
    ) -> str:
        """The reply to a mail's content."""
        if self.hang:
            await asyncio.sleep(3600)
        if self.data is not None:
            return self.data
        self.take(server, session, envelope)
        if self.cut:
            hang_up(server)
        return "250 OK"

    def take(self, server: SMTP, session: Session, envelope: Envelope) -> EmailMessage:
        """Keep the mail."""
        message = message_from_bytes(_content(envelope), policy=policy.default)
        self._served.add(server)
        self.taken.append(message)
        self.envelopes.append((str(envelope.mail_from), list(envelope.rcpt_tos)))
        self.encrypted.append(session.ssl is not None)
        return message

    async def handle_QUIT(self, _server: SMTP, _session: Session, _envelope: Envelope) -> str:  # noqa: N802
        """The reply to a goodbye."""
        if self.clinging:
            await asyncio.sleep(3600)
        self.goodbyes += 1
        return "221 Bye"

    def hang_up(self) -> None:
        """Close every connection, as a server does that is started anew."""
        for connection in self.connections:
            hang_up(connection)


def hang_up(connection: SMTP) -> None:
    """Close it without a word."""
    transport: Any = connection.transport
    if transport is not None:
        transport.abort()


def _content(envelope: Envelope) -> bytes:
    content = envelope.content
    return content if isinstance(content, bytes) else str(content).encode()


@asynccontextmanager
async def mailroom(tls: ssl.SSLContext | None = None, **options: Any) -> AsyncIterator[Mailroom]:
    """A server on a free port of this machine, gone at the end."""
    room = Mailroom()
    async with served(room, tls, **options):
        yield room


@asynccontextmanager
async def served(
    room: Mailroom, tls: ssl.SSLContext | None = None, port: int = 0, **options: Any
) -> AsyncIterator[None]:
    """The same for a mailroom with manners of its own, or on a given port."""
    loop = asyncio.get_running_loop()

    def connected() -> SMTP:
        room.connections.append(SMTP(room, hostname="mail.test", tls_context=tls, loop=loop, **options))
        return room.connections[-1]

    server = await loop.create_server(connected, "127.0.0.1", port)
    room.port = server.sockets[0].getsockname()[1]
    try:
        yield
    finally:
        server.close()
