"""Errors of the domain. Each carries a stable code; a table in `api/` maps codes to HTTP."""

from enum import StrEnum
from typing import ClassVar


class RefusalCode(StrEnum):
    """Why a command was refused. Stable: clients rely on these texts."""

    VALIDITY_IN_PAST = "validity_in_past"
    VALIDITY_OUT_OF_RANGE = "validity_out_of_range"
    NO_RECIPIENT = "no_recipient"
    PRICE_NEEDS_CONFIRMATION = "price_needs_confirmation"
    NOTHING_TO_CONFIRM = "nothing_to_confirm"
    MALFORMED = "malformed"
    NOT_MODIFIABLE = "quote_not_modifiable"
    NOT_SENDABLE = "quote_not_sendable"
    NOT_RESENDABLE = "quote_not_resendable"
    NOT_ACCEPTABLE = "quote_not_acceptable"
    NOT_REJECTABLE = "quote_not_rejectable"
    NOT_EXTENDABLE = "quote_not_extendable"
    NOT_REQUESTABLE = "quote_not_requestable"
    NOT_CANCELLABLE = "quote_not_cancellable"
    NOT_ANNULLABLE = "quote_not_annullable"
    NOT_ORDERED = "quote_not_ordered"
    ORDER_HANDED_OVER = "order_handed_over"
    EXPIRED = "quote_expired"
    VERSION_SUPERSEDED = "version_superseded"
    NOT_PRICED = "not_priced"
    CHOICE_NOT_OFFERED = "choice_not_offered"
    NOTHING_CHOSEN = "nothing_chosen"
    CHOICE_TOO_SMALL = "choice_too_small"
    ALREADY_DECIDED = "already_decided"
    ONLINE_NEEDS_LINK = "online_needs_link"
    LINK_READ_ONLY = "link_read_only"
    STALE_STATE = "stale_state"
    NOT_FOUND = "quote_not_found"
    ALREADY_EXISTS = "quote_already_exists"


class QuoteError(Exception):
    """Anything that a rule of the domain refuses.

    `code` is stable: clients and stored outcomes rely on it. The message is for people and may change.
    """

    default_code: ClassVar[str] = "quote_error"

    def __init__(self, message: str, *, code: str | None = None) -> None:
        super().__init__(message)
        self.code = code or self.default_code


class QuoteNotFoundError(QuoteError):
    """There is no quote with that id or number."""

    default_code = RefusalCode.NOT_FOUND


class InvalidQuoteOperationError(QuoteError):
    """The quote's status, version or content does not allow the operation."""

    default_code = "invalid_operation"


class QuoteExpiredError(InvalidQuoteOperationError):
    """The offer is no longer open: the command was received after `valid_until`."""

    default_code = RefusalCode.EXPIRED


class TooManyRequestsError(QuoteError):
    """A customer's link has asked as often as it may; `retry_after` is in how many seconds it may again."""

    default_code = "too_many_requests"

    def __init__(self, message: str, *, retry_after: int) -> None:
        super().__init__(message)
        self.retry_after = retry_after


class MalformedCommandError(QuoteError):
    """A command that cannot be understood: a field is missing or has another shape."""

    default_code = RefusalCode.MALFORMED
