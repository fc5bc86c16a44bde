"""Whether a quote's record holds together, as JSON."""

from typing import Self

from pydantic import Field

from api.json_answer import Answer, Count
from domain.proof.stored import QuoteRecord
from domain.proof.verify import verify


class MismatchAnswer(Answer):
    """One thing that does not match; `place` names it."""

    place: str = Field(examples=["event 3 (quote.sent)"])
    what: str
    expected: str
    found: str


class VerificationAnswer(Answer):
    """Whether the record is consistent: the events add up to the quote, and every hash matches its
    content.
    """

    sound: bool
    events: Count
    versions: Count
    documents: Count
    mismatches: list[MismatchAnswer]

    @classmethod
    def of(cls, record: QuoteRecord) -> Self:
        """What `firm-offer verify` says of the quote: everything that does not match, the cause first."""
        mismatches = verify(record)
        return cls(
            sound=not mismatches,
            events=len(record.events),
            versions=len(record.versions),
            documents=len(record.documents),
            mismatches=[
                MismatchAnswer(place=each.place, what=each.what, expected=each.expected, found=each.found)
                for each in mismatches
            ],
        )
