"""Somebody who is forgotten: by what such a person is known, what is left where it stood, and how the record tells of it.

Events name nobody, so the chain stays as it is. What their hashes cover and is blanked all the same (contents, documents,
evidence) gets a seal: the event `quote.person_forgotten` holds, by place, the digest that was there and the one that is
there since. `verify` excuses exactly that, by an event that is bound into the chain and into checkpoints like any other.
"""

import hashlib
import re
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import StrEnum
from functools import cached_property
from typing import Any, Final

from domain import wording
from domain.canonical import is_sha256
from domain.proof.mismatch import Mismatch
from domain.proof.stored import QuoteRecord, StoredEvent
from domain.quotes.events import EventType

MARK: Final = "(forgotten)"
"""What stands where a text was in which somebody stood."""


def is_marked(text: str) -> bool:
    """Whether a recipient stood here who was forgotten."""
    return text.startswith(MARK)


NOTHING: Final = hashlib.sha256(b"").hexdigest()
"""The digest of a file that was emptied."""


FILE_PLACE: Final = "file "
"""How the place of a file that goes with an offer begins."""


class Reason(StrEnum):
    """Why somebody is forgotten."""

    REQUEST = "request"
    RETENTION = "retention"


@dataclass(frozen=True, kw_only=True)  # without slots: they leave no place for the pattern
class Person:
    """Who is to be forgotten. `names` are those under which the record knows the address, and others that somebody gave."""

    address: str
    names: frozenset[str] = frozenset()

    @cached_property
    def _pattern(self) -> re.Pattern[str]:
        address = rf"(?<![\w.+%-]){re.escape(self.address)}(?![\w-]|\.\w)"
        names = (
            r"(?<!\w)" + r"\s+".join(map(re.escape, name.split())) + r"(?!\w)" for name in sorted(self.names)
        )
        return re.compile("|".join([address, *names]), re.IGNORECASE)

    def is_at(self, address: object) -> bool:
        """Whether this is the person's address."""
        return isinstance(address, str) and address.strip().lower() == self.address.lower()

    def stands_in(self, value: object) -> bool:
        """Whether address or a name stands in a text, or anywhere in plain JSON data."""
        if isinstance(value, str):
            return self._pattern.search(value) is not None
        if isinstance(value, Mapping):
            return any(self.stands_in(each) for pair in value.items() for each in pair)
        return isinstance(value, list | tuple) and any(map(self.stands_in, value))

    def taken_out_of(self, value: Any) -> Any:
        """Plain JSON data with MARK in place of each text in which the person stands; the rest as it is."""
        if isinstance(value, str):
            return MARK if self.stands_in(value) else value
        if isinstance(value, Mapping):
            return {key: self.taken_out_of(each) for key, each in value.items()}
        return [self.taken_out_of(each) for each in value] if isinstance(value, list | tuple) else value


@dataclass(frozen=True, slots=True, kw_only=True)
class Seal:
    """A row that was blanked: the digest that it `held` until then, and the one it has `since`."""

    place: str
    held: str
    since: str
    event: int
    at: datetime
    by: str

    def __str__(self) -> str:
        return (
            f"{self.place}: blanked on {wording.utc_minute(self.at)} by {self.by}, because a person was forgotten "
            f"(event {self.event}); its digest held until then: {self.held[:12]}…"
        )


def seals(events: Iterable[StoredEvent]) -> list[Seal]:
    """What the events say was blanked, the latest of each digest at a place."""
    found: dict[tuple[str, str], Seal] = {}
    for event in events:
        for place, held, since in _told(event):
            found[place, held] = Seal(
                place=place, held=held, since=since, event=event.sequence, at=event.at, by=event.actor
            )
    return list(found.values())


def _told(event: StoredEvent) -> Iterator[tuple[str, str, str]]:
    rows = event.data.get("rows") if event.type == EventType.PERSON_FORGOTTEN else None
    for place, digests in rows.items() if isinstance(rows, Mapping) else ():
        for held, since in digests.items() if isinstance(digests, Mapping) else ():
            yield str(place), str(held), str(since)


def to_seal(mismatches: Iterable[Mismatch]) -> dict[str, dict[str, str]]:
    """What the event tells, by what does not match once a sound record was blanked. Raises ValueError for what no seal
    can be for.
    """
    rows: dict[str, dict[str, str]] = {}
    for each in mismatches:
        if not (is_sha256(each.expected) and is_sha256(each.found)):
            raise ValueError(str(each))
        rows.setdefault(each.place, {})[each.expected] = each.found
    return rows


def unexcused(record: QuoteRecord, mismatches: Iterable[Mismatch]) -> list[Mismatch]:
    """Those that no seal is for. One for a file is for nothing in its place, one for evidence for evidence without signer,
    or with a mark where the order or the consent named somebody: nobody can be forgotten by putting something else there.
    """
    since = {(seal.place, seal.held): seal.since for seal in seals(record.events)}
    return [
        each
        for each in mismatches
        if since.get((each.place, each.expected)) != each.found or not _is_blank(record, each)
    ]


def _is_blank(record: QuoteRecord, mismatch: Mismatch) -> bool:
    if " document of version " in mismatch.place or mismatch.place.startswith(FILE_PLACE):
        return mismatch.found == NOTHING
    if mismatch.place == "acceptance" and (accepted := record.acceptance) is not None:
        is_marked_order = MARK in {accepted.purchase_order_number, accepted.consent_text}
        return mismatch.found == NOTHING or accepted.signer_email is None or is_marked_order
    return True
