"""Who acted, by the names of those who may: the shop's people, API keys, and readers of quotes by their links."""

from collections.abc import Iterable, Mapping
from typing import Final

import sqlalchemy as sa
from sqlalchemy.dialects.postgresql import ARRAY

from adapters.db.database import Reading
from adapters.db.tables import api_keys, customer_links, staff_users
from domain.people.roles import USER
from domain.quotes.commands import LINK
from domain.uuids import is_uuid

KEY: Final = "key:"
"""What the actor begins with where a program calls with an API key; the key's public id follows."""


async def names_of_actors(r: Reading, actors: Iterable[str]) -> Mapping[str, str]:
    """By actor as events and commands have it: a person's name, a key's name, a reader's address. Those who are not
    there (any more), and who is none of these, have no entry.
    """
    known = sorted({each for each in actors if each.startswith((USER, KEY, LINK))})
    if not known:
        return {}
    given = {
        "users": _ids(known, USER),
        "links": _ids(known, LINK),
        "keys": [each.removeprefix(KEY) for each in known if each.startswith(KEY)],
    }
    return {row["actor"]: row["name"] for row in await r.rows(_NAMES, given)}


def _ids(actors: Iterable[str], begins: str) -> list[str]:
    found = (each.removeprefix(begins) for each in actors if each.startswith(begins))
    return [each for each in found if is_uuid(each)]


def _named(begins: str, key: sa.Column[str], name: sa.Column[str], of: str) -> sa.Select[tuple[str, str]]:
    actor = sa.literal_column(f"'{begins}'", sa.Text).op("||")(sa.cast(key, sa.Text))
    among = sa.any_(sa.bindparam(of, type_=ARRAY(key.type)))
    return sa.select(actor.label("actor"), name.label("name")).where(key == among)


_NAMES: Final = sa.union_all(
    _named(USER, staff_users.c.id, staff_users.c.name, "users"),
    _named(LINK, customer_links.c.id, customer_links.c.recipient, "links"),
    _named(KEY, api_keys.c.public_id, api_keys.c.name, "keys"),
)
