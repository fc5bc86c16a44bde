"""`Idempotency-Key`: the same request again, by the same caller, gets the same answer, byte for byte."""

import hashlib
import re
from collections.abc import Awaitable, Callable
from typing import Annotated, Final

from fastapi import Depends, Header
from pydantic import WithJsonSchema
from starlette.requests import Request
from starlette.responses import Response

from adapters.db.database import Writing
from adapters.db.inbox.kept_answers import Idempotency, KeptAnswer, claim, keep_answer
from api.http.auth import actor_of
from api.http.problem import FieldError, ProblemError
from api.services import Services

REPLAYED: Final = "Idempotency-Replayed"
_KEY: Final = re.compile(r"[\x21-\x7e]{1,255}")
_KEPT_HEADERS: Final = ("content-type", "etag", "location", "retry-after")


IdempotencyKey = Annotated[
    str | None,
    Header(
        description=(
            "1 to 255 visible ASCII characters, unique per request of this caller. The same key with "
            "the same request returns the first answer again; with another request it is refused."
        )
    ),
    WithJsonSchema({"type": "string", "pattern": f"^{_KEY.pattern}$"}),
]


def idempotency_over(request: Request, key: str | None, body: bytes) -> Idempotency | None:
    """The request's key with a hash over all that makes the request; None without a key. For a route that reads its body by
    itself. Raises ProblemError 400 `bad_header`.
    """
    if key is None:
        return None
    if _KEY.fullmatch(key) is None:
        raise bad_header("Idempotency-Key", "must be 1 to 255 visible ASCII characters")
    digest = hashlib.sha256()
    query = f"?{request.url.query}" if request.url.query else ""
    for part in (request.method, request.url.path + query, request.headers.get("if-match", "")):
        digest.update(f"{len(part)}:{part}\n".encode())
    digest.update(body)
    return Idempotency(caller=actor_of(request), key=key, body_hash=digest.hexdigest())


async def idempotency_of(request: Request, idempotency_key: IdempotencyKey = None) -> Idempotency | None:
    """That of a JSON request, whose body is read and bounded already. Raises as `idempotency_over`."""
    if idempotency_key is None:
        return None
    return idempotency_over(request, idempotency_key, await request.body())


IdempotencyDep = Annotated[Idempotency | None, Depends(idempotency_of)]


def bad_header(name: str, rule: str) -> ProblemError:
    """A 400 that names the header and its rule."""
    error = FieldError(pointer=f"/{name}", code="bad_header", message=rule, place="header")
    return ProblemError("bad_header", f"The header {name} {rule}.", errors=[error])


def to_keep(response: Response) -> KeptAnswer:
    """The parts of an answer that are given again."""
    headers = {name: response.headers[name] for name in _KEPT_HEADERS if name in response.headers}
    return KeptAnswer(status=response.status_code, headers=headers, body=bytes(response.body))


def as_kept(answer: KeptAnswer, *, replayed: bool) -> Response:
    """A kept answer as a response."""
    headers = {**answer.headers, **({REPLAYED: "true"} if replayed else {})}
    return Response(answer.body, status_code=answer.status, headers=headers)


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
        await keep_answer(writing, idempotency, to_keep(response))
        return response
