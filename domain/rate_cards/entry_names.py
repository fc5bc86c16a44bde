"""By what other names people call what is on a card: `Aluminium`, `AlMg4,5Mn`, `1.0037`."""

import unicodedata
from collections.abc import Iterator, Mapping
from typing import Protocol, TypeVar

from domain.rate_cards.rate_card import folded


class Aliased(Protocol):
    """An entry of a card that may be called by more than its name."""

    @property
    def aliases(self) -> tuple[str, ...] | None: ...


Entry = TypeVar("Entry", bound=Aliased)


def likeness(name: str) -> str:
    """Letters and digits alone, without case and accents: names of the same likeness are one name to people. Empty for
    a text that has neither.
    """
    plain = unicodedata.normalize("NFKD", name.casefold())
    return "".join(char for char in plain if char.isalnum())


def find_by_name_or_alias(entries: Mapping[str, Entry], wanted: str | None) -> tuple[str, Entry] | None:
    """The entry that `wanted` means, with its name on the card: by its exact name, then by its name in other case, then
    by a name or alias of the same likeness. None where there is no such entry, and where there are several.
    """
    if wanted is None:
        return None
    if wanted in entries:
        return wanted, entries[wanted]
    sought, like = folded(wanted), likeness(wanted)
    found = [name for name in entries if folded(name) == sought]
    found = found or [name for name, entry in entries.items() if like and like in likenesses(name, entry)]
    return (found[0], entries[found[0]]) if len(found) == 1 else None


def likenesses(name: str, entry: Aliased) -> Iterator[str]:
    """Of all that the entry is called."""
    return map(likeness, (name, *(entry.aliases or ())))
