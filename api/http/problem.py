"""A problem as RFC 9457 has it: the one form in which this API says no."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated, Any, Final, Self
from urllib.parse import quote as percent_encode

from pydantic import Field, WithJsonSchema
from starlette.responses import Response
from typing_extensions import TypeAliasType

from api.json_answer import ID, Answer, IdText, as_recorded, to_json
from domain.errors import RefusalCode as R
from domain.pricing.advice import WarningCode
from domain.quotes.status import Action, QuoteStatus

_UNREADABLE: Final = {
    "body_not_json": (400, "The body is not valid JSON"),
    "bad_header": (400, "A header is malformed"),
}
_AUTHENTICATION: Final = {
    "key_missing": (401, "An API key is required"),
    "key_invalid": (401, "The API key is not valid"),
    "forbidden": (403, "The API key does not allow this"),
}
_ABSENT: Final = {
    "not_found": (404, "There is no such address"),
    "quote_pending": (404, "The quote has not been created yet"),
    "key_not_found": (404, "There is no such key"),
    "link_not_found": (404, "There is no such link"),
    "webhook_not_found": (404, "There is no such webhook"),
    "proof_not_found": (404, "There is no such file"),
    "file_not_found": (404, "There is no such file"),
    "file_empty": (422, "The file is empty"),
    "file_not_of_its_type": (422, "The file does not match its media type"),
    "quote_not_accepted": (404, "The quote is not accepted"),
    "document_not_made": (404, "There is no document yet"),
    "version_not_found": (404, "The quote has no such version"),
    "parts_list_not_found": (404, "There is no such parts list"),
    "command_not_found": (404, "There is no such command"),
    R.NOT_FOUND: (404, "There is no such quote"),
    "method_not_allowed": (405, "This address does not support this method"),
    "link_revoked": (410, "The link is no longer valid"),
    "forgotten": (410, "A person in it was forgotten"),
}
_CONFLICT: Final = {
    R.NOT_MODIFIABLE: (409, "The quote can no longer be changed"),
    R.NOT_SENDABLE: (409, "The quote cannot be sent"),
    R.NOT_RESENDABLE: (409, "The quote cannot be sent again"),
    R.NOT_ACCEPTABLE: (409, "The quote cannot be accepted"),
    R.NOT_REJECTABLE: (409, "The quote cannot be rejected"),
    R.NOT_EXTENDABLE: (409, "The quote cannot be extended"),
    R.NOT_REQUESTABLE: (409, "No request can be made about this quote"),
    R.NOT_CANCELLABLE: (409, "The quote cannot be cancelled"),
    R.NOT_ANNULLABLE: (409, "The quote cannot be annulled"),
    R.NOT_ORDERED: (409, "There is no order"),
    R.ORDER_HANDED_OVER: (409, "The order was handed over"),
    R.EXPIRED: (409, "The offer is no longer open"),
    R.VERSION_SUPERSEDED: (409, "Another version is on offer"),
    R.NOT_PRICED: (409, "The quote cannot be priced"),
    R.PRICE_NEEDS_CONFIRMATION: (409, "Prices have to be confirmed first"),
    R.CHOICE_NOT_OFFERED: (409, "What was chosen is not on offer"),
    R.NOTHING_CHOSEN: (409, "Nothing was chosen"),
    R.CHOICE_TOO_SMALL: (409, "What was chosen is less than its discount"),
    R.ALREADY_DECIDED: (409, "The quote has already been decided"),
    R.ALREADY_EXISTS: (409, "The quote already exists"),
    "order_not_failed": (409, "The order has not failed"),
    "key_ended": (409, "The key has ended"),
    "customer_merged": (409, "The customer was merged already"),
    "parts_list_open": (409, "No part of the list can be priced yet"),
    "external_id_taken": (409, "Another quote has this external id"),
    "email_not_composed": (409, "The email cannot be written"),
    R.STALE_STATE: (412, "The quote has changed since it was read"),
}
_BODY: Final = {
    "body_too_large": (413, "The body is too large"),
    "too_many_values": (413, "The body has too many values"),
    "unsupported_media_type": (415, "The body must be application/json"),
}
# Those marked * are 404 where the address, not the body, names what is not there.
_INVALID: Final = {
    "validation_failed": (422, "The request is not valid"),
    "invalid_specification": (422, "The part cannot be priced"),
    "pair_not_offered": (422, "The material is not offered with this process"),
    "parts_list_refused": (422, "The file cannot be read as a parts list"),
    "invalid_answers": (422, "What was said about the parts list cannot be used"),
    "same_customer": (422, "It is the same customer"),
    "customer_not_found": (422, "There is no such customer"),  # *
    "calculation_not_found": (422, "There is no such calculation"),  # *
    "rate_card_not_found": (422, "There is no such rate card"),  # *
    "invalid_rate_card": (422, "The rate card cannot be used"),
    "rate_card_exists": (422, "A rate card with this id already exists"),
    "overlapping_dates": (422, "The rate card's dates overlap those of another"),
    "idempotency_key_reused": (422, "The idempotency key was used for another request"),
    R.VALIDITY_IN_PAST: (422, "The validity is in the past"),
    R.VALIDITY_OUT_OF_RANGE: (422, "The validity is out of range"),
    R.NO_RECIPIENT: (422, "The quote has no recipient"),
    R.NOTHING_TO_CONFIRM: (422, "There is nothing to confirm"),
    R.ONLINE_NEEDS_LINK: (422, "Only a customer's link can answer online"),
    R.LINK_READ_ONLY: (403, "By this link the quote can only be read"),
    R.MALFORMED: (422, "The command cannot be understood"),
}
_OURS: Final = {
    "internal_error": (500, "Something went wrong on our side"),
    "database_unavailable": (503, "The database cannot be used right now"),
    "workflow_unavailable": (503, "The quote's workflow is not responding"),
    "overloaded": (503, "Too much waits to be decided"),
    "preview_unavailable": (503, "The preview cannot be made right now"),
    "not_ready": (503, "The service is not ready"),
}
PROBLEMS: Final[dict[str, tuple[int, str]]] = {
    str(code): entry
    for group in (_UNREADABLE, _AUTHENTICATION, _ABSENT, _CONFLICT, _BODY, _INVALID, _OURS)
    for code, entry in group.items()
}
"""Code to (status, title)."""

ProblemCode = TypeAliasType(
    "ProblemCode", Annotated[str, WithJsonSchema({"type": "string", "enum": [*PROBLEMS]})]
)

_CODES_BY_STATUS: Final = {
    404: "not_found",
    405: "method_not_allowed",
    413: "body_too_large",
    500: "internal_error",
}


def status_of(code: str) -> int:
    """The HTTP status of `code`; 422 for one that the table does not name (a rule refused the content)."""
    return PROBLEMS[code][0] if code in PROBLEMS else HTTPStatus.UNPROCESSABLE_ENTITY


def title_of(code: str) -> str:
    """A short sentence for people, the same for every problem of this code."""
    return PROBLEMS[code][1] if code in PROBLEMS else "The request was refused"


def code_of(status: int) -> str:
    """The code of an error that the framework raised by its HTTP status alone."""
    return _CODES_BY_STATUS.get(status) or f"http_{status}"


MEDIA_TYPE: Final = "application/problem+json"
TYPE_PREFIX: Final = "urn:firm-offer:problem:"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldError:
    """What is wrong with one field. `pointer` is a JSON pointer into the part of the request that `place`
    names (`body`, `query`, `path` or `header`). Neither text nor `allowed` repeats what was submitted.
    """

    pointer: str
    code: str
    message: str
    place: str = "body"
    allowed: Sequence[str] = ()


class ErrorPlace(StrEnum):
    """Where a field that is wrong stands: in a part of the request, or in a file that came by it."""

    BODY = "body"
    QUERY = "query"
    PATH = "path"
    HEADER = "header"
    FILE = "file"


class FieldErrorAnswer(Answer):
    """One field that is wrong, by its JSON pointer into body, query, path or header."""

    pointer: str = Field(examples=["/lines/0/specification/material"])
    code: str = Field(examples=["pair_not_offered"])
    message: str
    place: ErrorPlace = Field(alias="in")
    allowed: list[str] = Field(default_factory=list)

    @classmethod
    def of(cls, error: FieldError) -> Self:
        """What is wrong, and what would be right where that can be listed."""
        rest: dict[str, Any] = {"in": error.place}  # as it is answered: "in" cannot be named as an argument
        if error.allowed:
            rest["allowed"] = list(error.allowed)
        return cls(pointer=error.pointer, code=error.code, message=error.message, **rest)


class VersionWarningAnswer(Answer):
    """What staff should look at before a version goes out; `line` is its position, null of the quote as a whole. One that
    `needs_confirmation` is sent only with its code in `confirm`.
    """

    line: int | None = Field(examples=[1])
    code: WarningCode
    message: str
    needs_confirmation: bool

    @classmethod
    def of(cls, warning: Mapping[str, Any]) -> Self:
        """As a version has it."""
        return cls(
            line=warning["line"],
            code=as_recorded(WarningCode, warning["code"]),
            message=warning["message"],
            needs_confirmation=warning.get("needs_confirmation", False),
        )


class ProblemAnswer(Answer):
    """A problem (RFC 9457). `code` is stable; 409 and 412 also carry what the quote allows now. `warnings` are those that
    have to be confirmed.
    """

    type: str = Field(examples=["urn:firm-offer:problem:quote_expired"])
    title: str = Field(examples=["The offer is no longer open"])
    status: int = Field(examples=[409])
    detail: str = Field(examples=["the offer was open until 2026-12-24 22:59:59 UTC"])
    instance: str = Field(examples=[f"/api/v1/quotes/{ID}/accept"])
    code: ProblemCode = Field(examples=["quote_expired"])
    request_id: str = Field(examples=[ID])
    errors: list[FieldErrorAnswer] | None = None
    current_status: QuoteStatus | None = None
    allowed_actions: list[Action] | None = None
    command_id: IdText | None = Field(default=None, description="The refused command, where one was stored.")
    warnings: list[VersionWarningAnswer] | None = None


class ProblemError(Exception):
    """Raised anywhere below a route to answer with a problem. `code` decides status and title.

    `extra` are further members (`current_status`, `allowed_actions`), `headers` go with the answer.
    """

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        errors: Sequence[FieldError] = (),
        extra: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.errors = tuple(errors)
        self.extra = dict(extra or {})
        self.headers = dict(headers or {})
        self.status = status or status_of(code)

    def answer(self, *, instance: str, request_id: str) -> ProblemAnswer:
        """The problem as it is answered; `instance` is the path of the request, without its query."""
        told = ProblemAnswer(
            type=TYPE_PREFIX + self.code,
            title=title_of(self.code),
            status=self.status,
            detail=self.detail,
            instance=instance,
            code=self.code,
            request_id=request_id,
        )
        if self.errors:
            told.errors = [FieldErrorAnswer.of(error) for error in self.errors]
        return ProblemAnswer(**{**self.extra, **vars(told)})

    def response(self, *, path: str, request_id: str) -> Response:
        """The answer to the request for `path`, which is percent-encoded as a URI reference must be."""
        instance = percent_encode(path[:500], safe="/:@-._~!$&'()*+,;=")
        return Response(
            to_json(self.answer(instance=instance, request_id=request_id)),
            status_code=self.status,
            headers=self.headers,
            media_type=MEDIA_TYPE,
        )


def unavailable(code: str, detail: str, *, retry_after: int = 2) -> ProblemError:
    """A 503 that says when to try again, in seconds."""
    return ProblemError(code, detail, headers={"Retry-After": str(retry_after)})


def invalid(
    *errors: FieldError, detail: str = "Some fields are not valid; nothing was changed."
) -> ProblemError:
    """A 422 that names every field that is wrong. A code that the table knows and that all of them share
    (`validity_out_of_range`) is the problem's own.
    """
    codes = {error.code for error in errors}
    shared = codes.pop() if len(codes) == 1 else ""
    return ProblemError(shared if shared in PROBLEMS else "validation_failed", detail, errors=errors)
