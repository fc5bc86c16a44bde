"""Webhooks that fare badly, for admins: other systems are not told of what happens here."""

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Final

from adapters.db.database import Reading, Row
from adapters.db.record.webhooks import troubled
from domain import wording

_LATEST: Final = 1_000
"""Events of each webhook among which given up ones are looked for: the page is opened often."""


@dataclass(frozen=True, slots=True, kw_only=True)
class UntoldSystem:
    """A webhook, and why it is here; `path` is its page."""

    path: str
    name: str
    why: str


async def untold_systems(r: Reading, zone: str) -> list[UntoldSystem]:
    """Those that their receiver has disabled, that have events which were given up, or some that have waited for an hour."""
    return [
        UntoldSystem(
            path=f"/desk/settings/webhooks/{row['id']}",
            name=wording.one_line(row["description"] or row["url"]),
            why="; ".join(_why(row, zone)),
        )
        for row in await troubled(r, latest=_LATEST)
    ]


def _why(row: Row, zone: str) -> Iterator[str]:
    if row["disabled_reason"]:
        yield f"Disabled: {wording.one_line(row['disabled_reason'])}"
    if row["parked"]:
        yield f"{wording.counted(row['parked'], 'event')} given up"
    if row["waits_since"]:
        yield f"Events wait since {wording.local_minute(row['waits_since'], zone)}"
