"""Payloads: what a command carries from the API into its inbox row, as plain JSON.

A payload tells more than a decision depends on: names, addresses and words, of which mails and evidence tell again. What
is decided upon is read from it, and checked, by `domain.quotes.commands`. A field without a default is the API's to say
(None, where nobody said it: then it is left out), so that none is forgotten; one with a default is added as the command is
stored.

Of these fields a workflow, and so Temporal's history, gets only those that are declared as `Decisive` or `Counted`
(`for_decision`). Every other one is taken for personal and stays in the inbox.
"""

from collections.abc import Mapping
from dataclasses import Field, dataclass, fields, replace
from enum import Enum, auto
from typing import Annotated, Any, ClassVar, Final, Self, TypeVar, get_args, get_origin

from domain.quotes.envelope import CREATE, Envelope
from domain.quotes.status import Action, CustomerRequest

JsonObject = dict[str, Any]
T = TypeVar("T")


class _Shown(Enum):
    AS_IT_IS = auto()
    AS_MANY = auto()


Decisive = Annotated[T, _Shown.AS_IT_IS]
"""A quote's decision depends on it, and it is about the quote, not about a person."""
Counted = Annotated[T, _Shown.AS_MANY]
"""Of this list the decision depends on how many there are: it travels as a list of so many that are empty. So it is as well
formed as it was, also to a program from before: its run then takes the same steps as one of today.
"""


@dataclass(frozen=True, kw_only=True)
class _Payload:
    """`name` is the command's, and its signal's. Fields are the stored form's keys and must stay."""

    name: ClassVar[str]

    def to_data(self) -> dict[str, Any]:
        """The stored form, without what nobody said."""
        data = {each.name: getattr(self, each.name) for each in fields(self)}
        return {key: value for key, value in data.items() if value is not None}

    @classmethod
    def from_data(cls, data: Mapping[str, Any]) -> Self:
        """What a stored payload tells. Never raises: what has another shape tells nothing, unknown keys are passed over."""
        return cls(**{each.name: _told(each, data.get(each.name)) for each in fields(cls)})

    @classmethod
    def for_decision(cls, data: Mapping[str, Any]) -> dict[str, Any]:
        """Of a stored payload what its decision depends on. Never raises; what has it already is returned as it is."""
        shown = {each.name: _shown(each) for each in fields(cls)}
        return {
            key: [type(each)() for each in value]
            if shown[key] is _Shown.AS_MANY and isinstance(value, list)
            else value
            for key, value in data.items()
            if shown.get(key)
        }


def _shown(of: Field[Any]) -> _Shown | None:
    return next((mark for mark in get_args(of.type) if isinstance(mark, _Shown)), None)


def _told(of: Field[Any], value: object) -> object:
    kind = get_args(of.type)[0]
    kind = get_args(kind)[0] if _shown(of) else kind
    return value if isinstance(value, get_origin(kind) or kind) else None


@dataclass(frozen=True, kw_only=True)
class WithValidity(_Payload):
    """One of the two at most; `valid_until` is a local day or an instant."""

    valid_days: Decisive[int | None]
    valid_until: Decisive[str | None]


@dataclass(frozen=True, kw_only=True)
class _WithLines(WithValidity):
    """Lines and discounts as `domain.offer.line_request` reads them, files as `domain.offer.enclosures` does, texts as
    `domain.offer.content.VersionTexts` has them.
    """

    lines: Counted[list[JsonObject] | None]
    discount: JsonObject | None
    notes: str | None
    files: list[JsonObject] | None
    customer_reference: str | None
    introduction: str | None
    remarks: str | None
    terms: str | None
    delivery_terms: str | None
    no_tax_reason: str | None


@dataclass(frozen=True, kw_only=True)
class Addressed(_Payload):
    """To whom the quote goes, and the mail's own words. Those who are in `read_only` too cannot answer it."""

    recipients: Counted[list[str] | None]
    read_only: list[str] | None
    message: str | None

    def may_accept(self, recipient: str) -> bool:
        """Whether the recipient gets a link by which the quote can be answered."""
        only = (each.casefold() for each in self.read_only or ())
        return recipient.casefold() not in only


@dataclass(frozen=True, kw_only=True)
class WithReason(_Payload):
    """A person's own words."""

    reason: str | None


@dataclass(frozen=True, kw_only=True)
class FromLink(_Payload):
    """The link that the customer came by, and whose it is; None where the shop speaks on the customer's behalf. It may
    be one that `reads_only`; else that is left out.
    """

    link_id: str | None
    recipient: str | None
    reads_only: Decisive[bool | None]


@dataclass(frozen=True, kw_only=True)
class _CustomerDecision(FromLink):
    """`method` is an `AcceptanceMethod`; `ip` and `user_agent` are of a customer who answers online."""

    method: Decisive[str | None]
    ip: str | None
    user_agent: str | None


@dataclass(frozen=True, kw_only=True)
class CreatePayload(_WithLines):
    """`copied_from` names `quote_id` and `version`. `owner` None means the actor. `external_id` is the caller's own.
    `contact` is one of the customer's contacts, by name or address.
    """

    name = CREATE
    copied_from: Decisive[JsonObject | None]
    owner: str | None
    external_id: str | None
    contact: str | None
    quote_id: Decisive[str | None] = None
    number: Decisive[str | None] = None
    workflow_id: Decisive[str | None] = None
    customer_id: Decisive[str | None] = None
    time_zone: Decisive[str | None] = None
    reminder_zone: Decisive[str | None] = None


@dataclass(frozen=True, kw_only=True)
class RevisePayload(_WithLines):
    """`reprice` stands for the newest version's lines; `overrides` is "keep" or "drop"."""

    name = Action.REVISE
    reprice: Decisive[bool | None]
    overrides: str | None


@dataclass(frozen=True, kw_only=True)
class SendPayload(Addressed, WithValidity):
    """`contact` is one of the customer's contacts, by name or address. `confirm` are the codes of the warnings that the
    sender confirms.
    """

    name = Action.SEND
    contact: str | None
    confirm: Decisive[list[str] | None]


@dataclass(frozen=True, kw_only=True)
class ResendPayload(Addressed):
    """Of `resend`."""

    name = Action.RESEND


@dataclass(frozen=True, kw_only=True)
class ExtendPayload(WithValidity):
    """Of `extend`."""

    name = Action.EXTEND


@dataclass(frozen=True, kw_only=True)
class AcceptPayload(_CustomerDecision):
    """Who signed, how, and by which words. `selection` is what was chosen, as `domain.offer.choice.read_selection` reads it.
    `page_opened_at` is RFC 3339, `recorded_by` the actor who speaks for the
    customer, `signer` the digest of `domain.proof.verify.signer_digest`.
    """

    name = Action.ACCEPT
    signer_name: str | None
    signer_email: str | None
    purchase_order_number: str | None
    proof_sha256: Decisive[str | None]
    selection: Decisive[list[JsonObject] | None]
    consent_text: str | None
    page_opened_at: str | None
    recorded_by: str | None
    signer: Decisive[str | None] = None


@dataclass(frozen=True, kw_only=True)
class RejectPayload(WithReason, _CustomerDecision):
    """Of `reject`."""

    name = Action.REJECT


@dataclass(frozen=True, kw_only=True)
class CancelPayload(WithReason):
    """`draft_only`: see `domain.quotes.commands.Cancel`."""

    name = Action.CANCEL
    draft_only: Decisive[bool | None]


@dataclass(frozen=True, kw_only=True)
class AnnulPayload(WithReason):
    """Why an acceptance is taken back, and with whom on the customer's side that was agreed. `salt` is that of the digest
    which the event holds of both (hexadecimal digits); it is another one once a person in them was forgotten.
    """

    name = Action.ANNUL
    agreed_with: str | None
    salt: str | None = None


@dataclass(frozen=True, kw_only=True)
class HandOverPayload(_Payload):
    """`reference` is the order's in the system that took it."""

    name = Action.HAND_OVER
    reference: Decisive[str | None]


@dataclass(frozen=True, kw_only=True)
class _AskPayload(WithReason, FromLink):
    name: ClassVar[CustomerRequest]


@dataclass(frozen=True, kw_only=True)
class ChangePayload(_AskPayload):
    """Of `request_change`."""

    name = CustomerRequest.CHANGE


@dataclass(frozen=True, kw_only=True)
class ExtensionPayload(_AskPayload):
    """Of `request_extension`."""

    name = CustomerRequest.EXTENSION


@dataclass(frozen=True, kw_only=True)
class SharePayload(Addressed, FromLink):
    """Of `share`: the colleague is the one recipient, `message` the note. Who may only read shows it to read."""

    name = CustomerRequest.SHARE

    def may_accept(self, recipient: str) -> bool:
        """As who shows it."""
        return not self.reads_only and super().may_accept(recipient)


Payload = (
    CreatePayload
    | RevisePayload
    | SendPayload
    | ResendPayload
    | ExtendPayload
    | AcceptPayload
    | RejectPayload
    | CancelPayload
    | AnnulPayload
    | HandOverPayload
    | ChangePayload
    | ExtensionPayload
    | SharePayload
)

KINDS: Final[Mapping[str, type[Payload]]] = {kind.name: kind for kind in get_args(Payload)}
"""By the commands' names."""


def for_decision(envelope: Envelope) -> Envelope:
    """The command as a workflow gets it: nothing of a person, and nothing that a person wrote."""
    kind = KINDS.get(envelope.name)
    return replace(envelope, payload=kind.for_decision(envelope.payload) if kind else {})
