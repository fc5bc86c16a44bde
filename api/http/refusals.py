"""What storing or deciding a command refused, as problems with pointers into the body."""

from collections.abc import Sequence
from typing import Any, Final

from adapters.db.errors import IdempotencyKeyReusedError
from adapters.db.record.views import CommandView
from api.http.problem import FieldError, ProblemError
from domain.errors import QuoteError, RefusalCode
from domain.quotes.payloads import Payload, WithValidity
from domain.quotes.status import QuoteStatus

_POINTERS: Final = {
    "customer_not_found": "/customer_id",
    "calculation_not_found": "/pricing_calculation_id",
    "external_id_taken": "/external_id",
    RefusalCode.NO_RECIPIENT: "/recipients",
    RefusalCode.NOTHING_TO_CONFIRM: "/confirm",
    RefusalCode.ONLINE_NEEDS_LINK: "/method",
}
_VALIDITY: Final = {RefusalCode.VALIDITY_IN_PAST, RefusalCode.VALIDITY_OUT_OF_RANGE}
_DETAILS: Final = {
    "customer_not_found": "There is no customer with this id; nothing was stored.",
    "calculation_not_found": "There is no calculation with this id; nothing was stored.",
    "external_id_taken": "Another quote has this external id; nothing was stored.",
    "quote_not_found": "There is no quote with this id.",
}


def problem_of(error: QuoteError) -> ProblemError:
    """What refused a request before anything was stored."""
    if isinstance(error, IdempotencyKeyReusedError):
        where = FieldError(
            pointer="/Idempotency-Key",
            code=error.code,
            message="was used for another request",
            place="header",
        )
        detail = "This Idempotency-Key was already used with another body or address."
        return ProblemError(error.code, detail, errors=[where])
    pointer = _POINTERS.get(error.code)
    detail = _DETAILS.get(error.code, "The request cannot be understood; nothing was stored.")
    errors = [FieldError(pointer=pointer, code=error.code, message=detail)] if pointer else []
    return ProblemError(error.code, detail, errors=errors)


def problem_of_refusal(command: CommandView, asked: Payload) -> ProblemError:
    """The rule by which the workflow refused a command, with what the quote allows now."""
    return problem_of_rule(
        command.code or "malformed",
        command.detail or "The command was refused.",
        asked,
        status=command.current_status,
        allowed=command.allowed_actions,
        command_id=command.id,
    )


def problem_of_rule(
    code: str,
    detail: str,
    asked: Payload,
    *,
    status: QuoteStatus | None,
    allowed: Sequence[str],
    **extra: Any,
) -> ProblemError:
    """A rule that refuses what is asked, with what the quote allows now."""
    if status is not None:
        extra["current_status"] = str(status)
        extra["allowed_actions"] = [str(action) for action in allowed]
    pointer = _pointer(code, asked)
    errors = [FieldError(pointer=pointer, code=code, message=detail)] if pointer else []
    return ProblemError(code, detail, errors=errors, extra=extra)


def _pointer(code: str, asked: Payload) -> str | None:
    if code in _VALIDITY:
        by_days = isinstance(asked, WithValidity) and asked.valid_days is not None
        return "/valid_days" if by_days else "/valid_until"
    return _POINTERS.get(code)
