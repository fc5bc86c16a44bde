"""The inbox in a browser, and the same mails as JSON. Starlette alone: with FastAPI it takes twice as long to start."""

import re
from pathlib import Path
from typing import Any
from urllib.parse import quote

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from markupsafe import Markup, escape
from starlette.applications import Starlette
from starlette.exceptions import HTTPException
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, Response
from starlette.routing import Route

from cli.local.mail.store import Caught, MailStore, body, payload, summary, with_pictures
from domain import wording

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


def create_inbox(store: MailStore) -> Starlette:
    folder = FileSystemLoader(Path(__file__).with_name("templates"))
    pages = Environment(loader=folder, autoescape=True, undefined=StrictUndefined)
    pages.filters |= {"links": _with_links, "bytes": _bytes}
    told: dict[str, dict[str, Any]] = {}

    def once(mail: Caught) -> dict[str, Any]:
        # Decoding a mail and its attachments takes milliseconds, and who waits for one asks many times.
        if mail.id not in told:
            told[mail.id] = summary(mail)
        return told[mail.id]

    def livez(_: Request) -> Response:
        return JSONResponse({"status": "ok"})

    def messages(request: Request) -> Response:
        """All of them, or those whose subject, and whose recipient, hold these words."""
        subject, to = (request.query_params.get(name, "") for name in ("subject", "to"))
        mails = (once(mail) for mail in store.all())
        return JSONResponse([mail for mail in mails if subject in mail["subject"] and to in mail["to"]])

    def inbox(_: Request) -> Response:
        mails = [once(mail) for mail in reversed(store.all())]
        return HTMLResponse(pages.get_template("inbox.html").render(mails=mails))

    def one(request: Request) -> Response:
        return HTMLResponse(pages.get_template("message.html").render(mail=summary(_found(store, request))))

    def html(request: Request) -> Response:
        message = _found(store, request).message
        content = with_pictures(message, body(message, "html") or "")
        headers = {"Content-Security-Policy": STRANGER, "Referrer-Policy": "no-referrer"}
        return HTMLResponse(_in_new_tabs(content), headers=headers)

    def attachment(request: Request) -> Response:
        return _attachment(_found(store, request), request.path_params["number"])

    return Starlette(
        routes=[
            Route("/livez", livez),
            Route("/api/messages", messages),
            Route("/", inbox),
            Route("/messages/{mail_id}", one),
            Route("/messages/{mail_id}/html", html),
            Route("/messages/{mail_id}/attachments/{number:int}", attachment),
        ]
    )


def _attachment(mail: Caught, number: int) -> Response:
    parts = list(mail.message.iter_attachments())
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


def _found(store: MailStore, request: Request) -> Caught:
    mail = store.get(request.path_params["mail_id"])
    if mail is None:
        raise HTTPException(404, "No such email.")
    return mail


def _bytes(size: int) -> str:
    """As people read it: 512 bytes, 24 kB."""
    return f"{size} bytes" if size < KILO else f"{wording.number(round(size / KILO))} kB"


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
