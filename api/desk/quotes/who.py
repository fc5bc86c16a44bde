"""Who acted, in words: the one way in which the desk names those who act."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final

from adapters.db.database import Reading
from adapters.db.parties.actors import KEY, names_of_actors
from adapters.db.parties.users import find_user_at
from domain import wording
from domain.people.roles import USER
from domain.quotes.commands import LINK

SYSTEM: Final = "system"
_GONE: Final = {USER: "somebody who is not here any more", KEY: "an API key that is gone", LINK: "a reader"}


@dataclass(frozen=True, slots=True)
class ActorNames:
    """The names of some actors, as events and commands have them."""

    known: Mapping[str, str]

    def of(self, actor: str) -> str:
        """A person's name, a reader's address, or "API key ERP"; "the system" where nobody acted. An actor of another
        kind, such as an owner's address, is named as it is written.
        """
        if actor == SYSTEM:
            return "the system"
        name = wording.one_line(self.known.get(actor, ""))
        if name:
            return f"API key {name}" if actor.startswith(KEY) else name
        return next(
            (gone for begins, gone in _GONE.items() if actor.startswith(begins)), wording.one_line(actor)
        )

    def by(self, actor: str) -> str:
        """How an entry ends: "by Marta Keller", or "by itself"."""
        return "by itself" if actor == SYSTEM else f"by {self.of(actor)}"


async def names_for(r: Reading, actors: Iterable[str], *, owner: str | None = None) -> ActorNames:
    """The names of these actors, and of a quote's `owner`, who is written as an address."""
    known = await names_of_actors(r, actors)
    person = await find_user_at(r, owner.lower()) if owner else None
    return ActorNames({**known, owner: person.name} if owner and person else known)
