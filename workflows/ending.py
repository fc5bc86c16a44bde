"""What a run says when it ends: its result, as the Temporal Web UI and `temporal workflow show` print it."""

from dataclasses import dataclass

from domain.quotes.quote import Quote
from domain.quotes.record import RecordRequest, RecordStatus

Ending = dict[str, str | int]
"""Plain JSON. `outcome` is a sentence; beside it stand the quote's number, status, version, total and currency, where
there is a quote.
"""


@dataclass
class Account:
    """What a run has done so far. `other_id` is the id of the quote's runs, where that is not the run's own."""

    other_id: str = ""
    changed: bool = False
    refused: int = 0

    def note(self, request: RecordRequest, status: RecordStatus) -> None:
        """A decision; only what this run has recorded counts."""
        if status is RecordStatus.RECORDED:
            self.changed = self.changed or request.quote is not None
            self.refused += request.refused is not None

    def ending(self, quote: Quote | None) -> Ending:
        """The result of the run, which leaves the quote like this."""
        outcome = self._outcome(quote)
        if quote is None:
            return {"outcome": outcome}
        total = quote.current.total
        return {
            "outcome": outcome,
            "number": quote.number,
            "status": str(quote.status),
            "version": quote.current_version,
            "total": str(total),
            "currency": total.currency,
        }

    def _outcome(self, quote: Quote | None) -> str:
        if self.other_id:
            return f"Nothing decided: the runs of this quote have the id {self.other_id}."
        if quote is None:
            return (
                "The quote was not created." if self.refused else "Nothing to decide: there is no such quote."
            )
        if self.changed:
            annulled = ", its acceptance annulled by agreement" if quote.is_annulled else ""
            return f"The quote is {quote.status}{annulled}."
        if self.refused:
            commands = "1 command" if self.refused == 1 else f"{self.refused} commands"
            return f"Refused {commands}: the quote was {quote.status} before."
        return f"Nothing to decide: the quote was {quote.status} before."
