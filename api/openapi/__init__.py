"""The OpenAPI document: FastAPI's, with what our routes do themselves put right."""

from collections.abc import Iterable
from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi
from fastapi.routing import APIRoute
from starlette.routing import BaseRoute

from api.http.strict_route import StrictRoute
from api.openapi.form_names import name_forms
from api.openapi.what_is_posted import posted_forms, webhooks
from domain.people.scopes import Scope

TITLE: Final = "Firm Offer"
VERSION: Final = "1"
OPENAPI_PATH: Final = "/api/v1/openapi.json"
DESCRIPTION: Final = """\
Quotes that stay open until a stated date. Money is a decimal string next to its currency, times are UTC.
A change is answered with its outcome, or with 202 and a Location at which the outcome will be found."""
TAGS: Final = {
    "quotes": (
        "A quote's life: created as a draft, sent, then answered or expired. Every change is a command; "
        "commands are decided in the order in which they were received."
    ),
    "pricing": "What a part costs at each tier, line by line, by the rate card valid now.",
    "parts lists": "From a customer's list of parts, as it came, to a draft.",
    "customers": "The companies that are quoted.",
    "links": "The links that customers open: who was sent one, who has viewed it, and how to revoke one.",
    "documents": "The PDF that was sent, the evidence of an acceptance, and files kept as proof of one.",
    "history": "What happened to a quote, version by version and event by event, and the outcome of a command.",
    "feed": "What happens to all quotes, in one order, for systems that follow it: each event exactly once.",
    "webhooks": "Events told to other systems by signed requests.",
    "rate cards": "The price lists, with their dates.",
    "keys": "Who may call, and how much each may do. A secret is shown once, and stored nowhere.",
    "health": "Whether the service, and everything it depends on, is up. No key is needed.",
}
"""The parts of the interface, in the order in which they are told."""

_KEY: Final = "api_key"
_KEYS: Final = (
    "An API key: fo_…. Each operation names the scope that the key needs: `read`; `quote`, which includes `read`; or `admin`, "
    "which includes both."
)
_SERVERS: Final[list[dict[str, str | Any]]] = [
    {"url": "/", "description": "The installation that serves this document"}
]
_PROBLEM: Final = {"$ref": "#/components/schemas/ProblemAnswer"}


def document(app: FastAPI) -> dict[str, Any]:
    """The document, made once per app."""
    if app.openapi_schema is None:
        made = get_openapi(
            title=app.title,
            version=app.version,
            description=app.description,
            routes=app.routes,
            servers=_SERVERS,
            license_info={"name": "MIT", "identifier": "MIT"},
        )
        made["components"]["securitySchemes"] = {
            _KEY: {"type": "http", "scheme": "bearer", "description": _KEYS}
        }
        scopes = _scopes(app.routes)
        for path, operations in made["paths"].items():
            for method, operation in operations.items():
                _correct(path, operation, scopes.get((path, method)))
        made["tags"] = [{"name": name, "description": text} for name, text in TAGS.items()]
        _link(made)
        made["webhooks"] = webhooks()
        for name, form in posted_forms().items():
            made["components"]["schemas"].setdefault(name, form)
        _drop_unused(made)
        name_forms(made)
        _name_bounds(made["components"]["schemas"])
        app.openapi_schema = made
    return app.openapi_schema


def _scopes(routes: Iterable[BaseRoute]) -> dict[tuple[str, str], Scope]:
    """What a key needs for each operation, by path and method."""
    return {
        (route.path, method.lower()): scope
        for route in routes
        if isinstance(route, APIRoute) and (scope := _scope(route)) is not None
        for method in route.methods or ()
    }


def _scope(route: APIRoute) -> Scope | None:
    """A route of another kind names it by a dependency, or takes no key."""
    if isinstance(route, StrictRoute):
        return route.scope
    return next(
        (scope for each in route.dependencies if (scope := getattr(each.dependency, "scope", None))), None
    )


def _correct(path: str, operation: dict[str, Any], scope: Scope | None) -> None:
    operation["security"] = []
    if scope is not None:
        operation["security"] = [{_KEY: [scope]}]
        told = operation.get("description", "")
        operation["description"] = f"{told}\n\nScope: `{scope}`.".strip()
    for status, response in operation["responses"].items():
        response.setdefault("headers", {})["X-Request-Id"] = {"schema": {"type": "string"}}
        if int(status) >= 400:  # noqa: PLR2004  # where errors begin
            response["content"] = {"application/problem+json": {"schema": _PROBLEM}}
    if not path.startswith("/api/"):
        operation["responses"].pop("422", None)
    for part in (
        *operation.get("requestBody", {}).get("content", {}).values(),
        *operation.get("parameters", ()),
    ):
        part["schema"] = _without_null(part["schema"])


def _without_null(schema: dict[str, Any]) -> dict[str, Any]:
    """What may be left out is no `null`: clients are generated that send one, or cannot leave it out."""
    given = [each for each in schema.get("anyOf", ()) if each != {"type": "null"}]
    rest = {name: each for name, each in schema.items() if name != "anyOf"}
    return {**given[0], **rest} if len(given) == 1 else {"anyOf": given, **rest} if given else schema


def _link(made: dict[str, Any]) -> None:
    """From a created quote to reading and sending it."""
    created = made["paths"]["/api/v1/quotes"]["post"]["responses"]["201"]
    parameters = {"quote_id": "$response.body#/id"}
    created["links"] = {
        name: {"operationId": f"{name}_quote", "parameters": parameters} for name in ("get", "send", "accept")
    }


def _name_bounds(part: Any) -> None:
    """Bounds that follow a rule of ours stand under the validator's own names, which a JSON Schema does not know."""
    if isinstance(part, dict) and isinstance(part.get("type"), str):
        for ours, known in (("ge", "minimum"), ("le", "maximum")):
            if ours in part:
                part[known] = part.pop(ours)
    for each in part.values() if isinstance(part, dict) else part if isinstance(part, list) else ():
        _name_bounds(each)


def _drop_unused(made: dict[str, Any]) -> None:
    """FastAPI's own error schemas: nothing answers with them."""
    for name in ("HTTPValidationError", "ValidationError"):
        made["components"]["schemas"].pop(name, None)
