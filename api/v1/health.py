"""Whether the process lives, and whether all that it needs is there."""

import asyncio
from collections.abc import Awaitable, Callable
from enum import StrEnum
from typing import Final

from fastapi import APIRouter
from starlette.responses import Response

from adapters import logs
from adapters.db.contents import is_migrated, ping
from adapters.db.errors import REFUSALS, DatabaseUnavailableError, sqlstate
from api.dispatch.runs import RunsUnavailableError
from api.http.problem import ProblemError
from api.json_answer import Answer, answered
from api.services import Services, ServicesDep
from api.v1.router import problems


class HealthStatus(StrEnum):
    """Of a process, and of everything that it depends on."""

    ALIVE = "alive"
    READY = "ready"


class HealthAnswer(Answer):
    """Whether the process, or everything it depends on, is healthy."""

    status: HealthStatus
    checks: dict[str, str] | None = None


routes = APIRouter(tags=["health"])
LIMIT_SECONDS: Final = 1.0
OK: Final = "ok"
_log = logs.logger(__name__)


@routes.get(
    "/livez",
    operation_id="livez",
    summary="Ask whether the process is responding",
    response_model=HealthAnswer,
)
async def livez() -> Response:
    """The process is responding."""
    return answered(HealthAnswer(status=HealthStatus.ALIVE))


@routes.get(
    "/readyz",
    operation_id="readyz",
    summary="Ask whether everything is ready",
    response_model=HealthAnswer,
    responses=problems(500, 503),
)
async def readyz(services: ServicesDep) -> Response:
    """Database, migrations, whether a command could be stored, Temporal and its namespace; checked at the same time,
    each within a second.
    """
    checks = await look(services)
    if any(answer != OK for answer in checks.values()):
        raise ProblemError(
            "not_ready",
            "Something that this service needs is not available.",
            extra={"checks": checks},
            headers={"Retry-After": "2"},
        )
    return answered(HealthAnswer(status=HealthStatus.READY, checks=checks))


async def look(services: Services) -> dict[str, str]:
    """`database`, `migrations`, `writes`, `temporal` and `namespace`, each `ok`, `failed`, or why not; in a second."""
    asked: dict[str, Callable[[Services], Awaitable[bool]]] = {
        "database": _database,
        "migrations": _migrations,
        "writes": _writes,
        "temporal": _temporal,
        "namespace": _namespace,
    }
    told = await asyncio.gather(*(_within_limit(ask(services)) for ask in asked.values()))
    return dict(zip(asked, told, strict=True))


async def _within_limit(asked: Awaitable[bool]) -> str:
    try:
        async with asyncio.timeout(LIMIT_SECONDS):
            return OK if await asked else "failed"
    except DatabaseUnavailableError as error:
        return error.obstacle
    except (TimeoutError, RunsUnavailableError):
        return "unreachable"
    except REFUSALS as error:
        _log.warning("readiness_failed", error=type(error).__name__, sqlstate=sqlstate(error))
        return "failed"


async def _database(services: Services) -> bool:
    async with services.database.read() as reading:
        await ping(reading)
    return True


async def _migrations(services: Services) -> bool:
    async with services.database.read() as reading:
        return await is_migrated(reading)


async def _writes(services: Services) -> bool:
    await services.probe.ask()
    return True


async def _temporal(services: Services) -> bool:
    return await services.runs.ping()


async def _namespace(services: Services) -> bool:
    return await services.runs.has_namespace()
