"""A posted form: read, checked against what the link shows, and sent as the command it stands for."""

import asyncio
import hashlib
import json
from contextlib import suppress
from ipaddress import IPv6Address, ip_address
from typing import Final, TypedDict

from starlette.requests import Request
from starlette.responses import Response

from adapters import logs
from adapters.db.database import DatabaseUnavailableError
from adapters.db.inbox.kept_answers import Idempotency
from adapters.db.inbox.store import NewCommand, find_command
from adapters.db.quotes.links import Confirmed, actor_of, record_view
from adapters.db.quotes.proofs import keep_proof
from adapters.db.record.views import CommandView
from api.customer.choosing import ChosenView, choice_fields, chosen, unread_total
from api.customer.forms import (
    SENDS,
    Form,
    FormName,
    ShownVersion,
    choosing,
    read_acceptance,
    read_rejection,
    read_request,
    read_sharing,
    with_choice,
)
from api.customer.link import Opened, open_link
from api.customer.posted import ORDER, OrderFile, read_posted
from api.customer.responses import (
    back_to,
    bounded,
    processing,
    refused,
    repeats,
    returned,
    stamps_of,
    standing_page,
    takes,
)
from api.customer.unsent import TYPED, Slip, slip_of, unsent
from api.dispatch.submit import Decided, Verdict
from api.http.request_context import arrival_of
from api.services import Services, services_of
from domain import wording
from domain.errors import QuoteError, TooManyRequestsError
from domain.quotes.commands import AcceptanceMethod
from domain.quotes.payloads import ChangePayload, ExtensionPayload, Payload, RejectPayload, SharePayload
from domain.quotes.status import CommandStatus, CustomerRequest

_log = logs.logger(__name__)
_LONGEST_USER_AGENT: Final = 500
_PATIENCE_SECONDS: Final = 1.0
_ONCE: Final = {FormName.CHANGE, FormName.EXTENSION, FormName.SHARE}
_UNSENDABLE: Final = "This could not be sent. Please open the page again from your email."


async def answer(request: Request, token: str, asks: FormName) -> Response:
    """What becomes of a posted form: the page again, or the outcome of its command."""
    services = services_of(request)
    try:
        opened = await open_link(services, token)
    except DatabaseUnavailableError as error:
        return _unsent(request, token, asks, (await read_posted(request)).fields, error)
    posted = await read_posted(request)
    fields = posted.fields
    form, choice = _read(asks, fields, opened), None
    if asks is FormName.ACCEPT and takes(opened, asks) and not form.is_stale:
        form, choice = _with_choice(form, fields, opened)
    if asks is FormName.ACCEPT:
        form = posted.marked(form)
    if form.errors or form.is_stale:
        return returned(request, opened, form)
    noted = asyncio.create_task(_note_view(services, opened))
    try:
        await _keep(services, opened, posted.file)
        command = _command(request, asks, opened, form, choice)
        verdict = await services.commands.submit(
            command, arrived=arrival_of(request.scope), from_customer=True
        )
    except QuoteError as error:
        return _not_taken(request, opened, form, error)
    except DatabaseUnavailableError as error:
        return _unsent(request, token, asks, fields, error, slip_of(opened.view))
    finally:
        await noted
    try:
        return await _outcome(request, token, opened, verdict)
    except DatabaseUnavailableError:  # once it is stored, the answer says so
        command_id = verdict.command.id if isinstance(verdict, Decided) else verdict.command_id
        return processing(request, opened, command_id, None)


async def show_choice(request: Request, token: str) -> Response:
    """The page with what the form's choice comes to, and everything that was typed so far; nothing is stored."""
    opened = await open_link(services_of(request), token)
    posted = await read_posted(request)
    form = _read(FormName.ACCEPT, posted.fields, opened)
    if form.is_stale or not takes(opened, FormName.ACCEPT):
        return returned(request, opened, form)
    return standing_page(request, opened, form=posted.marked(choosing(form)))


def _with_choice(form: Form, fields: dict[str, str], opened: Opened) -> tuple[Form, ChosenView | None]:
    content = opened.quote.content
    choice = chosen(content, fields)
    if choice is None:
        return form, None
    problem = choice.problem or unread_total(content, choice, fields)
    return with_choice(form, choice.missing, problem), choice


async def _keep(services: Services, opened: Opened, file: OrderFile | None) -> None:
    """Before the command that names it is stored; nothing for a quote that takes no answer, whose command is refused."""
    if file is not None and takes(opened, FormName.ACCEPT):
        async with services.database.write() as w:
            await keep_proof(w, file.content, media_type=file.media_type, stored_by=actor_of(opened.link))


def _not_taken(request: Request, opened: Opened, form: Form, error: QuoteError) -> Response:
    """Too many requests by the link, what the record cannot hold, or a quote that is gone: the form says so."""
    if isinstance(error, TooManyRequestsError):
        return bounded(request, opened, form, error)
    unsendable = Form(asks=form.asks, values=form.values, errors={"form": _UNSENDABLE})
    return returned(request, opened, unsendable)


def _unsent(
    request: Request,
    token: str,
    asks: FormName,
    fields: dict[str, str],
    error: DatabaseUnavailableError,
    slip: Slip | None = None,
) -> Response:
    _log.warning("form_not_stored", form=asks, obstacle=error.obstacle)
    return unsent(request, token, asks, fields, slip)


async def _note_view(services: Services, opened: Opened) -> None:
    """Beside the command: neither its received time nor its fate may hang on this."""
    if not opened.view.confirms_view:
        return
    with suppress(DatabaseUnavailableError, TimeoutError):
        async with asyncio.timeout(_PATIENCE_SECONDS), services.database.write() as w:
            await record_view(w, opened.link, Confirmed.FORM)


def _read(asks: FormName, fields: dict[str, str], opened: Opened) -> Form:
    content_hash = opened.quote.quote.versions[opened.link.version - 1].content_hash
    shown = ShownVersion(version=opened.link.version, content_hash=content_hash)
    if asks in {FormName.ACCEPT, FormName.SHARE}:
        return read_acceptance(fields, shown) if asks is FormName.ACCEPT else read_sharing(fields, shown)
    return read_rejection(fields, shown) if asks is FormName.REJECT else read_request(fields, shown, asks)


class _By(TypedDict):
    link_id: str
    recipient: str
    reads_only: bool | None


class _Came(_By):
    method: AcceptanceMethod
    ip: str | None
    user_agent: str | None


def _command(
    request: Request, asks: FormName, opened: Opened, form: Form, choice: ChosenView | None
) -> NewCommand:
    return NewCommand(
        asked=_asked(request, asks, opened, form, choice),
        quote_id=opened.link.quote_id,
        actor=actor_of(opened.link),
        shown_version=opened.link.version,
        idempotency=_once(opened, form) if form.value("form_id") else None,
    )


def _asked(
    request: Request, asks: FormName, opened: Opened, form: Form, choice: ChosenView | None
) -> Payload:
    """What the form says; a field that was left empty says nothing."""
    link, kind = opened.link, SENDS[asks]
    by: _By = {
        "link_id": link.id,
        "recipient": link.recipient,
        "reads_only": None if link.may_accept else True,
    }
    if issubclass(kind, SharePayload):
        note, colleague = form.value("note") or None, form.value("colleague")
        return kind(**by, recipients=[colleague], read_only=None, message=note)
    if issubclass(kind, ChangePayload | ExtensionPayload):
        return kind(**by, reason=form.value("wish") or None)
    user_agent = wording.one_line(request.headers.get("user-agent", ""))[:_LONGEST_USER_AGENT]
    came: _Came = {
        **by,
        "method": AcceptanceMethod.ONLINE,
        "ip": network_address(request.client.host) if request.client else None,
        "user_agent": user_agent or None,
    }
    if issubclass(kind, RejectPayload):
        return kind(**came, reason=form.value("reason") or None)
    return kind(
        **came,
        signer_name=form.value("signer_name"),
        signer_email=form.value("signer_email"),
        purchase_order_number=form.value("purchase_order_number") or None,
        proof_sha256=(form.value(ORDER) or None) if takes(opened, FormName.ACCEPT) else None,
        selection=choice.to_data() if choice else None,
        consent_text=opened.view.offer.seller.consent_text or None,
        page_opened_at=stamps_of(request).read(link.id, form.value("opened_at")),
        recorded_by=None,
    )


def network_address(told: str) -> str | None:
    """An IP address in its usual form; None for anything else. uvicorn takes it from `X-Forwarded-For`, without port and
    brackets, where a proxy that it trusts has set one: then it is whatever stood there.

    A zone (`%eth0`) says something to one machine alone, and may be any text.
    """
    try:
        address = ip_address(told.partition("%")[0])
    except ValueError:
        return None
    mapped = address.ipv4_mapped if isinstance(address, IPv6Address) else None
    return str(mapped or address)


def _once(opened: Opened, form: Form) -> Idempotency:
    """The same form with the same words is one request, however often it is sent. With other words (a person
    went back and wrote more) it is another one, and no error.

    So is an answer to what has changed in between: one that was refused may count after an extension.
    """
    if form.asks in _ONCE:
        words = "\n".join(form.values[name] for name in ("colleague", "note", "wish") if name in form.values)
        words = f"{form.asks}\n{opened.link.version}\n{words}"
    else:
        said_to = (form.asks, opened.link.version, opened.quote.quote.state_version)
        words = json.dumps([*said_to, *(form.value(name) for name in TYPED), *_chose(form), *_attached(form)])
    said = hashlib.sha256(words.encode()).hexdigest()
    key = f"{form.value('form_id')}.{said[:32]}"
    return Idempotency(caller=actor_of(opened.link), key=key, body_hash=said)


def _chose(form: Form) -> list[str]:
    return [f"{name}={value}" for name, value in sorted(choice_fields(form.values).items())]


def _attached(form: Form) -> list[str]:
    return [form.values[ORDER]] if ORDER in form.values else []


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
    if command.status is CommandStatus.APPLIED or repeats(command):
        return back_to(token)
    return refused(request, await open_link(services_of(request), token), command)
