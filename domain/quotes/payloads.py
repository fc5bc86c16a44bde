"""Payloads: what a command carries from the API into its inbox row, as plain JSON.

A payload tells more than a decision depends on: names, addresses and words, of which mails and evidence tell again. What
is decided upon is read from it, and checked, by `domain.quotes.commands`. A field without a default is the API's to say
(None, where nobody said it: then it is left out), so that none is forgotten; one with a default is added as the command is
stored.
"""

from collections.abc import Mapping
from dataclasses import Field, dataclass, fields
from typing import Any, ClassVar, Final, Self, get_args, get_origin

from domain.quotes.envelope import CREATE
from domain.quotes.status import Action, Request

Object = dict[str, Any]


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


def _told(of: Field[Any], value: object) -> object:
    kind = get_args(of.type)[0]
    return value if isinstance(value, get_origin(kind) or kind) else None


@dataclass(frozen=True, kw_only=True)
class WithValidity(_Payload):
    """One of the two at most; `valid_until` is a local day or an instant."""

    valid_days: int | None
    valid_until: str | None


@dataclass(frozen=True, kw_only=True)
class _Priced(WithValidity):
    """Lines and discounts as `domain.offer.line_request` reads them."""

    lines: list[Object] | None
    discount: Object | None
    notes: str | None


@dataclass(frozen=True, kw_only=True)
class Addressed(_Payload):
    """To whom the quote goes, and the mail's own words. Those who are in `read_only` too cannot answer it."""

    recipients: list[str] | None
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
    reads_only: bool | None


@dataclass(frozen=True, kw_only=True)
class _Answer(FromLink):
    """`method` is an `AcceptanceMethod`; `ip` and `user_agent` are of a customer who answers online."""

    method: str | None
    ip: str | None
    user_agent: str | None


@dataclass(frozen=True, kw_only=True)
class CreatePayload(_Priced):
    """`copied_from` names `quote_id` and `version`. `owner` None means the actor. `external_id` is the caller's own."""

    name = CREATE
    copied_from: Object | None
    owner: str | None
    external_id: str | None
    quote_id: str | None = None
    number: str | None = None
    workflow_id: str | None = None
    customer_id: str | None = None
    time_zone: str | None = None
    reminder_zone: str | None = None


@dataclass(frozen=True, kw_only=True)
class RevisePayload(_Priced):
    """`reprice` stands for the newest version's lines; `overrides` is "keep" or "drop"."""

    name = Action.REVISE
    reprice: bool | None
    overrides: str | None


@dataclass(frozen=True, kw_only=True)
class SendPayload(Addressed, WithValidity):
    """Of `send`."""

    name = Action.SEND


@dataclass(frozen=True, kw_only=True)
class ResendPayload(Addressed):
    """Of `resend`."""

    name = Action.RESEND


@dataclass(frozen=True, kw_only=True)
class ExtendPayload(WithValidity):
    """Of `extend`."""

    name = Action.EXTEND


@dataclass(frozen=True, kw_only=True)
class AcceptPayload(_Answer):
    """Who signed, how, and by which words. `page_opened_at` is RFC 3339, `recorded_by` the actor who speaks for the
    customer, `signer` the digest of `domain.proof.verify.signer_digest`.
    """

    name = Action.ACCEPT
    signer_name: str | None
    signer_email: str | None
    purchase_order_number: str | None
    proof_sha256: str | None
    consent_text: str | None
    page_opened_at: str | None
    recorded_by: str | None
    signer: str | None = None


@dataclass(frozen=True, kw_only=True)
class RejectPayload(WithReason, _Answer):
    """Of `reject`."""

    name = Action.REJECT


@dataclass(frozen=True, kw_only=True)
class CancelPayload(WithReason):
    """`draft_only`: see `domain.quotes.commands.Cancel`."""

    name = Action.CANCEL
    draft_only: bool | None


@dataclass(frozen=True, kw_only=True)
class _AskPayload(WithReason, FromLink):
    name: ClassVar[Request]


@dataclass(frozen=True, kw_only=True)
class ChangePayload(_AskPayload):
    """Of `request_change`."""

    name = Request.CHANGE


@dataclass(frozen=True, kw_only=True)
class ExtensionPayload(_AskPayload):
    """Of `request_extension`."""

    name = Request.EXTENSION


@dataclass(frozen=True, kw_only=True)
class SharePayload(Addressed, FromLink):
    """Of `share`: the colleague is the one recipient, `message` the note. Who may only read shows it to read."""

    name = Request.SHARE

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
    | ChangePayload
    | ExtensionPayload
    | SharePayload
)

KINDS: Final[Mapping[str, type[Payload]]] = {kind.name: kind for kind in get_args(Payload)}
"""By the commands' names."""
