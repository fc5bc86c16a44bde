"""How a mail reaches a server."""

import asyncio
import base64
import re
import socket
import ssl
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import unquote, urlsplit

import aiosmtplib

from adapters.mail.connections import IDLE_SECONDS, KeptConnections
from domain.errors import QuoteError
from domain.wording import one_line

_PERMANENT: Final = 500
_LONGEST_ANSWER: Final = 2000
HIDDEN: Final = "(hidden)"
"""What stands in a server's answer for a secret that it has repeated."""

_ENHANCED: Final = re.compile(r"\d{3}[ -](5\.\d{1,3}\.\d{1,3})\b")
_OF_ADDRESS: Final = re.compile(r"5\.(1\.\d+|2\.1)")
"""Enhanced status codes (RFC 3463): a bad address, or a mailbox that is closed."""

_NOT_HERE: Final = frozenset({521, 550, 551, 553, 556})
"""Replies to a recipient (RFC 5321, RFC 7504) that mean the address where no enhanced code says otherwise."""

_LOOPBACK: Final = frozenset({"127.0.0.1", "::1", "localhost"})
_PORTS: Final = {"smtp": 25, "smtps": 465}


class MailError(QuoteError):
    """A mail that was not taken. `reply_code` and `answer` are the server's own, where it gave any.

    The text of the error holds no address: it may be stored where people cannot be forgotten.
    """

    default_code = "mail_not_sent"

    def __init__(self, message: str, *, reply_code: int | None = None, answer: str = "") -> None:
        super().__init__(message if reply_code is None else f"{message} ({reply_code})")
        self.reply_code = reply_code
        self.answer = answer or message


class PermanentMailError(MailError):
    """The mail will not be taken, however often it is offered. `refuses_address`: nor will any other to its address."""

    default_code = "mail_refused"

    def __init__(self, message: str, *, refuses_address: bool = False, **said: Any) -> None:
        super().__init__(message, **said)
        self.refuses_address = refuses_address


class TemporaryMailError(MailError):
    """Not taken for now, or, where it `may_be_out`, nobody knows: worth another attempt with the same Message-ID."""

    default_code = "mail_delayed"

    def __init__(self, message: str, *, may_be_out: bool = False, **said: Any) -> None:
        super().__init__(message, **said)
        self.may_be_out = may_be_out


@dataclass(frozen=True, slots=True, kw_only=True)
class Composed:
    """A mail as it is handed over: both addresses of its envelope, and its source in ASCII, in lines that end with CRLF."""

    sender: str
    recipient: str
    source: bytes


class SmtpSender:
    """Speaks SMTP to one server, on connections that are kept open for a while.

    `url` is `smtp://[user:password@]host[:port]`, which uses STARTTLS where the server offers it, or
    `smtps://…`; where `requires_tls`, no mail goes to a server that offers none. Certificates are always checked. A password is never sent unencrypted, except to this
    machine itself. One step of the conversation may take `step_seconds`, all of it `whole_seconds`.
    Raises ValueError for any other URL.
    """

    def __init__(
        self,
        url: str,
        *,
        requires_tls: bool = False,
        step_seconds: float = 10.0,
        whole_seconds: float = 30.0,
        idle_seconds: float = IDLE_SECONDS,
    ) -> None:
        parts = urlsplit(url)
        if parts.scheme not in _PORTS or not parts.hostname:
            raise ValueError("the mail server's address must look like smtp://host:port or smtps://host:port")
        self._host = parts.hostname
        self._port = parts.port or _PORTS[parts.scheme]
        self._user = unquote(parts.username) if parts.username else None
        self._password = unquote(parts.password or "")
        self._secrets = _secrets(self._user, self._password)
        self._tls_from_start = parts.scheme == "smtps"
        self._requires_tls = requires_tls
        self._step_seconds = step_seconds
        self._whole_seconds = whole_seconds
        self._kept = KeptConnections(idle_seconds=idle_seconds)
        self._own_name = "localhost" if self._host in _LOOPBACK else socket.getfqdn()

    async def send(self, mail: Composed) -> None:
        """Hand over `mail`. Returns when it has been taken.

        Raises PermanentMailError when it was refused for good, and TemporaryMailError for everything else, also when the
        answer was lost: the mail may then arrive twice, each time with the same Message-ID.
        """
        try:
            async with asyncio.timeout(self._whole_seconds):
                await self._send(mail)
        except TimeoutError as slow:
            raise TemporaryMailError("the mail server takes too long to respond", may_be_out=True) from slow

    async def try_out(self) -> None:
        """Open a connection as for a mail, password and all, and leave. Raises TemporaryMailError with what is wrong."""
        try:
            async with asyncio.timeout(self._whole_seconds):
                (await self._opened()).close()
        except TimeoutError as slow:
            raise TemporaryMailError("the mail server takes too long") from slow

    async def close(self) -> None:
        """Say goodbye on the connections that are kept."""
        await self._kept.close()

    async def _send(self, mail: Composed) -> None:
        """A server may be tired of a connection: what it refuses on a kept one is offered again on a new one."""
        kept = await self._kept.take()
        if kept is not None:
            try:
                await self._hand_over(kept, mail)
            except MailError as refused:
                if refused.reply_code is None:
                    raise
            else:
                return
        await self._hand_over(await self._opened(), mail)

    async def _hand_over(self, client: aiosmtplib.SMTP, mail: Composed) -> None:
        """A connection on which anything went wrong is not used again."""
        try:
            await _offer(client, mail)
        except BaseException:
            client.close()
            raise
        self._kept.keep(client)

    async def _opened(self) -> aiosmtplib.SMTP:
        client = aiosmtplib.SMTP(
            hostname=self._host,
            port=self._port,
            use_tls=self._tls_from_start,
            timeout=self._step_seconds,
            local_hostname=self._own_name,
        )
        try:
            await self._open(client)
        except BaseException:
            client.close()
            raise
        return client

    async def _open(self, client: aiosmtplib.SMTP) -> None:
        """A connection that could not be opened says nothing about the mail, whatever the reply code."""
        try:
            await client.connect()
            is_encrypted = client.get_transport_info("sslcontext") is not None
            if self._requires_tls and not is_encrypted:
                raise TemporaryMailError("the mail server offers no STARTTLS, which SMTP_STARTTLS requires")
            if self._user is not None:
                if not is_encrypted and self._host not in _LOOPBACK:
                    raise TemporaryMailError("the mail server offers no encryption for the password")
                await client.login(self._user, self._password)
        except aiosmtplib.SMTPResponseException as refused:
            text = _text(refused, hidden=self._secrets)
            raise TemporaryMailError(
                "the mail server refused the login", reply_code=refused.code, answer=text
            ) from refused
        except (aiosmtplib.SMTPException, OSError, ssl.SSLError) as broken:
            raise TemporaryMailError(f"no mail server: {type(broken).__name__}") from broken


def _secrets(user: str | None, password: str) -> tuple[str, ...]:
    """The password as it may come back in an answer: as it is, and as AUTH sends it. The longest comes first."""
    if not password:
        return ()
    sent = (f"\0{user or ''}\0{password}", password)
    return (*(base64.b64encode(text.encode()).decode() for text in sent), password)


async def _offer(client: aiosmtplib.SMTP, mail: Composed) -> None:
    """Step by step, because the library's `sendmail` goes through the whole mail once more to announce its size."""
    try:
        await client.mail(mail.sender)
        await client.rcpt(mail.recipient)
        await client.data(mail.source)
    except aiosmtplib.SMTPRecipientRefused as refused:
        raise _refusal(refused, of_recipient=True) from refused
    except aiosmtplib.SMTPResponseException as refused:
        raise _refusal(refused) from refused
    except ValueError as impossible:
        problem = "an address that this mail server does not accept"
        raise PermanentMailError(problem, refuses_address=True) from impossible
    except (aiosmtplib.SMTPException, OSError, ssl.SSLError) as broken:
        raise TemporaryMailError(
            f"the connection broke: {type(broken).__name__}", may_be_out=True
        ) from broken


def _refusal(answer: aiosmtplib.SMTPResponseException, *, of_recipient: bool = False) -> MailError:
    text = _text(answer)
    if answer.code < _PERMANENT:
        return TemporaryMailError(
            "the mail server cannot accept the email for now", reply_code=answer.code, answer=text
        )
    return PermanentMailError(
        "the mail server refused the email",
        reply_code=answer.code,
        answer=text,
        refuses_address=_is_of_address(answer.code, text, of_recipient=of_recipient),
    )


def _is_of_address(code: int, text: str, *, of_recipient: bool) -> bool:
    """Whether the address itself is refused. A fault of the sender's server, a rule against it, one text or a full mailbox
    is none of the address: the next mail may get through.
    """
    if enhanced := _ENHANCED.match(text):
        return _OF_ADDRESS.fullmatch(enhanced[1]) is not None
    return of_recipient and code in _NOT_HERE


def _text(answer: aiosmtplib.SMTPResponseException, *, hidden: tuple[str, ...] = ()) -> str:
    text = one_line(f"{answer.code} {answer.message}")
    for secret in hidden:
        text = text.replace(secret, HIDDEN)
    return text[:_LONGEST_ANSWER]
