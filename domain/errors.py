"""Errors of the domain. Each carries a stable code; a table in `api/` maps codes to HTTP."""

from typing import ClassVar


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

    default_code = "quote_not_found"


class InvalidQuoteOperationError(QuoteError):
    """The quote's status, version or content does not allow the operation."""

    default_code = "invalid_operation"


class QuoteExpiredError(InvalidQuoteOperationError):
    """The offer is no longer open: the command was received after `valid_until`."""

    default_code = "quote_expired"


class MalformedCommandError(QuoteError):
    """A command that cannot be understood: a field is missing or has another shape."""

    default_code = "malformed"
