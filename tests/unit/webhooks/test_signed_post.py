"""Requests are signed as Standard Webhooks says, and no receiver can hold one up, lead it elsewhere or fill our memory."""

import asyncio
import socket
import ssl
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from ipaddress import ip_address
from pathlib import Path
from typing import Any

import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import NameOID
from standardwebhooks import Webhook

from adapters.webhooks.signed_post import LONGEST_WAIT, MOST_BYTES, WebhookSender, new_secret
from adapters.webhooks.targets import read_networks
from tests.unit.webhooks.receiver import OK, Received, receiving, saying

HERE = read_networks("127.0.0.0/8")
BODY = '{"type":"quote.accepted","data":{"name":"Žižka"}}'


async def test_the_reference_library_takes_it() -> None:
    """By either of two secrets, while one takes the other's place; and by no third."""
    old, new = new_secret(), new_secret()
    async with receiving(saying(OK)) as receiver:
        answer = await WebhookSender(HERE).send(receiver.url, [new, old], "evt-1", BODY)
    assert (answer.status, answer.error) == (204, "")
    [got] = receiver.received
    assert got.line == "POST /hook?a=b HTTP/1.1"
    assert got.headers["host"] == f"127.0.0.1:{receiver.port}"
    assert got.headers["webhook-id"] == "evt-1"
    for secret in (old, new):
        assert Webhook(secret).verify(got.body, got.headers)["type"] == "quote.accepted"
    with pytest.raises(Exception, match="signature"):
        Webhook(new_secret()).verify(got.body, got.headers)


@pytest.mark.parametrize(
    ("answer", "status", "error"),
    [
        (b"HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok", 200, ""),
        (b"HTTP/1.1 302 Found\r\nLocation: http://169.254.169.254/\r\n\r\n", 302, "answered 302"),
        (b"HTTP/1.1 410 Gone\r\n\r\n", 410, "answered 410"),
        (b"HTTP/1.1 500 No\r\nContent-Length: 0\r\n\r\n", 500, "answered 500"),
        (b"", None, "the answer is no HTTP, or was cut off"),
        (b"SSH-2.0-OpenSSH\r\n", None, "the answer is no HTTP, or was cut off"),
        (b"HTTP/1.1 200 OK\r\nX: " + 70_000 * b"x", None, "the answer is no HTTP, or was cut off"),
        (b"HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nshort", None, "the answer is no HTTP, or was cut off"),
    ],
)
async def test_what_is_answered(answer: bytes, status: int | None, error: str) -> None:
    """Success is 2xx alone; nobody is followed."""
    async with receiving(saying(answer)) as receiver:
        found = await WebhookSender(HERE).send(receiver.url, [new_secret()], "1", BODY)
    assert (found.status, found.error) == (status, error)
    assert len(receiver.received) == 1


async def test_a_gigabyte_is_not_read() -> None:
    """After 64 KiB the status is enough."""
    sent = 0

    async def flood(_: Received, writer: asyncio.StreamWriter) -> None:
        nonlocal sent
        writer.write(b"HTTP/1.1 200 OK\r\nContent-Length: 1000000000\r\n\r\n")
        while sent < 1_000_000_000:
            writer.write(65_536 * b"x")
            sent += 65_536
            await writer.drain()

    async with receiving(flood) as receiver:
        found = await WebhookSender(HERE).send(receiver.url, [new_secret()], "1", BODY)
    assert found.status == 200
    assert sent < 400 * MOST_BYTES, "what fits into the buffers between"


async def test_one_that_hangs_and_one_that_trickles() -> None:
    """The time is bounded as a whole."""

    async def hang(_: Received, __: asyncio.StreamWriter) -> None:
        await asyncio.sleep(3600)

    async def trickle(_: Received, writer: asyncio.StreamWriter) -> None:
        writer.write(b"HTTP/1.1 200 OK\r\n\r\n")
        while True:
            writer.write(b"x")
            await writer.drain()
            await asyncio.sleep(0.05)

    for respond in (hang, trickle):
        async with receiving(respond) as receiver:
            sender = WebhookSender(HERE, seconds=0.5)
            found = await sender.send(receiver.url, [new_secret()], "1", BODY)
        assert (found.status, found.error) == (None, "no answer within 0 seconds")


async def test_one_that_resets_and_one_that_is_not_there() -> None:
    """Told in our words."""

    async def reset(_: Received, writer: asyncio.StreamWriter) -> None:
        writer.transport.abort()

    async with receiving(reset) as receiver:
        found = await WebhookSender(HERE).send(receiver.url, [new_secret()], "1", BODY)
    assert found.error in {
        "no connection: ConnectionResetError",
        "the answer is no HTTP, or was cut off",
    }
    found = await WebhookSender(HERE).send(receiver.url, [new_secret()], "1", BODY)
    assert found.error == "no connection: ConnectionRefusedError"


async def test_our_own_networks_are_not_reached() -> None:
    """Unless they are allowed, by whatever way they were named."""
    async with receiving(saying(OK)) as receiver:
        for url in (receiver.url, receiver.url.replace("http:", "https:"), "https://localtest/"):
            found = await WebhookSender().send(url, [new_secret()], "1", BODY)
            assert found.status is None
        assert receiver.received == []


class ChangingName:
    """A name that leads to the receiver, which is allowed, when it is asked for at first, and elsewhere from then on."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.asked: list[str] = []
        self.connected: list[str] = []
        connect = asyncio.open_connection
        monkeypatch.setattr("asyncio.base_events.BaseEventLoop.getaddrinfo", self._found)

        async def noted(host: str, port: int, **rest: Any) -> Any:
            self.connected.append(host)
            return await connect(host, port, **rest)

        monkeypatch.setattr("asyncio.open_connection", noted)

    async def _found(self, host: str, port: int, **_: Any) -> Sequence[Any]:
        kind = (socket.AF_INET, socket.SOCK_STREAM, 6, "")
        if host != "erp.example.com":
            return [(*kind, (host, port))]
        self.asked.append(host)
        return [(*kind, ("127.0.0.1" if len(self.asked) == 1 else "127.0.0.2", port))]


async def test_a_name_that_changes_its_mind_leads_nowhere_else(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The connection is made to the address that was checked: the name is asked for once."""
    async with receiving(saying(OK)) as receiver:
        name = ChangingName(monkeypatch)
        url = receiver.url.replace("127.0.0.1", "erp.example.com")
        found = await WebhookSender(read_networks("127.0.0.1/32")).send(url, [new_secret()], "1", BODY)
    assert (found.status, found.error) == (204, "")
    assert (name.asked, name.connected) == (["erp.example.com"], ["127.0.0.1"])
    assert receiver.received[0].headers["host"] == f"erp.example.com:{receiver.port}"
    server, _ = certified("127.0.0.1", tmp_path)
    async with receiving(saying(OK), server) as receiver:
        name = ChangingName(monkeypatch)
        url = receiver.url.replace("http://127.0.0.1", "https://erp.example.com")
        await WebhookSender(read_networks("127.0.0.1/32")).send(url, [new_secret()], "1", BODY)
    assert (name.asked, name.connected[-1:]) == (["erp.example.com"], ["127.0.0.1"])


def certified(address: str, folder: Path) -> tuple[ssl.SSLContext, ssl.SSLContext]:
    """A server that proves to be that address, and a client that believes who signed it."""
    key = ec.generate_private_key(ec.SECP256R1())
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "tests")])
    now = datetime.now(UTC)
    made = (
        x509.CertificateBuilder(name, name, key.public_key(), 1, now, now + timedelta(days=1))
        .add_extension(x509.SubjectAlternativeName([x509.IPAddress(ip_address(address))]), critical=False)
        .sign(key, hashes.SHA256())
    )
    file = folder / "server.pem"
    file.write_bytes(
        made.public_bytes(serialization.Encoding.PEM)
        + key.private_bytes(
            serialization.Encoding.PEM,
            serialization.PrivateFormat.PKCS8,
            serialization.NoEncryption(),
        )
    )
    server = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    server.load_cert_chain(file)
    return server, ssl.create_default_context(cafile=str(file))


@pytest.mark.parametrize(
    ("proves", "believes", "error"),
    [
        ("127.0.0.1", True, ""),
        ("127.0.0.1", False, "TLS failed: CERTIFICATE_VERIFY_FAILED"),
        ("127.0.0.2", True, "TLS failed: CERTIFICATE_VERIFY_FAILED"),
    ],
)
async def test_tls_is_verified(tmp_path: Path, proves: str, believes: bool, error: str) -> None:
    """Who cannot prove to be who was asked for gets nothing."""
    server, client = certified(proves, tmp_path)
    async with receiving(saying(OK), server) as receiver:
        url = receiver.url.replace("http:", "https:")
        found = await WebhookSender(HERE, context=client if believes else None).send(
            url, [new_secret()], "1", BODY
        )
    assert found.error == error
    assert len(receiver.received) == (not error)


@pytest.mark.parametrize(
    ("asked", "wait"),
    [
        ("7", timedelta(seconds=7)),
        ("99999999999999", LONGEST_WAIT),
        ("Wed, 21 Oct 2015 07:28:00 GMT", timedelta(0)),
        ("Wed, 21 Oct 2815 07:28:00 GMT", LONGEST_WAIT),
        ("soon", None),
        ("-5", None),
    ],
)
async def test_retry_after(asked: str, wait: timedelta | None) -> None:
    """In seconds or as a date, within bounds."""
    answer = f"HTTP/1.1 429 Wait\r\nRetry-After: {asked}\r\n\r\n".encode()
    async with receiving(saying(answer)) as receiver:
        found = await WebhookSender(HERE).send(receiver.url, [new_secret()], "1", BODY)
    assert (found.status, found.wait) == (429, wait)


async def test_retry_after_a_date_to_come() -> None:
    """To the second."""
    at = format_datetime(datetime.now(UTC) + timedelta(minutes=10), usegmt=True)
    async with receiving(saying(f"HTTP/1.1 503 No\r\nRetry-After: {at}\r\n\r\n".encode())) as receiver:
        found = await WebhookSender(HERE).send(receiver.url, [new_secret()], "1", BODY)
    assert found.wait is not None
    assert timedelta(minutes=9) < found.wait <= timedelta(minutes=10)
