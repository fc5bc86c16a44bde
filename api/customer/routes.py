"""The customer's routes. Opening a page changes nothing; answering is a form with a button."""

from typing import Final

from fastapi import APIRouter
from starlette.requests import Request
from starlette.responses import Response

from adapters.db.inbox.store import find_command
from adapters.db.quotes.archive import find_document
from adapters.db.quotes.links import Confirmed, record_view
from adapters.db.quotes.stored_files import read_stored
from adapters.db.record.outbox import list_messages
from adapters.db.record.views import CommandView
from api.customer import pages
from api.customer.forms import FormName
from api.customer.html_route import HtmlRoute, nothing_here
from api.customer.link import LinkUnknownError, Opened, find_logo, open_link
from api.customer.pages import notice
from api.customer.responses import back_to, processing, refused, repeats, standing_page
from api.customer.submit import answer, show_choice
from api.html import PRIVATE
from api.http.downloads import document_answer, file_answer
from api.services import Services, services_of
from domain.presentation.document import DocumentKind
from domain.presentation.images import media_type
from domain.quotes.notices import UNFINISHED
from domain.quotes.status import CommandStatus, CustomerRequest
from domain.uuids import read_uuid

router: Final = APIRouter(prefix="/q", route_class=HtmlRoute, include_in_schema=False)

_READS: Final = ["GET", "HEAD"]


@router.api_route(pages.STYLE.path.removeprefix("/q"), methods=_READS)
async def style(_request: Request) -> Response:
    """The one style sheet."""
    return pages.STYLE.answer()


@router.api_route(pages.SCRIPT.path.removeprefix("/q"), methods=_READS)
async def script(_request: Request) -> Response:
    """The one script."""
    return pages.SCRIPT.answer()


@router.api_route("/assets/accent.{colour}.css", methods=_READS)
async def accent(request: Request, colour: str) -> Response:
    """The shop's colour."""
    return pages.accent_style(colour) or nothing_here(request)


@router.api_route("/{token}", methods=_READS)
async def show(request: Request, token: str) -> Response:
    """The quote as the link shows it now; `?c=` names a command of this quote whose outcome is awaited. 202 as
    long as there is none: that is what the page's script looks for.
    """
    services = services_of(request)
    opened = await open_link(services, token)
    command = await _awaited(services, opened, request.query_params.get("c")) or opened.undecided
    if command is None or command.status is CommandStatus.APPLIED or repeats(command):
        return standing_page(request, opened)
    if command.status is CommandStatus.REFUSED:
        return refused(request, opened, command)
    if command.name in set(CustomerRequest):
        return standing_page(request, opened, status=202)
    return processing(request, opened, command.id, command)


@router.api_route("/{token}/pdf", methods=_READS)
async def pdf(request: Request, token: str) -> Response:
    """The document of the version that this link is for, as it was sent."""
    opened = await open_link(services_of(request), token)
    return await _document(request, opened, DocumentKind.QUOTE)


@router.api_route("/{token}/certificate", methods=_READS)
async def certificate(request: Request, token: str) -> Response:
    """The certificate of the acceptance, for links of the version that was accepted."""
    opened = await open_link(services_of(request), token)
    acceptance = opened.quote.quote.acceptance
    if acceptance is None or acceptance.version != opened.link.version:
        raise LinkUnknownError
    return await _document(request, opened, DocumentKind.ACCEPTANCE)


@router.api_route("/{token}/logo", methods=_READS)
async def logo(request: Request, token: str) -> Response:
    """The shop's logo, as an image of this origin: pages take no other."""
    image = await find_logo(services_of(request), token)
    if image is None:
        return nothing_here(request)
    return Response(image, media_type=media_type(image), headers=PRIVATE)


@router.api_route("/{token}/files/{sha256}", methods=_READS)
async def file(request: Request, token: str, sha256: str) -> Response:
    """A file of the version that this page shows, if the customer may open it."""
    services = services_of(request)
    opened = await open_link(services, token)
    files = opened.view.offer.sheet.files if opened.view.is_own else ()
    named = next((each for each in files if each.sha256 == sha256), None)
    if named is None:
        return nothing_here(request)
    async with services.database.read() as r:
        found = await read_stored(r, sha256)
    if found is None or not found[1]:
        text = f"A person named in it was forgotten. Please ask {opened.view.offer.seller.name} if you need anything about it."
        return notice(request, 410, "This file has been deleted", text, back=f"/q/{opened.view.token}")
    stored, content = found
    return file_answer(content, stored.media_type, sha256=sha256, name=named.name, headers=PRIVATE)


@router.post("/{token}/viewed")
async def viewed(request: Request, token: str) -> Response:
    """The page's script tells, once, that a person is there: somebody has moved, typed, touched or turned."""
    services = services_of(request)
    opened = await open_link(services, token)
    if opened.view.confirms_view:
        async with services.database.write() as w:
            await record_view(w, opened.link, Confirmed.INTERACTION)
    return Response(status_code=204, headers=PRIVATE)


@router.post("/{token}/choice")
async def choice(request: Request, token: str) -> Response:
    """The page with the sum of what was chosen so far."""
    return await show_choice(request, token)


@router.post("/{token}/accept")
async def accept(request: Request, token: str) -> Response:
    """The customer's yes to the version shown."""
    return await answer(request, token, FormName.ACCEPT)


@router.post("/{token}/reject")
async def reject(request: Request, token: str) -> Response:
    """The customer's no to the version shown."""
    return await answer(request, token, FormName.REJECT)


@router.post("/{token}/change")
async def change(request: Request, token: str) -> Response:
    """The customer asks for something else; the offer stays open."""
    return await answer(request, token, FormName.CHANGE)


@router.post("/{token}/extension")
async def extension(request: Request, token: str) -> Response:
    """The customer asks for more time, once the offer is over."""
    return await answer(request, token, FormName.EXTENSION)


@router.post("/{token}/share")
async def share(request: Request, token: str) -> Response:
    """A colleague is shown the quote, by a mail with a link of their own."""
    return await answer(request, token, FormName.SHARE)


@router.api_route("/{token}/", methods=_READS)
@router.api_route("/{token}/choice", methods=_READS)
@router.api_route("/{token}/accept", methods=_READS)
@router.api_route("/{token}/reject", methods=_READS)
@router.api_route("/{token}/change", methods=_READS)
@router.api_route("/{token}/extension", methods=_READS)
@router.api_route("/{token}/share", methods=_READS)
async def back(request: Request, token: str) -> Response:  # noqa: ARG001 - the framework passes it by name
    """Where the address bar is left after a form with errors: back to the page itself."""
    return back_to(token)


@router.api_route("/{rest:path}", methods=["GET", "HEAD", "POST", "PUT", "PATCH", "DELETE", "OPTIONS"])
async def nothing(request: Request, rest: str) -> Response:  # noqa: ARG001 - the framework passes it by name
    """Any other address or method under /q/."""
    return nothing_here(request)


async def _document(request: Request, opened: Opened, kind: DocumentKind) -> Response:
    link = opened.link
    async with services_of(request).database.read() as r:
        found = await find_document(r, link.quote_id, link.version, kind)
        messages = [] if found else await list_messages(r, link.quote_id)
    if found is None:
        back = f"/q/{opened.view.token}"
        if any(each.status in UNFINISHED for each in messages):
            title, text = "The document is being prepared", "Please try again in a minute."
            return notice(request, 503, title, text, headers={"Retry-After": "30"}, back=back)
        seller = opened.view.offer.seller
        text = f"The quote and your answer are valid without it. Please ask {seller.name} for a copy."
        return notice(request, 503, "The document could not be made", text, back=back)
    if not found.content:
        text = f"A person named in it was forgotten. Please ask {opened.view.offer.seller.name} if you need anything about it."
        return notice(request, 410, "This document has been deleted", text, back=f"/q/{opened.view.token}")
    return document_answer(request, found, number=opened.quote.number, headers=PRIVATE)


async def _awaited(services: Services, opened: Opened, command_id: str | None) -> CommandView | None:
    """The command by its id, when it is one of this quote's."""
    try:
        wanted = read_uuid(command_id or "")
    except ValueError:
        return None
    async with services.database.read() as r:
        command = await find_command(r, wanted)
    return command if command and command.quote_id == opened.link.quote_id else None
