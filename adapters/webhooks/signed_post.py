"""A signed request by Standard Webhooks 1.0, and what was answered."""

import asyncio
import base64
import hashlib
import hmac
import secrets
import socket
import ssl
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from email.utils import parsedate_to_datetime
from typing import Final

import h11

from adapters.webhooks.targets import Networks, RefusedAddressError, Target, read_target, resolved

PREFIX: Final = "whsec_"
_SECRET_BYTES: Final = 32
SECONDS: Final = 20.0
"""For all of it: the name, the connection, the request, the answer."""
MOST_BYTES: Final = 64 * 1024
"""What is read of an answer; the rest is not waited for."""
_CHUNK: Final = 16 * 1024
LONGEST_WAIT: Final = timedelta(hours=24)
"""What a receiver can ask for at most, by Retry-After."""
_SUCCESS: Final = range(200, 300)
GONE: Final = 410


@dataclass(frozen=True, slots=True)
class Answered:
    """`status` of the answer, None where there was none; `error` in our words, "" where it was taken; `wait` as asked for;
    `body` as much of what was said as is read.
    """

    status: int | None
    error: str = ""
    wait: timedelta | None = None
    body: bytes = b""

    @property
    def is_gone(self) -> bool:
        """The receiver wants no more of it."""
        return self.status == GONE


def new_secret() -> str:
    """A fresh signing secret, to be shown once."""
    return PREFIX + base64.b64encode(secrets.token_bytes(_SECRET_BYTES)).decode()


def signature(secret: str, id_: str, at: int, body: str) -> str:
    """One signature, `v1,…`; `at` is in seconds since 1970."""
    key = base64.b64decode(secret.removeprefix(PREFIX))
    digest = hmac.digest(key, f"{id_}.{at}.{body}".encode(), hashlib.sha256)
    return f"v1,{base64.b64encode(digest).decode()}"


class WebhookSender:
    """Posts, each time to an address that was looked up and checked just before. Follows no redirect."""

    def __init__(
        self, allowed: Networks = (), *, seconds: float = SECONDS, context: ssl.SSLContext | None = None
    ) -> None:
        self._allowed = allowed
        self._seconds = seconds
        self._context = context or ssl.create_default_context()

    async def send(
        self,
        url: str,
        secrets: Sequence[str],
        id_: str,
        body: str,
        *,
        key: str | None = None,
        traceparent: str | None = None,
    ) -> Answered:
        """Post it, signed by each of the secrets, with the Idempotency-Key `key` and the span `traceparent` if there is one. Never raises for what a
        receiver does.
        """
        at = datetime.now(UTC)
        seconds = int(at.timestamp())
        headers = {
            "Content-Type": "application/json",
            "User-Agent": "firm-offer",
            "Accept": "*/*",
            "Connection": "close",
            "webhook-id": id_,
            "webhook-timestamp": str(seconds),
            "webhook-signature": " ".join(signature(secret, id_, seconds, body) for secret in secrets),
            **({"Idempotency-Key": key} if key else {}),
            **({"traceparent": traceparent} if traceparent else {}),
        }
        try:
            target = read_target(url, self._allowed)
            async with asyncio.timeout(self._seconds):
                status, wait, said = await self._post(target, headers, body.encode())
        except (RefusedAddressError, OSError, h11.RemoteProtocolError) as failed:
            return Answered(None, self._told(failed))
        if status in _SUCCESS:
            return Answered(status, body=said)
        return Answered(status, f"answered {status}", retry_after(wait, at))

    def _told(self, failed: Exception) -> str:
        """In our words: a library's might tell an address that was found out."""
        match failed:
            case RefusedAddressError():
                return f"not sent there: {failed}"
            case TimeoutError():
                return f"no answer within {self._seconds:.0f} seconds"
            case ssl.SSLError():
                return f"TLS failed: {failed.reason or 'unknown'}"
            case socket.gaierror():
                return "its name leads nowhere"
            case OSError():
                return f"no connection: {type(failed).__name__}"
        return "the answer is no HTTP, or was cut off"

    async def _post(
        self, target: Target, headers: dict[str, str], body: bytes
    ) -> tuple[int, str | None, bytes]:
        addresses = await resolved(target, self._allowed)
        reader, writer = await self._connected(target, [str(each) for each in addresses])
        try:
            talk = h11.Connection(h11.CLIENT)
            told = [("Host", target.authority), *headers.items(), ("Content-Length", str(len(body)))]
            for event in (
                h11.Request(method="POST", target=target.path, headers=told),
                h11.Data(data=body),
                h11.EndOfMessage(),
            ):
                writer.write(talk.send(event) or b"")
            await writer.drain()
            return await _heard(talk, reader)
        finally:
            writer.transport.abort()

    async def _connected(
        self, target: Target, addresses: Sequence[str]
    ) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """To the first of these that takes the connection; TLS is verified against the name."""
        for address in addresses[:-1]:
            try:
                return await self._open(target, address)
            except ssl.SSLError:
                raise
            except OSError:
                continue
        return await self._open(target, addresses[-1])

    async def _open(self, target: Target, address: str) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        if not target.is_encrypted:
            return await asyncio.open_connection(address, target.port, limit=_CHUNK)
        return await asyncio.open_connection(
            address, target.port, ssl=self._context, server_hostname=target.host, limit=_CHUNK
        )


async def _heard(talk: h11.Connection, reader: asyncio.StreamReader) -> tuple[int, str | None, bytes]:
    """Status and Retry-After; of the body as much as is bounded."""
    status, wait, said = 0, None, b""
    while True:
        event = talk.next_event()
        if event is h11.NEED_DATA:
            talk.receive_data(await reader.read(_CHUNK))
        elif isinstance(event, h11.Response):
            status = event.status_code
            found = (value.decode("latin-1") for name, value in event.headers if name == b"retry-after")
            wait = next(found, None)
        elif isinstance(event, h11.Data):
            said += event.data
            if len(said) > MOST_BYTES:
                return status, wait, said[:MOST_BYTES]
        elif isinstance(event, h11.EndOfMessage | h11.ConnectionClosed):
            return status, wait, said


def retry_after(text: str | None, now: datetime) -> timedelta | None:
    """What the header of this name asks for, in seconds or as a date, at most LONGEST_WAIT; None for what is neither."""
    if text is None:
        return None
    if text.strip().isascii() and text.strip().isdigit():
        seconds = min(int(text.strip()[:9]), int(LONGEST_WAIT.total_seconds()))
        return timedelta(seconds=seconds)
    try:
        at = parsedate_to_datetime(text)
        at = at.replace(tzinfo=UTC) if at.tzinfo is None else at
        return min(max(at - now, timedelta(0)), LONGEST_WAIT)
    except (ValueError, OverflowError):
        return None
