"""Routes of the API: who calls is asked first, then the query's names, then the body is read."""

from collections import Counter
from collections.abc import Callable, Coroutine
from contextlib import suppress
from typing import Any, Final, get_args, get_origin

from fastapi.dependencies.models import Dependant
from fastapi.routing import APIRoute
from starlette.requests import Request
from starlette.responses import Response

from adapters import logs
from api.http.auth import authenticate, scope_of
from api.http.json_body import parse, read_bytes, read_json_bytes
from api.http.problem import FieldError, ProblemError, invalid
from api.http.validation import pointer
from domain.people.scopes import Scope
from domain.uuids import read_uuid

_NOTHING: Final = b"{}"
Handler = Callable[[Request], Coroutine[Any, Any, Response]]


class _ParsedRequest(Request):
    """A request whose body has been read and parsed already."""

    def __init__(self, request: Request, raw: bytes, value: Any) -> None:
        super().__init__(request.scope, request.receive)
        self._raw = raw
        self._value = value

    async def body(self) -> bytes:
        """The body's bytes."""
        return self._raw

    async def json(self) -> Any:
        """The body's value, as the strict parser read it."""
        return self._value


class StrictRoute(APIRoute):
    """Refuses a caller without a valid key, unknown or repeated query parameters, loose JSON, and a body where none is taken."""

    @property
    def scope(self) -> Scope:
        """What a key needs."""
        return scope_of(self.methods or (), self.dependencies)

    def get_route_handler(self) -> Handler:
        """The framework's handler behind our own checks."""
        handle = super().get_route_handler()
        known = _query_names(self.dependant)
        several = _query_names(self.dependant, several=True)
        has_body = self.body_field is not None
        reads_file = "requestBody" in (self.openapi_extra or {})
        refuses_body = not has_body and not reads_file and {"GET", "HEAD"}.isdisjoint(self.methods or ())
        needed = self.scope

        async def handler(request: Request) -> Response:
            await authenticate(request, needed)
            _bind_quote(request)
            _check_query(request, known, several)
            if refuses_body:
                await _check_no_body(request)
            if not has_body:
                return await handle(request)
            raw = await read_json_bytes(request)
            return await handle(_ParsedRequest(request, raw, parse(raw) if raw else None))

        return handler


async def _check_no_body(request: Request) -> None:
    """What is meant by a body that nobody reads would not happen; `{}` means nothing."""
    message = "must be left out: this operation takes no body"
    refused = invalid(FieldError(pointer="", code="unexpected_body", message=message))
    refused.headers = {"Connection": "close"}  # what is left of it is not read
    try:
        raw = await read_bytes(request, len(_NOTHING))
    except ProblemError:  # it is longer
        raise refused from None
    if raw not in {b"", _NOTHING}:
        raise refused


def _bind_quote(request: Request) -> None:
    """Put the quote's id beside every line of the log, if it is one at all."""
    with suppress(ValueError):
        logs.bind(quote_id=read_uuid(request.path_params.get("quote_id", "")))


def _query_names(dependant: Dependant, *, several: bool = False) -> frozenset[str]:
    """The parameters of an address; or only those of which there may be `several`."""
    own = (
        field.alias
        for field in dependant.query_params
        if not several or _is_list(field.field_info.annotation)
    )
    return frozenset(own).union(*(_query_names(each, several=several) for each in dependant.dependencies))


def _is_list(annotation: Any) -> bool:
    return list in {get_origin(annotation), *map(get_origin, get_args(annotation))}


def _check_query(request: Request, known: frozenset[str], several: frozenset[str]) -> None:
    names = Counter(name for name, _ in request.query_params.multi_items())
    wrong = [
        FieldError(pointer=pointer([name]), code=code, message=message, place="query", allowed=sorted(known))
        for name, code, message in (
            *((n, "unknown_parameter", "is not a parameter of this address") for n in names.keys() - known),
            *(
                (n, "repeated_parameter", "may be given only once")
                for n, times in names.items()
                if times > 1 and n not in several
            ),
        )
    ]
    if wrong:
        raise invalid(*wrong[:20])
