"""What would be sent if a quote were sent now: decided by the rules of a sending, and recorded nowhere."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final

from domain.presentation.message import Hearing, Message, greeted, reply_to, to_be_told, told
from domain.presentation.offer import Offer
from domain.quotes.commands import to_command
from domain.quotes.decide import Refused, decide
from domain.quotes.envelope import Envelope
from domain.quotes.events import Event, Sent
from domain.quotes.notices import Audience, Reader, each_once, notices
from domain.quotes.payloads import SendPayload, for_decision
from domain.quotes.quote import Quote

DRAFT: Final = "DRAFT"
"""The watermark of a document that was not sent."""

_NO_ID: Final = "preview"
_NO_MESSAGE_ID: Final = "<preview@firm-offer.invalid>"


@dataclass(frozen=True, slots=True, kw_only=True)
class Sending:
    """A sending that nobody asked for yet: `before` is the quote as it is, `after` as it would be, `event` what the log
    would hold.
    """

    before: Quote
    after: Quote
    event: Event
    sent: Sent
    asked: SendPayload
    at: datetime

    @property
    def readers(self) -> tuple[Reader, ...]:
        """Who would be sent it, each once, in the order given."""
        return tuple(
            Reader(address=each, may_accept=self.asked.may_accept(each))
            for each in each_once(self.asked.recipients or ())
        )

    def message(
        self,
        reader: Reader,
        offer: Offer,
        *,
        owner: str | None,
        contacts: Sequence[Mapping[str, Any]],
        company: str | None,
    ) -> Message:
        """The email to one of the readers. `owner` keeps the quote, `contacts` and `company`, an address, are the
        customer's.
        """
        kept = to_be_told(self.event, self.before, self.after, self.asked)
        facts = told(kept if reader.may_accept else {**kept, "reads_only": True})
        is_company = (company or "").casefold() == reader.address.casefold()
        [kind] = (
            each.kind for each in notices(self.event, self.before) if each.audience is Audience.RECIPIENTS
        )
        return Message(
            id=_NO_ID,
            key=_NO_ID,
            kind=kind,
            audience=Audience.RECIPIENTS,
            recipient=reader.address,
            message_id=_NO_MESSAGE_ID,
            thread_id=_NO_MESSAGE_ID,
            quote_id=self.before.id,
            link_id=None,
            created_at=self.at,
            now=self.at,
            reply_to=reply_to(Audience.RECIPIENTS, owner, offer, facts),
            offer=offer,
            told=facts,
            anchor=None,
            hearing=Hearing(),
            failure=None,
            is_skipped=False,
            greeted=greeted(contacts, reader.address, offer if is_company else None),
        )


def would_send(
    quote: Quote,
    asked: SendPayload,
    *,
    at: datetime,
    actor: str,
    expected_state_version: int | None = None,
) -> Sending | Refused:
    """What would become of the quote if it were sent as `asked` at that instant: the one decision is asked, and nothing
    comes of its answer. Raises MalformedCommandError as a sending would. What has to be confirmed can be looked at before.
    """
    command = Envelope(
        name=asked.name,
        command_id=_NO_ID,
        received_at=at,
        actor=actor,
        expected_state_version=expected_state_version,
        payload={**asked.to_data(), "confirm": list(quote.next_sent.to_confirm)},
    )
    decision = decide(quote, to_command(for_decision(command)))
    if isinstance(decision, Refused):
        return decision
    [(event, sent)] = ((each, each.body) for each in decision.events if isinstance(each.body, Sent))
    return Sending(before=quote, after=decision.quote, event=event, sent=sent, asked=asked, at=at)
