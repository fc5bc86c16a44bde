"""A posted form: read, checked against what the link shows, and sent as the command it stands for."""

import asyncio
import hashlib
from contextlib import suppress
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from adapters.db.database import DatabaseUnavailableError
from adapters.db.inbox.store import Idempotency, NewCommand, find_command
from adapters.db.quotes.links import Confirmed, actor_of, record_view
from adapters.db.record.views import CommandStatus, CommandView
from api.customer.forms import Asks, Form, Shown, read_acceptance, read_form, read_rejection, read_request
from api.customer.link import Opened, open_link
from api.customer.responses import COMMANDS, back_to, processing, refused, returned, stamps_of
from api.dispatch.submit import Decided, Verdict
from api.services import Services, services_of
from domain import wording
from domain.errors import QuoteError
from domain.quotes.status import QuoteStatus
from domain.quotes.status import Request as CustomerRequest

_LONGEST_USER_AGENT: Final = 500
_PATIENCE_SECONDS: Final = 1.0
_UNSENDABLE: Final = "This could not be sent. Please open the page again from your mail."


async def answer(request: Request, token: str, asks: Asks) -> Response:
    """What becomes of a posted form: the page again, or the outcome of its command."""
    services = services_of(request)
    opened = await open_link(services, token)
    form = _read(asks, await read_form(request), opened)
    if form.errors or form.is_stale:
        return returned(request, opened, form)
    noted = asyncio.create_task(_note_view(services, opened))
    try:
        verdict = await services.commands.submit(_command(request, opened, form))
    except QuoteError:  # what the record cannot hold, or a quote that is gone: the form says so
        unsendable = Form(asks=form.asks, values=form.values, errors={"form": _UNSENDABLE})
        return returned(request, opened, unsendable)
    finally:
        await noted
    return await _outcome(request, token, opened, verdict)


async def _note_view(services: Services, opened: Opened) -> None:
    """Beside the command: neither its received time nor its fate may hang on this."""
    if not opened.view.confirms_view:
        return
    with suppress(DatabaseUnavailableError, TimeoutError):
        async with asyncio.timeout(_PATIENCE_SECONDS), services.database.write() as w:
            await record_view(w, opened.link, Confirmed.FORM)


def _read(asks: Asks, fields: dict[str, str], opened: Opened) -> Form:
    content_hash = opened.quote.quote.versions[opened.link.version - 1].content_hash
    shown = Shown(version=opened.link.version, content_hash=content_hash)
    if asks is Asks.ACCEPT:
        return read_acceptance(fields, shown)
    return read_rejection(fields, shown) if asks is Asks.REJECT else read_request(fields, shown, asks)


def _command(request: Request, opened: Opened, form: Form) -> NewCommand:
    link, typed = opened.link, form.values
    payload: dict[str, str] = {"link_id": link.id, "recipient": link.recipient}
    idempotency = None
    if form.asks in {Asks.CHANGE, Asks.EXTENSION}:
        payload["reason"] = typed["wish"]
        idempotency = _once(opened, form)
    else:
        payload |= {
            "method": "online",
            "ip": request.client.host if request.client else "",
            "user_agent": wording.one_line(request.headers.get("user-agent", ""))[:_LONGEST_USER_AGENT],
        }
    if form.asks is Asks.ACCEPT:
        payload |= {
            **{name: typed[name] for name in ("signer_name", "signer_email", "purchase_order_number")},
            "consent_text": opened.view.offer.seller.consent_text,
            "page_opened_at": stamps_of(request).read(link.id, typed["opened_at"]) or "",
        }
    elif form.asks is Asks.REJECT:
        payload["reason"] = typed["reason"]
    return NewCommand(
        name=COMMANDS[form.asks] if form.asks else "",
        quote_id=link.quote_id,
        actor=actor_of(link),
        payload={name: value for name, value in payload.items() if value},
        shown_version=link.version,
        idempotency=idempotency,
    )


def _once(opened: Opened, form: Form) -> Idempotency:
    """The same form with the same words is one request, however often it is sent. With other words (a person
    went back and wrote more) it is another one, and no error.
    """
    said = hashlib.sha256(f"{form.asks}\n{opened.link.version}\n{form.value('wish')}".encode()).hexdigest()
    key = f"{form.value('form_id')}.{said[:32]}"
    return Idempotency(caller=actor_of(opened.link), key=key, body_hash=said)


async def _outcome(request: Request, token: str, opened: Opened, verdict: Verdict) -> Response:
    """Applied: to the page. Refused: why. Not decided yet: that, for a request on the page itself, which
    stays open for an answer.
    """
    if isinstance(verdict, Decided):
        return await _decided(request, token, verdict.command)
    async with services_of(request).database.read() as r:
        command = await find_command(r, verdict.command_id)
    if command is not None and command.name in set(CustomerRequest):
        return back_to(token)
    return processing(request, opened, verdict.command_id, command)


async def _decided(request: Request, token: str, command: CommandView) -> Response:
    repeats = command.name == "reject" and command.current_status is QuoteStatus.REJECTED
    if command.status is CommandStatus.APPLIED or repeats:
        return back_to(token)
    return refused(request, await open_link(services_of(request), token), command)
