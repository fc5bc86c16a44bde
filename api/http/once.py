"""Requests that are no command of a quote, done once: effect and kept answer in one transaction."""

from collections.abc import Awaitable, Callable

from starlette.responses import Response

from adapters.db.database import Writing
from adapters.db.inbox.answers import claim, keep
from adapters.db.inbox.store import Idempotency
from api.http.idempotency import as_kept, to_keep
from api.services import Services


async def once(
    services: Services, idempotency: Idempotency | None, work: Callable[[Writing], Awaitable[Response]]
) -> Response:
    """Do `work`, or give the answer of the same request again. A repeat that comes meanwhile waits for it.

    What raises leaves neither effect nor answer. Raises IdempotencyKeyReusedError, DatabaseUnavailableError.
    """
    async with services.database.write() as writing:
        if idempotency is None:
            return await work(writing)
        kept = await claim(writing, idempotency)
        if kept is not None:
            return as_kept(kept, replayed=True)
        response = await work(writing)
        await keep(writing, idempotency, to_keep(response))
        return response
