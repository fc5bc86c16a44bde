"""What a form about a quote asks for: read by the same bodies and rules as the API's requests."""

from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from typing import Any, TypeVar

from pydantic import ValidationError

from adapters.db.inbox.kept_answers import Idempotency
from adapters.db.inbox.store import NewCommand, NewCreate
from adapters.db.quotes.proofs import keep_proof
from api.customer.choosing import PREFIX, chosen
from api.desk.quotes.one.facts import QuoteFacts
from api.desk.shell.posted import DeskForm
from api.http.fields import RequestBody
from api.http.file_body import MAX_FILE_BYTES, proof_type
from api.http.validation import errors_of
from api.services import Services
from api.v1.quotes.actions import acceptance_asked, rejection_asked, resending_asked
from api.v1.quotes.bodies import (
    AcceptBody,
    AnnulBody,
    CancelBody,
    CopyBody,
    ExtendBody,
    OrderBody,
    RejectBody,
    ResendBody,
)
from api.v1.quotes.copies import copy_asked
from domain.quotes.payloads import AnnulPayload, CancelPayload, ExtendPayload, HandOverPayload, Payload

PROOF = "proof"
"""The field of the file that shows a yes; `KEPT_PROOF` is its digest, once it is kept."""
KEPT_PROOF = "proof_sha256"
PROOF_NAME = "proof_name"

Body = TypeVar("Body", bound=RequestBody)


class WrongFieldsError(Exception):
    """What is wrong, by the names of the form's fields."""

    def __init__(self, errors: Mapping[str, str]) -> None:
        super().__init__("fields are wrong")
        self.errors = dict(errors)


@dataclass(slots=True, kw_only=True)
class FormAsked:
    """A posted form, and what it is about. `kept` are fields that come back with the form beside what was typed."""

    services: Services
    facts: QuoteFacts
    form: DeskForm
    actor: str
    idempotency: Idempotency | None
    kept: dict[str, str] = field(default_factory=dict)

    @property
    def quote_id(self) -> str:
        """The quote's."""
        return self.facts.view.quote.id

    @property
    def shown_version(self) -> int | None:
        """Which version the page showed."""
        return self.form.number("version")

    def command(self, asked: Payload, *, shown_version: int | None = None) -> NewCommand:
        """The command that asks for it, for the state that the page showed."""
        return NewCommand(
            asked=asked,
            quote_id=self.quote_id,
            actor=self.actor,
            expected_state_version=self.form.number("state_version"),
            shown_version=shown_version,
            idempotency=self.idempotency,
        )

    def texts(self, *names: str) -> dict[str, str]:
        """Those of these fields in which something was typed: an empty one says nothing."""
        return {name: text for name in names if (text := self.form.text(name))}


def read_body(kind: type[Body], data: Mapping[str, Any], *, otherwise: str) -> Body:
    """The body that the fields make. Raises WrongFieldsError; what concerns no field alone is said at `otherwise`."""
    try:
        return kind.model_validate(dict(data))
    except ValidationError as invalid:
        errors: dict[str, str] = {}
        for error in errors_of(invalid):
            name, _, rest = error.pointer.removeprefix("/").partition("/")
            place = f"number {int(rest) + 1} " if rest.isdecimal() else ""
            errors.setdefault(name or otherwise, f"{place}{error.message}")
        raise WrongFieldsError(errors) from None


async def resending(asked: FormAsked) -> NewCommand:
    """To whom it goes again: those who may accept, and those who may only read; nobody named means all readers."""
    may_accept, read_only = _lines(asked.form.text("recipients")), _lines(asked.form.text("read_only"))
    data: dict[str, Any] = asked.texts("message")
    errors: dict[str, str] = {}
    for name, addresses in (("recipients", may_accept), ("read_only", read_only)):
        try:
            read_body(ResendBody, {"recipients": addresses}, otherwise=name)
        except WrongFieldsError as wrong:
            errors[name] = next(iter(wrong.errors.values()))
    if errors:
        raise WrongFieldsError(errors)
    if may_accept or read_only:
        data |= {"recipients": [*may_accept, *read_only], "read_only": read_only}
    body = read_body(ResendBody, data, otherwise="recipients")
    return asked.command(await resending_asked(asked.services, asked.quote_id, body))


async def extending(asked: FormAsked) -> NewCommand:
    """Until when it is open."""
    body = read_body(ExtendBody, asked.texts("valid_until"), otherwise="valid_until")
    return asked.command(ExtendPayload(valid_days=None, valid_until=body.valid_until))


async def cancelling(asked: FormAsked) -> NewCommand:
    """That the shop takes it back."""
    body = read_body(CancelBody, asked.texts("reason"), otherwise="reason")
    return asked.command(CancelPayload(reason=body.reason, draft_only=None))


async def deleting(asked: FormAsked) -> NewCommand:
    """That a draft goes; anything else stays."""
    return asked.command(CancelPayload(reason=None, draft_only=True))


async def rejecting(asked: FormAsked) -> NewCommand:
    """The customer's no."""
    body = read_body(RejectBody, asked.texts("reason", "method"), otherwise="reason")
    return asked.command(rejection_asked(body), shown_version=asked.shown_version)


async def annulling(asked: FormAsked) -> NewCommand:
    """That both sides take the yes back."""
    body = read_body(AnnulBody, asked.texts("reason", "agreed_with"), otherwise="reason")
    return asked.command(AnnulPayload(reason=body.reason, agreed_with=body.agreed_with))


async def handing_over(asked: FormAsked) -> NewCommand:
    """Under what the order was taken."""
    body = read_body(OrderBody, asked.texts("reference"), otherwise="reference")
    return asked.command(HandOverPayload(reference=body.reference))


async def accepting(asked: FormAsked) -> NewCommand:
    """The customer's yes, with its proof, which is kept at once so that it is not lost where something else is wrong, and what
    was chosen.
    """
    data: dict[str, Any] = asked.texts("signer_name", "signer_email", "method", "purchase_order_number")
    errors: dict[str, str] = {}
    try:
        if digest := await _proof(asked):
            data[KEPT_PROOF] = digest
    except WrongFieldsError as wrong:
        errors |= wrong.errors
    try:
        body = read_body(AcceptBody, data, otherwise="signer_name")
    except WrongFieldsError as wrong:
        raise WrongFieldsError({**wrong.errors, **errors}) from None
    if errors:
        raise WrongFieldsError(errors)
    payload = await acceptance_asked(asked.services, body, recorded_by=asked.actor)
    return asked.command(replace(payload, selection=_selection(asked)), shown_version=asked.shown_version)


def _selection(asked: FormAsked) -> list[dict[str, Any]] | None:
    """What was chosen, where the version that the page showed is the one on offer: another one's is refused anyway."""
    view = asked.facts.view
    fields = {
        name: values[-1] for name, values in asked.form.fields.items() if values and name.startswith(PREFIX)
    }
    choice = chosen(view.content, fields)
    if choice is None or asked.shown_version != view.quote.current_version:
        return None
    if choice.missing:
        raise WrongFieldsError(choice.missing)
    if choice.problem:
        raise WrongFieldsError({"choice": choice.problem})
    return choice.to_data()


async def _proof(asked: FormAsked) -> str | None:
    file = asked.form.file(PROOF)
    if file is None:
        asked.kept |= asked.texts(KEPT_PROOF, PROOF_NAME)
        return asked.form.text(KEPT_PROOF) or None
    if len(file.content) > MAX_FILE_BYTES:
        raise WrongFieldsError({PROOF: f"must have at most {MAX_FILE_BYTES // 1024**2} MB"})
    media_type = proof_type(file.content, file.name)
    if media_type is None:
        raise WrongFieldsError({PROOF: "must be a PDF, a PNG or JPEG picture, an email (.eml) or a text"})
    async with asked.services.database.write() as w:
        kept = await keep_proof(w, file.content, media_type=media_type, stored_by=asked.actor)
    asked.kept |= {KEPT_PROOF: kept.sha256, PROOF_NAME: file.name[:200]}
    return kept.sha256


async def copying(asked: FormAsked) -> NewCreate:
    """A new draft of a version."""
    data: dict[str, Any] = asked.texts("pricing")
    number = asked.form.number("copied_version")
    data |= {"version": number} if number else {}
    data |= {"overrides": "keep" if asked.form.text("keep_overrides") else "drop"}
    body = read_body(CopyBody, data, otherwise="pricing")
    return await copy_asked(
        asked.services, asked.quote_id, body, actor=asked.actor, idempotency=asked.idempotency
    )


def _lines(text: str) -> list[str]:
    """Addresses, one a line, or with commas or semicolons between."""
    parted = text.replace(",", "\n").replace(";", "\n").splitlines()
    return [line.strip() for line in parted if line.strip()]
