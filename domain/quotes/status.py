"""Words for a quote's state and for what can be done to it."""

from enum import StrEnum
from typing import Final


class QuoteStatus(StrEnum):
    """`cancelled` is final, and `accepted` but for an annulment; `rejected` and `expired` can be reopened."""

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


OPEN: Final = tuple(status for status in QuoteStatus if status.is_open)


class CommandStatus(StrEnum):
    """`pending` until the workflow's decision is on record; the other two are its outcome."""

    PENDING = "pending"
    APPLIED = "applied"
    REFUSED = "refused"


class Receipt(StrEnum):
    """What is known of a command whose outcome is not on record yet: what its quote's run says, or that it did not answer."""

    DECIDED = "decided"
    WAITING = "waiting"
    UNKNOWN = "unknown"
    NO_ANSWER = "no_answer"


class Action(StrEnum):
    """What a person can ask of an existing quote; also the names of the workflow's signals."""

    ACCEPT = "accept"
    REJECT = "reject"
    CANCEL = "cancel"
    SEND = "send"
    REVISE = "revise"
    EXTEND = "extend"
    RESEND = "resend"
    ANNUL = "annul"
    HAND_OVER = "hand_over"


class CustomerRequest(StrEnum):
    """What a customer can ask for without deciding: a change, more time, that a colleague is shown the quote; also the names of the workflow's signals."""

    CHANGE = "request_change"
    EXTENSION = "request_extension"
    SHARE = "share"
