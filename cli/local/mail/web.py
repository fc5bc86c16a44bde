"""The inbox in a browser, and the same mails as JSON."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

from fastapi import FastAPI, HTTPException, Response
from fastapi.responses import HTMLResponse
from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape

from cli.local.mail.store import Caught, MailStore, body, payload, summary, with_pictures

LINK = re.compile(r"https?://[^\s<>\"']+[^\s<>\"'.,;:!?)\]]")

KILO = 1000

HEAD = re.compile(r"<head[^>]*>", re.IGNORECASE)

# A mail's HTML is a stranger's: it may show itself and open links in new tabs, and nothing else. It runs no script;
# that it is of the same origin lets the page around it measure how long it is.
STRANGER = (
    "sandbox allow-same-origin allow-popups allow-popups-to-escape-sandbox; "
    "default-src 'none'; style-src 'unsafe-inline'; img-src data:"
)

# What a browser shows by itself, and cannot run.
SHOWN = {"application/pdf", "image/png", "image/jpeg", "text/plain"}


def create_inbox(store: MailStore) -> FastAPI:
    app = FastAPI(docs_url=None, redoc_url=None, openapi_url=None)
    folder = FileSystemLoader(Path(__file__).with_name("templates"))
    pages = Environment(loader=folder, autoescape=True, undefined=StrictUndefined)
    pages.filters |= {"links": _with_links, "bytes": _bytes}
    told: dict[str, dict[str, Any]] = {}

    def once(mail: Caught) -> dict[str, Any]:
        # Decoding a mail and its attachments takes milliseconds, and who waits for one asks many times.
        if mail.id not in told:
            told[mail.id] = summary(mail)
        return told[mail.id]

    @app.get("/livez")
    def livez() -> dict[str, str]:
        return {"status": "ok"}

    @app.get("/api/messages")
    def messages(subject: str = "", to: str = "") -> list[dict[str, Any]]:
        """All of them, or those whose subject, and whose recipient, hold these words."""
        mails = (once(mail) for mail in store.all())
        return [mail for mail in mails if subject in mail["subject"] and to in mail["to"]]

    @app.get("/", response_class=HTMLResponse)
    def inbox() -> str:
        mails = [once(mail) for mail in reversed(store.all())]
        return pages.get_template("inbox.html").render(mails=mails)

    @app.get("/messages/{mail_id}", response_class=HTMLResponse)
    def one(mail_id: str) -> str:
        return pages.get_template("message.html").render(mail=summary(_found(store, mail_id)))

    _add_parts(app, store)
    return app


def _add_parts(app: FastAPI, store: MailStore) -> None:
    """What a mail's page embeds or links to."""

    @app.get("/messages/{mail_id}/html")
    def html(mail_id: str) -> Response:
        message = _found(store, mail_id).message
        content = with_pictures(message, body(message, "html") or "")
        headers = {"Content-Security-Policy": STRANGER, "Referrer-Policy": "no-referrer"}
        return HTMLResponse(_in_new_tabs(content), headers=headers)

    @app.get("/messages/{mail_id}/attachments/{number}")
    def attachment(mail_id: str, number: int) -> Response:
        parts = list(_found(store, mail_id).message.iter_attachments())
        if not 1 <= number <= len(parts):
            raise HTTPException(404, "No such attachment.")
        part = parts[number - 1]
        name = quote(part.get_filename() or f"part-{number}")
        kind = part.get_content_type()
        way = "inline" if kind in SHOWN else "attachment"
        headers = {
            "Content-Disposition": f"{way}; filename*=UTF-8''{name}",
            "X-Content-Type-Options": "nosniff",
        }
        return Response(payload(part), media_type=kind, headers=headers)


def _found(store: MailStore, mail_id: str) -> Caught:
    mail = store.get(mail_id)
    if mail is None:
        raise HTTPException(404, "No such mail.")
    return mail


def _bytes(size: int) -> str:
    """As people read it: 512 bytes, 24 kB."""
    return f"{size} bytes" if size < KILO else f"{round(size / KILO):,} kB"


def _in_new_tabs(html: str) -> str:
    base = '<base target="_blank">'
    head = HEAD.search(html)
    return html[: head.end()] + base + html[head.end() :] if head else base + html


def _with_links(text: str) -> Markup:
    """Plain text with its addresses made clickable; everything else is escaped."""
    out, end = Markup(), 0
    for match in LINK.finditer(text):
        out += escape(text[end : match.start()])
        out += Markup('<a href="{0}" target="_blank" rel="noopener">{0}</a>').format(match[0])
        end = match.end()
    return out + escape(text[end:])
