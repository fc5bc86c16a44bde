"""Words for a quote's state and for what can be done to it."""

from enum import StrEnum


class QuoteStatus(StrEnum):
    """`accepted` and `cancelled` are final; `rejected` and `expired` can be reopened."""

    DRAFT = "draft"
    SENT = "sent"
    ACCEPTED = "accepted"
    REJECTED = "rejected"
    EXPIRED = "expired"
    CANCELLED = "cancelled"

    @property
    def is_open(self) -> bool:
        """Whether the validity timer runs."""
        return self in {QuoteStatus.DRAFT, QuoteStatus.SENT}


class Action(StrEnum):
    """What a person can ask of an existing quote; also the names of the workflow's signals."""

    ACCEPT = "accept"
    REJECT = "reject"
    CANCEL = "cancel"
    SEND = "send"
    REVISE = "revise"
    EXTEND = "extend"
    RESEND = "resend"


class Request(StrEnum):
    """What a customer can ask the shop for without deciding; also the names of the workflow's signals."""

    CHANGE = "request_change"
    EXTENSION = "request_extension"


class RefusalCode(StrEnum):
    """Why a command was refused. Stable: clients rely on these texts."""

    VALIDITY_IN_PAST = "validity_in_past"
    VALIDITY_OUT_OF_RANGE = "validity_out_of_range"
    NO_RECIPIENT = "no_recipient"
    MALFORMED = "malformed"
    NOT_MODIFIABLE = "quote_not_modifiable"
    NOT_SENDABLE = "quote_not_sendable"
    NOT_RESENDABLE = "quote_not_resendable"
    NOT_ACCEPTABLE = "quote_not_acceptable"
    NOT_REJECTABLE = "quote_not_rejectable"
    NOT_EXTENDABLE = "quote_not_extendable"
    NOT_REQUESTABLE = "quote_not_requestable"
    NOT_CANCELLABLE = "quote_not_cancellable"
    EXPIRED = "quote_expired"
    VERSION_SUPERSEDED = "version_superseded"
    NOT_PRICED = "not_priced"
    ALREADY_DECIDED = "already_decided"
    STALE_STATE = "stale_state"
    NOT_FOUND = "quote_not_found"
    ALREADY_EXISTS = "quote_already_exists"
