"""What routes work with: made once per process, or handed in by a test."""

import asyncio
from dataclasses import dataclass, field
from typing import Annotated

from fastapi import Depends
from starlette.requests import Request

from adapters.db.database import Database
from adapters.settings import Settings
from adapters.tokens import ApiKeyHashes
from api.dispatch.runs import QuoteRuns
from api.dispatch.submit import Commands
from api.keyring import KeyRing


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The API's adapters and the one way of submitting commands."""

    settings: Settings
    database: Database
    runs: QuoteRuns
    commands: Commands
    key_hashes: ApiKeyHashes
    keys: KeyRing
    batch_turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    """One batch of prices at a time: each takes a second of processor time and tens of megabytes."""


def services_of(request: Request) -> Services:
    """The services of the app that answers `request`."""
    services: Services = request.app.state.services
    return services


async def _services(request: Request) -> Services:
    # A dependency that is no coroutine would be run in a thread.
    return services_of(request)


ServicesDep = Annotated[Services, Depends(_services)]
