"""What the record refuses, and the one error for a database that cannot be reached."""

from domain.errors import QuoteError


class DatabaseUnavailableError(Exception):
    """The database cannot be reached or does not answer in time. Nothing is known of what was asked for:
    whoever repeats it must be free to do so.
    """


class IdempotencyKeyReusedError(QuoteError):
    """The caller used this `Idempotency-Key` before, for another request."""

    default_code = "idempotency_key_reused"


class CustomerNotFoundError(QuoteError):
    """There is no customer with that id."""

    default_code = "customer_not_found"


class CalculationNotFoundError(QuoteError):
    """There is no stored calculation with that id, or no rate card for one to be stored by."""

    default_code = "calculation_not_found"


class ExternalIdTakenError(QuoteError):
    """Another quote has the caller's own reference already."""

    default_code = "external_id_taken"
