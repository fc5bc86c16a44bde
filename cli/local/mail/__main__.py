"""Catches mails on one port and shows them on another, until it is told to end."""

import argparse
import asyncio
from pathlib import Path

import uvicorn
from aiosmtpd.smtp import SMTP, Envelope, Session

from cli.local.free_ports import LOOPBACK
from cli.local.mail.store import MailStore
from cli.local.mail.web import create_inbox


class Catcher:
    """Accepts every mail; `250` is said when it is on disk."""

    def __init__(self, store: MailStore) -> None:
        self._store = store

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        content = envelope.original_content or b""
        mail_id = self._store.save(content, envelope.mail_from or "", list(envelope.rcpt_tos))
        return f"250 OK, kept as {mail_id}"


async def serve(smtp_port: int, http_port: int, folder: Path) -> None:
    store = MailStore(folder)
    loop = asyncio.get_running_loop()
    smtp = await loop.create_server(
        # The name is given because looking it up can take seconds.
        lambda: SMTP(Catcher(store), hostname="localhost", enable_SMTPUTF8=True, loop=loop),
        LOOPBACK,
        smtp_port,
    )
    web = uvicorn.Config(
        create_inbox(store),
        host=LOOPBACK,
        port=http_port,
        log_level="warning",
        lifespan="off",
        timeout_graceful_shutdown=1,
    )
    try:
        await uvicorn.Server(web).serve()
    finally:
        smtp.close()


def main() -> None:
    parser = argparse.ArgumentParser(prog="python -m cli.local.mail", description=__doc__)
    parser.add_argument("--smtp-port", type=int, required=True)
    parser.add_argument("--http-port", type=int, required=True)
    parser.add_argument("--dir", type=Path, required=True)
    options = parser.parse_args()
    asyncio.run(serve(options.smtp_port, options.http_port, options.dir))


if __name__ == "__main__":
    main()
