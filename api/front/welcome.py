"""What `/` tells: whether all is well, and in the local run where everything is."""

import asyncio
from dataclasses import dataclass
from typing import Final
from urllib.parse import urlsplit

from adapters.db.database import Database, DatabaseUnavailableError
from adapters.db.quotes.links import find_open_offer
from adapters.db.quotes.repository import PgQuotes
from adapters.settings import Settings
from adapters.tokens import LinkTokens
from api.dispatch.runs import QuoteRuns, RunsUnavailableError
from api.services import Services
from api.v1.health import LIMIT_SECONDS, OK, look
from domain import wording
from domain.presentation.sheet import offer_sheet
from workflows.contract import WorkKind

_RECORD_NAME: Final = "PostgreSQL"
_RECORD: Final = {
    "away": "is not responding. Until it is back, nothing can be read or stored.",
    "old": "is responding, but its tables are not those of this version. Run firm-offer migrate.",
    "still": "accepts no changes, so nothing can be stored. Run firm-offer doctor to find out why.",
    OK: "holds every quote, version and event.",
}
_TEMPORAL: Final = {
    "away": "is not responding. What is sent now is stored, and decided when it is back.",
    "homeless": "is responding, but the namespace for quotes is missing (TEMPORAL_NAMESPACE). Run firm-offer temporal-setup.",
    OK: "runs the life of every open quote.",
}
_WORKERS: Final = {
    WorkKind.DECISIONS: (
        "Worker",
        "decides about every quote.",
        "is not running. What is sent now is stored, and decided when one runs.",
    ),
    WorkKind.DELIVERIES: (
        "Deliveries",
        "makes documents and sends emails.",
        "is not running. Documents and emails wait until a worker for them runs.",
    ),
}
"""Name, and what is said of one that is there and of none."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Component:
    """Something that the product needs, and how it is."""

    name: str
    is_well: bool
    says: str


@dataclass(frozen=True, slots=True, kw_only=True)
class OpenOffer:
    """An open offer as its customer sees it; `path` is the link that the mail brought."""

    path: str
    number: str
    customer: str
    total: str
    valid_until: str


@dataclass(frozen=True, slots=True, kw_only=True)
class LocalRun:
    """Where everything of the local run is, without any secret."""

    api: str
    inbox: str | None
    temporal_ui: str | None
    temporal: str
    postgres: str
    smtp: str
    offer: OpenOffer | None


@dataclass(frozen=True, slots=True, kw_only=True)
class Welcome:
    """The page's data. `local` is None everywhere but in the local run."""

    parts: tuple[Component, ...]
    local: LocalRun | None

    @property
    def away(self) -> list[str]:
        """What is not well, by name."""
        return [part.name for part in self.parts if not part.is_well]


async def welcome(services: Services) -> Welcome:
    """Waits for a second at most for what is away, and does not ask it for more."""
    parts = _parts(await look(services))
    if parts[-1].is_well:
        parts += await _workers(services.runs)
    if services.settings.environment != "local":
        return Welcome(parts=parts, local=None)
    has_record = next(part.is_well for part in parts if part.name == _RECORD_NAME)
    offer = await _open_offer(services) if has_record else None
    return Welcome(parts=parts, local=_local(services.settings, offer))


def _parts(checks: dict[str, str]) -> tuple[Component, ...]:
    record = _first_of(checks, {"database": "away", "migrations": "old", "writes": "still"})
    temporal = _first_of(checks, {"temporal": "away", "namespace": "homeless"})
    return (
        Component(name="API", is_well=True, says="is responding: this page comes from it."),
        Component(name=_RECORD_NAME, is_well=record == OK, says=_RECORD[record]),
        Component(name="Temporal", is_well=temporal == OK, says=_TEMPORAL[temporal]),
    )


async def _workers(runs: QuoteRuns) -> tuple[Component, ...]:
    """As Temporal has seen them; nothing where it does not tell."""
    try:
        lacking = await runs.lacking_workers(limit=LIMIT_SECONDS)
    except RunsUnavailableError:
        return ()
    return tuple(
        Component(name=name, is_well=work not in lacking, says=absent if work in lacking else there)
        for work, (name, there, absent) in _WORKERS.items()
    )


def _first_of(checks: dict[str, str], words: dict[str, str]) -> str:
    """The word for the first of these checks that failed."""
    return next((word for check, word in words.items() if checks[check] != OK), OK)


def _local(settings: Settings, offer: OpenOffer | None) -> LocalRun:
    return LocalRun(
        api=f"{settings.public_url}/api/v1",
        inbox=settings.mail_url,
        temporal_ui=settings.temporal_ui_url,
        temporal=settings.temporal_address,
        postgres=_without_secrets(settings.database_url.get_secret_value()),
        smtp=_without_secrets(settings.smtp_url.get_secret_value()),
        offer=offer,
    )


def _without_secrets(url: str) -> str:
    """Host, port and path of an address: neither user nor password, nor anything after a question mark."""
    parts = urlsplit(url)
    return parts.netloc.rpartition("@")[2] + parts.path


async def _open_offer(services: Services) -> OpenOffer | None:
    try:
        async with asyncio.timeout(LIMIT_SECONDS):
            return await _find_offer(services.database, services.tokens)
    except (TimeoutError, DatabaseUnavailableError):
        return None


async def _find_offer(database: Database, tokens: LinkTokens) -> OpenOffer | None:
    async with database.read() as r:
        link = await find_open_offer(r)
        found = await PgQuotes(r).find(link.quote_id) if link else None
    if link is None or found is None:
        return None
    return OpenOffer(
        path=f"/q/{tokens.token(link.id)}",
        number=found.number,
        customer=wording.one_line(found.customer_name),
        total=offer_sheet(found.content).price,
        valid_until=wording.instant(found.quote.valid_until, found.quote.time_zone),
    )
