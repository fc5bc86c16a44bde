"""What would be sent if a quote were sent now: page, document and email, stored nowhere."""

from dataclasses import dataclass
from email import message_from_bytes, policy
from email.message import EmailMessage
from typing import Annotated, Any, Final, Self

from fastapi import Body, Depends
from pydantic import Field
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

from adapters import logs
from adapters.db.parties.customers import CustomerView, find_customer
from adapters.db.quotes.repository import PgQuotes
from adapters.db.record.offers import find_offer_to_send
from adapters.db.record.views import LinkView
from adapters.mail.compose import UnsafeHeaderError, compose
from adapters.mail.render import Attachment, Mail
from adapters.mail.sender import TemporaryMailError
from adapters.pdf.drafts import DraftFailedError, DraftsBusyError
from api.customer.link import preview
from api.customer.responses import preview_page
from api.html import PRIVATE
from api.http.auth import actor_of
from api.http.downloads import BYTES, PDF
from api.http.fields import Uuid
from api.http.preconditions import ExpectedVersion
from api.http.problem import FieldError, ProblemError, invalid, unavailable
from api.http.refusals import problem_of_rule
from api.json_answer import Answer, answered
from api.services import Services, ServicesDep
from api.v1.quotes.actions import sending_asked
from api.v1.quotes.bodies import PreviewBody
from api.v1.router import CHANGE, Responses, problems, quote_or_problem, router
from domain.presentation.document import DOCUMENT_OF, DocumentKind, QuoteDocument
from domain.presentation.offer import Offer
from domain.presentation.preview import DRAFT, Sending, would_send
from domain.quotes.notices import Reader
from domain.quotes.record import QuoteView
from domain.quotes.validity import links_end_at

_log = logs.logger(__name__)

LINK_TO_BE: Final = "this-link-is-made-when-the-quote-is-sent"
"""Stands where the reader's own link will, and leads nowhere."""

_AGAIN_SECONDS: Final = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Previewed:
    """What a sending would tell one of its readers."""

    quote: QuoteView
    customer: CustomerView
    sending: Sending
    reader: Reader
    offer: Offer

    @property
    def content_hash(self) -> str:
        """Of the version that would be sent."""
        return self.sending.sent.content_hash


async def _previewed(
    request: Request,
    services: ServicesDep,
    quote_id: Uuid,
    expected: ExpectedVersion,
    body: Annotated[PreviewBody | None, Body()] = None,
) -> Previewed:
    """As asked for by a request."""
    return await previewed(
        services, quote_id, body or PreviewBody(), actor=actor_of(request), expected=expected
    )


async def previewed(
    services: Services, quote_id: str, body: PreviewBody, *, actor: str, expected: int | None = None
) -> Previewed:
    """What a sending by `actor` would tell the reader. Raises ProblemError wherever sending would."""
    async with services.database.read() as reading:
        await quote_or_problem(reading, quote_id)
    asked = await sending_asked(services, quote_id, body)
    async with services.database.read() as reading:
        quote = await quote_or_problem(reading, quote_id)
        sending = would_send(quote.quote, asked, at=quote.now, actor=actor, expected_state_version=expected)
        if not isinstance(sending, Sending):
            raise problem_of_rule(
                sending.code, sending.detail, asked, status=sending.status, allowed=sending.allowed
            )
        reader = _reader(sending, body.reader)
        customer = await find_customer(reading, quote.quote.customer_id)
        offer = await find_offer_to_send(
            reading,
            quote_id,
            sending.sent.version,
            asked,
            contact=quote.contact,
            valid_until=sending.sent.valid_until,
            at=sending.at,
        )
    if customer is None or offer is None:
        raise ProblemError("quote_not_found", "The quote's customer no longer exists.")
    return Previewed(quote=quote, customer=customer, sending=sending, reader=reader, offer=offer)


PreviewedDep = Annotated[Previewed, Depends(_previewed)]


def _reader(sending: Sending, wanted: str | None) -> Reader:
    """The recipient who is named, else the first."""
    if wanted is None:
        return sending.readers[0]
    known = {each.address.casefold(): each for each in sending.readers}
    if (found := known.get(wanted.casefold())) is not None:
        return found
    error = FieldError(pointer="/reader", code="not_a_recipient", message="must be one of the recipients")
    raise invalid(error, detail="The quote would not go to this reader.")


routes = router("quotes")
_RESPONSES: Responses = {**CHANGE, **problems(404, 409, 412)}


def _preview(of: str, media_type: str, description: str) -> dict[str, Any]:
    content = (
        BYTES if media_type == PDF else {"schema": {"type": "string"}} if media_type == "text/html" else {}
    )
    return {
        "path": f"/quotes/{{quote_id}}/preview/{of}",
        "operation_id": f"preview_{of}",
        "summary": f"Preview the {of}" if of != "pdf" else "Preview the PDF",
        "responses": {**_RESPONSES, 200: {"content": {media_type: content}, "description": description}},
    }


@routes.post(**_preview("page", "text/html", "The page, complete in itself"), response_class=HTMLResponse)
async def preview_of_page(request: Request, services: ServicesDep, shown: PreviewedDep) -> Response:
    """The customer's page as the reader would see it if the quote were sent now. Nothing is stored or sent; links and forms
    do nothing, and the page loads nothing.
    """
    return await page_previewed(request, services, shown)


async def page_previewed(request: Request, services: Services, shown: Previewed) -> HTMLResponse:
    """The page, complete in itself."""
    link = LinkView(
        id="",
        quote_id=shown.quote.quote.id,
        version=shown.offer.version,
        recipient=shown.reader.address,
        created_at=shown.sending.at,
        viewed_at=None,
        revoked_at=None,
        may_accept=shown.reader.may_accept,
    )
    async with services.database.read() as reading:
        view = await preview(reading, link, shown.offer, shown.content_hash, at=shown.sending.at)
        version = await PgQuotes(reading).version(link.quote_id, link.version)
    if version is None:
        raise AssertionError("a version that would be sent is there")
    return preview_page(request, view, version.content)


@routes.post(**_preview("pdf", PDF, "The PDF, with a watermark on every page"), response_class=Response)
async def preview_of_pdf(services: ServicesDep, shown: PreviewedDep) -> Response:
    """The document as it would be made if the quote were sent now, marked as a draft on every page. It is kept nowhere. One
    is made at a time: 503 `preview_unavailable` where that takes too long.
    """
    return await pdf_previewed(services, shown)


async def pdf_previewed(services: Services, shown: Previewed) -> Response:
    """The document with its watermark. Raises ProblemError where it cannot be made now."""
    letter = QuoteDocument(offer=shown.offer, content_hash=shown.content_hash, watermark=DRAFT)
    try:
        content = await services.drafts.quote(letter)
    except DraftsBusyError:
        detail = "Other documents are being made, or this one takes long to make."
        raise unavailable("preview_unavailable", detail, retry_after=_AGAIN_SECONDS) from None
    except DraftFailedError as problem:
        _log.error("document_not_made", quote_id=shown.quote.quote.id, error=str(problem))
        detail = "The document cannot be made; its email would go out without it, after some minutes."
        raise ProblemError("internal_error", detail) from None
    name = f"{shown.offer.number}-v{shown.offer.version}-draft.pdf"
    return Response(
        content, media_type=PDF, headers={**PRIVATE, "Content-Disposition": f'inline; filename="{name}"'}
    )


class EmailImageAnswer(Answer):
    """A picture within the email: its HTML names it as `cid:` and its `content_id`. `data` is a data URI."""

    content_id: str
    data: str


class EmailPreviewAnswer(Answer):
    """An email that was not sent. Where the reader's own link will stand is a placeholder. `attachments` are names of
    files.
    """

    sender: str = Field(alias="from", examples=["Keller Präzision <quotes@keller.example>"])
    reply_to: str
    to: str
    subject: str
    text: str
    html: str
    attachments: list[str]
    images: list[EmailImageAnswer]

    @classmethod
    def of(cls, mail: Mail) -> Self:
        """As a mail server would be given it. Raises UnsafeHeaderError, TemporaryMailError."""
        made = message_from_bytes(compose(mail).source, _class=EmailMessage, policy=policy.SMTP)
        picture, logo = mail.message.offer.seller.logo, mail.logo
        sender: dict[str, Any] = {
            "from": str(made["From"])
        }  # as it is answered: it cannot be named as an argument
        return cls(
            **sender,
            reply_to=str(made["Reply-To"]),
            to=str(made["To"]),
            subject=str(made["Subject"]),
            text=_words(made, "plain"),
            html=_words(made, "html"),
            attachments=[each.filename for each in mail.attachments],
            images=[EmailImageAnswer(content_id=logo.cid, data=picture)] if logo and picture else [],
        )


def _words(made: EmailMessage, subtype: str) -> str:
    part = made.get_body((subtype,))
    content: str = part.get_content() if part else ""
    return content.replace("\r\n", "\n")


@routes.post(**{**_preview("email", "application/json", "The email"), "response_model": EmailPreviewAnswer})
async def preview_of_email(services: ServicesDep, shown: PreviewedDep) -> Response:
    """The email that the reader would get if the quote were sent now. Nothing is stored or sent: the link in it is a
    placeholder. 409 `email_not_composed` where none can be written, as long as the seller has no address, say.
    """
    return answered(email_previewed(services, shown), headers=PRIVATE)


def email_previewed(services: Services, shown: Previewed) -> EmailPreviewAnswer:
    """The email in its parts. Raises ProblemError where none can be written."""
    try:
        return EmailPreviewAnswer.of(_mail(services, shown))
    except (UnsafeHeaderError, TemporaryMailError) as problem:
        raise ProblemError("email_not_composed", f"No email can be sent so: {problem}.") from None


def _mail(services: Services, shown: Previewed) -> Mail:
    message = shown.sending.message(
        shown.reader,
        shown.offer,
        owner=shown.quote.owner,
        contacts=shown.customer.contacts,
        company=shown.customer.email,
    )
    kind = DOCUMENT_OF.get(message.kind)
    name = kind.filename(shown.offer.number, shown.offer.version) if kind is DocumentKind.QUOTE else None
    return Mail(
        message=message,
        link=f"{services.settings.public_url.rstrip('/')}/q/{LINK_TO_BE}",
        link_until=links_end_at(message.told.decided_at, services.settings.link_days),
        attachments=(Attachment(filename=name, content=b""),) if name else (),
    )
