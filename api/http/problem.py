"""A problem as RFC 9457 has it: the one form in which this API says no."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from http import HTTPStatus
from typing import Any, Final
from urllib.parse import quote as percent_encode

from starlette.responses import JSONResponse

from domain.errors import RefusalCode as R

_UNREADABLE: Final = {
    "body_not_json": (400, "The body is not JSON"),
    "bad_header": (400, "A header cannot be read"),
}
_AUTHENTICATION: Final = {
    "key_missing": (401, "An API key is needed"),
    "key_invalid": (401, "The API key is not valid"),
    "forbidden": (403, "The API key does not allow this"),
}
_ABSENT: Final = {
    "not_found": (404, "There is nothing at this address"),
    "quote_pending": (404, "The quote is not there yet"),
    "link_not_found": (404, "There is no such link"),
    "proof_not_found": (404, "There is no such file"),
    "file_empty": (422, "The file is empty"),
    "file_not_of_its_type": (422, "The file is not what it is said to be"),
    "quote_not_accepted": (404, "The quote is not accepted"),
    "document_not_made": (404, "There is no document yet"),
    "version_not_found": (404, "The quote has no such version"),
    "command_not_found": (404, "There is no such command"),
    R.NOT_FOUND: (404, "There is no such quote"),
    "method_not_allowed": (405, "This address does not take this method"),
    "link_revoked": (410, "The link is no longer valid"),
}
_CONFLICT: Final = {
    R.NOT_MODIFIABLE: (409, "The quote can no longer be changed"),
    R.NOT_SENDABLE: (409, "The quote cannot be sent"),
    R.NOT_RESENDABLE: (409, "The quote cannot be sent again"),
    R.NOT_ACCEPTABLE: (409, "The quote cannot be accepted"),
    R.NOT_REJECTABLE: (409, "The quote cannot be rejected"),
    R.NOT_EXTENDABLE: (409, "The quote cannot be extended"),
    R.NOT_REQUESTABLE: (409, "Nothing can be asked of this quote"),
    R.NOT_CANCELLABLE: (409, "The quote cannot be cancelled"),
    R.EXPIRED: (409, "The offer is no longer open"),
    R.VERSION_SUPERSEDED: (409, "Another version is on offer"),
    R.NOT_PRICED: (409, "No price can be made"),
    R.ALREADY_DECIDED: (409, "The quote has been decided already"),
    R.ALREADY_EXISTS: (409, "The quote exists already"),
    "external_id_taken": (409, "Another quote has this external id"),
    R.STALE_STATE: (412, "The quote has changed since it was read"),
}
_BODY: Final = {
    "body_too_large": (413, "The body is too large"),
    "unsupported_media_type": (415, "The body must be application/json"),
}
# Those marked * are 404 where the address, not the body, names what is not there.
_INVALID: Final = {
    "validation_failed": (422, "The request is not valid"),
    "invalid_specification": (422, "The part cannot be priced"),
    "pair_not_offered": (422, "The material is not offered with this process"),
    "customer_not_found": (422, "There is no such customer"),  # *
    "calculation_not_found": (422, "There is no such calculation"),  # *
    "rate_card_not_found": (422, "There is no such rate card"),  # *
    "invalid_rate_card": (422, "The rate card cannot be used"),
    "rate_card_exists": (422, "There is a rate card with this id"),
    "overlapping_dates": (422, "The rate card overlaps another in time"),
    "idempotency_key_reused": (422, "The idempotency key belongs to another request"),
    R.VALIDITY_IN_PAST: (422, "The validity lies in the past"),
    R.VALIDITY_OUT_OF_RANGE: (422, "The validity is out of range"),
    R.NO_RECIPIENT: (422, "There is nobody to send the quote to"),
    R.MALFORMED: (422, "The command cannot be understood"),
}
_OURS: Final = {
    "internal_error": (500, "Something went wrong on our side"),
    "database_unavailable": (503, "The database cannot be reached"),
    "workflow_unavailable": (503, "The quote's workflow does not answer"),
    "not_ready": (503, "The service is not ready"),
}
PROBLEMS: Final[dict[str, tuple[int, str]]] = {
    str(code): entry
    for group in (_UNREADABLE, _AUTHENTICATION, _ABSENT, _CONFLICT, _BODY, _INVALID, _OURS)
    for code, entry in group.items()
}
"""Code to (status, title)."""

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

    def to_data(self) -> dict[str, Any]:
        """Plain JSON data."""
        data: dict[str, Any] = {
            "pointer": self.pointer,
            "code": self.code,
            "message": self.message,
            "in": self.place,
        }
        return {**data, "allowed": list(self.allowed)} if self.allowed else data


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

    def to_data(self, *, instance: str, request_id: str) -> dict[str, Any]:
        """The problem's members; `instance` is the path of the request, without its query."""
        data: dict[str, Any] = {
            "type": TYPE_PREFIX + self.code,
            "title": title_of(self.code),
            "status": self.status,
            "detail": self.detail,
            "instance": instance,
            "code": self.code,
            "request_id": request_id,
        }
        if self.errors:
            data["errors"] = [error.to_data() for error in self.errors]
        return {**self.extra, **data}

    def response(self, *, path: str, request_id: str) -> JSONResponse:
        """The answer to the request for `path`, which is percent-encoded as a URI reference must be."""
        instance = percent_encode(path[:500], safe="/:@-._~!$&'()*+,;=")
        return JSONResponse(
            self.to_data(instance=instance, request_id=request_id),
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
