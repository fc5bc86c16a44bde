"""Forgetting a person in words: who is meant, what stands in the way, what is blanked and what is not."""

import re
from collections.abc import Iterable
from typing import Final

from adapters.db.forgetting.blanking import RecordUnsoundError
from adapters.db.forgetting.places import InQuote
from adapters.db.forgetting.plan import SHORTEST_NAME, Plan
from domain import wording

TEN_YEARS: Final = 3653
"""Days for which an accepted quote is kept where nothing else is said: business letters have to be, in many countries."""
_ADDRESS: Final = re.compile(r"[^\s@<>]+@[^\s@<>]+")

TABLES: Final = {
    "acceptances": "evidence of acceptances: name, address, link, IP address and browser of the signer",
    "parts_lists": "parts lists",
    "kept_list_answers": "what was said about a customer's parts lists",
    "answered_requests": "answers kept for repeated requests: removed",
    "api_keys": "names of API keys",
    "commands": "what was asked for: signers, recipients, reasons; answers kept for repeated requests",
    "customer_links": "customers' links: recipients; the links are closed",
    "customers": "customers: address, contacts, and name, postal address and tax id where they are the person's",
    "documents": "documents and certificates: emptied, their digest stays",
    "messages": "emails in the outbox: recipients, names and words",
    "pricing_calculations": "stored calculations: texts",
    "files": "drawings and models that went with quotes: emptied, their digest stays",
    "proofs": "files kept as proof of an acceptance: emptied, their digest stays",
    "quote_versions": "versions: texts, contacts, and the customer's name, address and tax id where they are the person's",
    "staff_users": "the shop's people: removed, with their sessions at the desk",
    "quotes": "quotes: owner, contact and external id; a new salt, so that nobody can try addresses on digests",
}
"""What is blanked in each table, for people."""

BEYOND: Final = (
    "Not touched: backups made before (they forget when you delete them), emails that were sent, the mail server's and "
    "other programs' logs, and Temporal's histories until their retention is over. See docs/privacy.md."
)


def read_address(text: str) -> str:
    """Raises ValueError for what is no email address."""
    if _ADDRESS.fullmatch(text.strip()) is None:
        raise ValueError("must be one email address, such as ada@example.com")
    return text.strip()


def read_name(text: str) -> str:
    """Raises ValueError for a name that is too short."""
    if len(found := " ".join(text.split())) < SHORTEST_NAME:
        raise ValueError(f"a name needs {SHORTEST_NAME} characters or more, or it would be found everywhere")
    return found


def obstacle(found: Plan) -> str | None:
    """Why it cannot be done now, and the way out."""
    if found.is_seller:
        return "This is the seller's own address, and stands on every document. Change the seller's first."
    if found.open:
        return (
            "The person stands in quotes that are open, or have something under way: "
            f"{listed(quote.number for quote in found.open)}. End these first (cancel them, or wait until they are accepted, "
            "rejected or expired and their emails are out). Nothing was changed."
        )
    return None


def unsound(error: RecordUnsoundError) -> str:
    """Why blanking would hide something."""
    number, mismatch = min(error.found.items())
    return (
        f"The record of {listed(sorted(error.found))} does not match, and blanking would hide it ({number}: "
        f"{mismatch}). Nothing was changed. Look at it with `firm-offer verify {number}` first."
    )


def kept(quote: InQuote, zone: str | None = None) -> str:
    """A quote that is left for now; when it was accepted is said by that zone's clocks, by UTC without one."""
    if quote.accepted_at is None:
        return quote.number
    at = wording.local_minute(quote.accepted_at, zone) if zone else wording.utc_minute(quote.accepted_at)
    return f"{quote.number}, accepted on {at}"


def listed(numbers: Iterable[str]) -> str:
    """Numbers of quotes in one line."""
    return ", ".join(numbers)
