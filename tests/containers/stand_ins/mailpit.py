"""Catches mails on 1025; `GET /api/v1/messages` and `GET /api/v1/message/{id}` on 8025 show them as Mailpit does."""

import json
import sys
import threading
import urllib.request
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import default
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from aiosmtpd.controller import Controller
from aiosmtpd.smtp import SMTP, Envelope, Session

CAUGHT: list[dict[str, Any]] = []


class Catcher:
    """Keeps every mail in memory."""

    async def handle_DATA(self, _server: SMTP, _session: Session, envelope: Envelope) -> str:  # noqa: N802 - aiosmtpd's name
        mail = message_from_bytes(envelope.original_content or b"", policy=default)
        assert isinstance(mail, EmailMessage)
        text = mail.get_body(("plain",))
        CAUGHT.append(
            {
                "ID": str(len(CAUGHT)),
                "Subject": str(mail["Subject"]),
                "To": [{"Address": address} for address in envelope.rcpt_tos],
                "Attachments": len(list(mail.iter_attachments())),
                "Text": text.get_content() if text else "",
            }
        )
        return "250 OK"


class Api(BaseHTTPRequestHandler):
    """Mailpit's API, as far as it is used."""

    def do_GET(self) -> None:
        if self.path == "/readyz":
            found: Any = {}
        elif self.path.startswith("/api/v1/messages"):
            found = {"messages": CAUGHT[::-1]}
        elif self.path.startswith("/api/v1/message/"):
            found = CAUGHT[int(self.path.rpartition("/")[2])]
        else:
            self.send_error(404)
            return
        body = json.dumps(found).encode()
        self.send_response(200)
        self.send_header("Content-Type", "application/json")
        self.send_header("Content-Length", str(len(body)))
        self.end_headers()
        self.wfile.write(body)

    def log_message(self, *_: object) -> None:
        """Say nothing."""


def main() -> None:
    """Serve, or with the word `readyz` ask whether somebody does."""
    if sys.argv[1:] == ["readyz"]:
        urllib.request.urlopen("http://127.0.0.1:8025/readyz", timeout=4)
        return
    Controller(Catcher(), hostname="0.0.0.0", port=1025, enable_SMTPUTF8=True).start()  # noqa: S104 - a container's own
    threading.Thread(target=ThreadingHTTPServer(("0.0.0.0", 8025), Api).serve_forever).start()  # noqa: S104 - as above


if __name__ == "__main__":
    main()
