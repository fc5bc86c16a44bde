"""The customer's routes. Opening a page changes nothing; answering is a form with a button."""

from typing import Final
from urllib.parse import quote
from uuid import UUID

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import RedirectResponse, Response

from adapters.db.archive import find_document
from adapters.db.inbox import NewCommand, find_command, find_undecided_answer
from adapters.db.views import CommandStatus, CommandView
from api.commands import Decided
from api.customer.forms import Form, read_acceptance, read_rejection
from api.customer.html_route import HtmlRoute
from api.customer.pages import PRIVATE, STYLE, STYLE_PATH, notice, page
from api.customer.quotes import LinkRevokedError, LinkUnknownError, Opened, open_link
from api.customer.reading import read_form
from api.customer.standing import Page
from api.documents import document_answer
from api.services import Services, services_of
from domain import wording
from domain.errors import QuoteError
from domain.quotes.document import DocumentKind
from domain.quotes.status import QuoteStatus

router: Final = APIRouter(prefix="/q", route_class=HtmlRoute, include_in_schema=False)

_READS: Final = ["GET", "HEAD"]
_LONGEST_USER_AGENT: Final = 500
_STATUS_OF_REFUSED: Final = 409


@router.api_route(STYLE_PATH.removeprefix("/q"), methods=_READS)
async def style(_request: Request) -> Response:
    """The one style sheet."""
    headers = {"Cache-Control": "public, max-age=31536000, immutable", "X-Content-Type-Options": "nosniff"}
    return Response(STYLE, media_type="text/css", headers=headers)


@router.api_route("/{token}", methods=_READS)
async def show(request: Request, token: str) -> Response:
    """The quote as the link shows it now; `?c=` names a command of this quote whose outcome is awaited."""
    services = services_of(request)
    try:
        opened = await open_link(services, token)
    except (LinkUnknownError, LinkRevokedError) as closed:
        return _closed(request, closed)
    command = await _awaited(services, opened, request.query_params.get("c"))
    if command is None:
        command = await _undecided(services, opened)
    if command is None or command.status is CommandStatus.APPLIED:
        return _shown(request, opened)
    if command.status is CommandStatus.PENDING:
        return _processing(request, opened, command.id, command)
    return _refused(request, opened, command)


@router.api_route("/{token}/pdf", methods=_READS)
async def pdf(request: Request, token: str) -> Response:
    """The document of the version that this link is for, as it was sent."""
    services = services_of(request)
    try:
        opened = await open_link(services, token)
    except (LinkUnknownError, LinkRevokedError) as closed:
        return _closed(request, closed)
    async with services.database.read() as r:
        link = opened.link
        found = await find_document(r, link.quote_id, link.version, DocumentKind.QUOTE)
    if found is None:
        title, text = "The document is being made", "Please try again in a minute."
        return notice(request, 503, title, text, headers={"Retry-After": "30"})
    filename = f"{opened.quote.number}-v{link.version}.pdf"
    return document_answer(request, found, filename=filename, headers=PRIVATE)


@router.post("/{token}/accept")
async def accept(request: Request, token: str) -> Response:
    """The customer's yes to the version shown."""
    return await _answer(request, token, "accept")


@router.post("/{token}/reject")
async def reject(request: Request, token: str) -> Response:
    """The customer's no to the version shown."""
    return await _answer(request, token, "reject")


@router.api_route("/{token}/", methods=_READS)
@router.api_route("/{token}/accept", methods=_READS)
@router.api_route("/{token}/reject", methods=_READS)
async def back(request: Request, token: str) -> Response:  # noqa: ARG001 - the framework passes it by name
    """Where the address bar is left after a form with errors: back to the page itself."""
    return RedirectResponse(f"/q/{quote(token)}", status_code=303, headers={"Cache-Control": "no-store"})


@router.api_route("/{rest:path}", methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
async def nothing(request: Request, rest: str) -> Response:  # noqa: ARG001 - the framework passes it by name
    """Any other address or method under /q/."""
    return _closed(request, LinkUnknownError())


async def _answer(request: Request, token: str, action: str) -> Response:
    services = services_of(request)
    try:
        opened = await open_link(services, token)
    except (LinkUnknownError, LinkRevokedError) as closed:
        return _closed(request, closed)
    read = read_acceptance if action == "accept" else read_rejection
    form = read(await read_form(request), opened.link.version)
    if form.errors:
        return _shown(request, opened, form=form)
    try:
        verdict = await services.commands.submit(_command(request, opened, form))
    except QuoteError:  # what the record cannot hold, or a quote that is gone: the form says so
        return _shown(request, opened, form=_unsendable(form))
    if isinstance(verdict, Decided):
        return await _decided(request, token, verdict.command)
    command = await _awaited(services, opened, verdict.command_id)
    return _processing(request, opened, verdict.command_id, command)


def _command(request: Request, opened: Opened, form: Form) -> NewCommand:
    link, typed = opened.link, form.values
    payload: dict[str, str] = {
        "method": "online",
        "link_id": link.id,
        "recipient": link.recipient,
        "ip": request.client.host if request.client else "",
        "user_agent": wording.one_line(request.headers.get("user-agent", ""))[:_LONGEST_USER_AGENT],
    }
    if form.action == "accept":
        payload |= {
            "signer_name": typed["signer_name"],
            "signer_email": typed["signer_email"],
            "purchase_order_number": typed["purchase_order_number"],
            "consent_text": opened.offer.shop.consent_text,
        }
    else:
        payload["reason"] = typed["reason"]
    return NewCommand(
        name=form.action,
        quote_id=link.quote_id,
        actor=f"link:{link.id}",
        payload={name: value for name, value in payload.items() if value},
        shown_version=link.version,
    )


async def _decided(request: Request, token: str, command: CommandView) -> Response:
    """Applied: to the page, by a redirect, so that reloading it sends nothing again. Refused: why."""
    repeats = command.name == "reject" and command.current_status is QuoteStatus.REJECTED
    if command.status is CommandStatus.APPLIED or repeats:
        return RedirectResponse(f"/q/{token}", status_code=303, headers={"Cache-Control": "no-store"})
    opened = await open_link(services_of(request), token)
    return _refused(request, opened, command)


async def _awaited(services: Services, opened: Opened, command_id: str | None) -> CommandView | None:
    """The command by its id, when it is one of this quote's."""
    try:
        wanted = str(UUID(command_id or ""))
    except ValueError:
        return None
    async with services.database.read() as r:
        command = await find_command(r, wanted)
    return command if command and command.quote_id == opened.link.quote_id else None


async def _undecided(services: Services, opened: Opened) -> CommandView | None:
    """What was answered by this link and is still being processed: nobody should be asked again."""
    async with services.database.read() as r:
        return await find_undecided_answer(r, opened.link.quote_id, f"link:{opened.link.id}")


def _shown(request: Request, opened: Opened, *, form: Form | None = None) -> Response:
    """The page as it stands; a form with errors comes back as it was typed, where it can still be sent."""
    offer = opened.offer
    if form is None:
        return page(request, f"{offer.page}.html", offer=offer, form=Form(action=""), late=None)
    status = 422 if offer.page is Page.OFFER else _STATUS_OF_REFUSED
    late = None if offer.page is Page.OFFER else form.action
    return page(request, f"{offer.page}.html", status=status, offer=offer, form=form, late=late)


def _refused(request: Request, opened: Opened, command: CommandView) -> Response:
    """The page as it stands now, which is the reason, with a word about what was just sent."""
    offer = opened.offer
    return page(
        request,
        f"{offer.page}.html",
        status=_STATUS_OF_REFUSED,
        offer=offer,
        form=Form(action=""),
        late=command.name,
    )


def _processing(request: Request, opened: Opened, command_id: str, command: CommandView | None) -> Response:
    received = wording.clock(command.received_at, opened.quote.quote.time_zone) if command else None
    return page(
        request,
        "processing.html",
        status=202,
        offer=opened.offer,
        received_at=received,
        command_id=command_id,
    )


def _unsendable(form: Form) -> Form:
    return Form(
        action=form.action,
        values=form.values,
        errors={"version": "This could not be sent. Please open the page again from your mail."},
    )


def _closed(request: Request, closed: Exception) -> Response:
    if isinstance(closed, LinkRevokedError):
        return notice(
            request,
            410,
            "This link is no longer valid",
            "The sender has closed it. Please answer the mail it came with to get a new one.",
        )
    return notice(
        request,
        404,
        "There is nothing at this address",
        "Please check that the link from your mail is complete. It ends with 43 letters and digits.",
    )
