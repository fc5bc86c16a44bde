"""The sender against a real SMTP server that takes, refuses, hangs, or hangs up."""

import asyncio
import base64
import ssl
import subprocess
from dataclasses import replace
from pathlib import Path

import pytest
from aiosmtpd.smtp import AuthResult

from adapters.mail.compose import compose
from adapters.mail.sender import PermanentMailError, SmtpSender, TemporaryMailError
from tests.unit.mail.samples import mail as sample
from tests.unit.mail.smtp_server import mailroom

MAIL = compose(sample())


async def test_a_mail_arrives_once_and_whole() -> None:
    """Proves envelope, Message-ID and both parts on the server's side."""
    async with mailroom() as room:
        await SmtpSender(room.url).send(MAIL)
    (mail,) = room.taken
    assert room.envelopes == [
        ("angebote@keller-praezision.example", ["j.harker@harker-hydraulics.example"]),
    ]
    assert mail["Message-ID"] == sample().message.message_id
    assert [part.get_content_type() for part in mail.walk() if not part.is_multipart()] == [
        "text/plain",
        "text/html",
        "image/png",
        "application/pdf",
    ]


@pytest.mark.parametrize(("step", "reply"), [("rcpt", "550 5.1.1 no such user"), ("data", "554 5.7.1 spam")])
async def test_a_final_refusal_is_permanent(step: str, reply: str) -> None:
    """Proves that a 5xx at any step of the mail is told apart, with the server's own answer kept beside
    the message, which itself holds no address.
    """
    async with mailroom() as room:
        setattr(room, step, f"{reply} <j.harker@harker-hydraulics.example>")
        with pytest.raises(PermanentMailError) as refusal:
            await SmtpSender(room.url).send(MAIL)
    assert refusal.value.reply_code == int(reply[:3])
    assert refusal.value.answer.startswith(reply)
    assert "harker" not in str(refusal.value)
    assert room.taken == []


@pytest.mark.parametrize(
    ("step", "reply", "of_address"),
    [
        *(("rcpt", f"550 5.1.{code} no such user", True) for code in (1, 2, 10)),
        ("rcpt", "550 5.2.1 mailbox disabled", True),
        ("data", "550 5.1.1 no such user", True),
        ("rcpt", "550 no such user", True),
        ("rcpt", "553 not allowed", True),
        ("rcpt", "550 5.7.1 relaying denied", False),
        ("rcpt", "552 5.2.2 mailbox full", False),
        ("rcpt", "554 denied", False),
        ("rcpt", "500 what?", False),
        ("data", "550 spam", False),
        ("data", "554 5.6.0 cannot be read", False),
    ],
)
async def test_an_address_is_told_apart_from_what_else_is_refused(
    step: str, reply: str, of_address: bool
) -> None:
    """By the enhanced status code, without one by the reply to the recipient: a silenced address gets no other mail."""
    async with mailroom() as room:
        setattr(room, step, reply)
        with pytest.raises(PermanentMailError) as refusal:
            await SmtpSender(room.url).send(MAIL)
    assert refusal.value.refuses_address is of_address


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
async def test_a_server_that_repeats_the_password_does_not_put_it_on_record() -> None:
    """As it is, and as it was sent (RFC 4954: base64)."""
    sent = base64.b64encode(b"\0shop\0s3cret!").decode()

    async with mailroom(
        authenticator=lambda *_: AuthResult(
            success=False, handled=False, message=f"535 5.7.8 no: {sent} s3cret!"
        ),
        auth_required=True,
        auth_require_tls=False,
    ) as room:
        with pytest.raises(TemporaryMailError) as refusal:
            await SmtpSender(room.url.replace("//", "//shop:s3cret!@")).send(MAIL)
    assert refusal.value.answer == "535 5.7.8 no: (hidden) (hidden)"


@pytest.mark.parametrize(
    ("step", "reply"), [("rcpt", "450 4.2.1 greylisted"), ("data", "451 4.3.0 disk full")]
)
async def test_a_refusal_for_now_is_temporary(step: str, reply: str) -> None:
    """Proves that a 4xx is worth another attempt, and that the next one succeeds."""
    async with mailroom() as room:
        setattr(room, step, reply)
        with pytest.raises(TemporaryMailError) as delay:
            await SmtpSender(room.url).send(MAIL)
        assert delay.value.answer == reply
        setattr(room, step, None)
        await SmtpSender(room.url).send(MAIL)
    assert len(room.taken) == 1


async def test_a_server_that_hangs_is_left_after_a_while() -> None:
    """Proves that both limits hold: the step's and the whole's."""
    async with mailroom() as room:
        room.hang = True
        for sender in (SmtpSender(room.url, step_seconds=0.2), SmtpSender(room.url, whole_seconds=0.2)):
            with pytest.raises(TemporaryMailError):
                await asyncio.wait_for(sender.send(MAIL), 5)


async def test_a_connection_cut_after_the_mail_is_temporary() -> None:
    """Proves that a mail whose answer was lost is sent again with the same Message-ID."""
    async with mailroom() as room:
        room.cut = True
        with pytest.raises(TemporaryMailError):
            await SmtpSender(room.url).send(MAIL)
        room.cut = False
        await SmtpSender(room.url).send(MAIL)
    assert [mail["Message-ID"] for mail in room.taken] == [sample().message.message_id] * 2


async def test_an_address_that_the_server_cannot_take_is_permanent() -> None:
    """Proves that letters outside ASCII before the @ end a mail at a server that does not know them."""
    mail = replace(MAIL, recipient="müller@buyer.example")
    async with mailroom(enable_SMTPUTF8=False) as room:
        with pytest.raises(PermanentMailError, match="an address that"):
            await SmtpSender(room.url).send(mail)
    assert room.taken == []


async def test_no_server_is_temporary() -> None:
    """Proves that a mail server which is down fails no mail for good."""
    async with mailroom() as room:
        url = room.url
    with pytest.raises(TemporaryMailError, match="no mail server"):
        await SmtpSender(url).send(MAIL)


async def test_a_server_that_turns_everyone_away_is_temporary() -> None:
    """Proves that a 554 greeting says nothing about the mail."""

    async def closed(_reader: asyncio.StreamReader, writer: asyncio.StreamWriter) -> None:
        writer.write(b"554 5.3.2 no service\r\n")
        await writer.drain()
        writer.close()

    async with await asyncio.start_server(closed, "127.0.0.1", 0) as server:
        port = server.sockets[0].getsockname()[1]
        with pytest.raises(TemporaryMailError) as delay:
            await SmtpSender(f"smtp://127.0.0.1:{port}").send(MAIL)
    assert delay.value.reply_code == 554


@pytest.mark.filterwarnings("ignore:Requiring AUTH while not requiring TLS")
async def test_a_password_is_used_and_a_wrong_one_is_temporary() -> None:
    """Proves that a wrong password, which a person can mend, loses no mail."""

    def check(*arguments: object) -> AuthResult:
        login: object = arguments[-1]
        return AuthResult(success=getattr(login, "password", None) == b"s3cret/word")

    async with mailroom(authenticator=check, auth_required=True, auth_require_tls=False) as room:
        with pytest.raises(TemporaryMailError):
            await SmtpSender(f"smtp://shop:wrong@127.0.0.1:{room.port}", step_seconds=0.5).send(MAIL)
        await SmtpSender(f"smtp://shop:s3cret%2Fword@127.0.0.1:{room.port}").send(MAIL)
    assert len(room.taken) == 1


async def test_a_password_does_not_leave_this_machine_unencrypted(monkeypatch: pytest.MonkeyPatch) -> None:
    """Proves that a server elsewhere that offers no encryption is not told the password."""
    monkeypatch.setattr("adapters.mail.sender._LOOPBACK", frozenset())
    async with mailroom(auth_require_tls=False) as room:
        with pytest.raises(TemporaryMailError, match="no encryption"):
            await SmtpSender(f"smtp://shop:s3cret@127.0.0.1:{room.port}").send(MAIL)
    assert room.taken == []


async def test_without_starttls_nothing_leaves_where_it_is_required() -> None:
    """Proves that a mail waits rather than go in clear text, on this machine too, and that a trial says the same."""
    async with mailroom() as room:
        sender = SmtpSender(room.url, requires_tls=True)
        for attempt in (sender.send(MAIL), sender.try_out()):
            with pytest.raises(TemporaryMailError, match="offers no STARTTLS, which SMTP_STARTTLS requires"):
                await attempt
        await SmtpSender(room.url).try_out()
    assert room.taken == []


async def test_starttls_is_used_where_offered_and_its_certificate_checked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Proves that an unknown certificate stops the mail, and that a known one encrypts it."""
    certificate, key = _certificate(tmp_path)
    tls = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    tls.load_cert_chain(certificate, key)
    async with mailroom(tls) as room:
        with pytest.raises(TemporaryMailError):
            await SmtpSender(room.url).send(MAIL)
        assert room.taken == []
        monkeypatch.setenv("SSL_CERT_FILE", str(certificate))
        await SmtpSender(room.url).send(MAIL)
    assert room.encrypted == [True]


def _certificate(folder: Path) -> tuple[Path, Path]:
    """A certificate for this machine that nobody knows."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=localhost"
    extra = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
    try:
        subprocess.run([*command.split(), *extra], check=True, capture_output=True)
    except FileNotFoundError:
        pytest.skip("openssl is not installed")
    return certificate, key


@pytest.mark.parametrize("url", ["", "127.0.0.1:25", "http://mail.example", "smtp://", "smtp://host:port"])
def test_an_address_that_is_none_is_refused_at_once(url: str) -> None:
    """Proves that a wrong setting is found at the start and not at the first mail."""
    with pytest.raises(ValueError, match=r"smtp://|port"):
        SmtpSender(url)
