"""From an outbox row to the mail's view: only what the reader may know goes across."""

from datetime import datetime

from adapters.db.parties.seller import Seller
from adapters.db.record.outbox import MessageView
from adapters.mail.logo import logo_of
from adapters.mail.sender import TemporaryMailError
from adapters.mail.view import Attachment, Letterhead, Mailbox, MailView, Reader
from domain.presentation.images import image_bytes
from domain.presentation.sheet import offer_sheet
from domain.quotes.notices import Audience
from domain.wording import one_line, paragraphs


def mail_view(
    message: MessageView,
    *,
    link: str | None,
    attachments: tuple[Attachment, ...] = (),
    document_says: datetime | None = None,
) -> MailView:
    """The mail that `message` asks for; `link` is the customer's, complete, `document_says` the deadline in the
    attached quote.

    Texts that people typed are made safe to show here; names that reach a header are left as they are
    and checked there. Raises TemporaryMailError while the seller has no mail address to write from.
    """
    seller = _letterhead(message.seller)
    quote = message.quote
    return MailView(
        kind=str(message.kind),
        reader=Reader.SELLER if message.audience is Audience.SELLER else Reader.CUSTOMER,
        message_id=message.message_id,
        created_at=message.created_at,
        recipient=message.recipient,
        seller=seller,
        reply_to=_owner(quote.owner, seller),
        customer_name=message.customer.name,
        number=quote.number,
        version=message.version,
        sheet=offer_sheet(message.content),
        valid_until=message.valid_until,
        time_zone=quote.quote.time_zone,
        link=link,
        message=paragraphs(message.personal_message),
        replaces=message.replaces,
        days_left=message.days_left,
        decided_at=message.decided_at,
        signer=_typed(message.signer_name),
        signer_email=_typed(message.signer_email),
        purchase_order_number=_typed(message.purchase_order_number),
        reason=paragraphs(message.reason),
        asked_by=_typed(message.asked_by),
        was_offered=message.was_offered,
        document_says=document_says if document_says != message.valid_until else None,
        attachments=attachments,
    )


def _letterhead(seller: Seller) -> Letterhead:
    if not seller.email:
        raise TemporaryMailError("the seller has no mail address yet")
    return Letterhead(
        name=seller.name,
        email=seller.email,
        address=tuple(seller.address),
        tax_id=seller.tax_id,
        accent=seller.accent,
        logo=logo_of(image_bytes(seller.logo)),
    )


def _owner(owner: str | None, seller: Letterhead) -> Mailbox:
    """The quote's owner where that is a person with an address, else the shop itself."""
    address = owner if owner and "@" in owner else seller.email
    return Mailbox(name=seller.name, email=address)


def _typed(text: str | None) -> str | None:
    return one_line(text) or None if text else None
