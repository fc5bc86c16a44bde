"""The OpenAPI document: FastAPI's, with what our routes do themselves put right."""

from typing import Any, Final

from fastapi import FastAPI
from fastapi.openapi.utils import get_openapi

TITLE: Final = "Firm Offer"
VERSION: Final = "1"
OPENAPI_PATH: Final = "/api/v1/openapi.json"
DESCRIPTION: Final = """\
Quotes that stay open until a stated date. Money is a decimal string beside its currency, times are UTC.
A change is answered with its outcome, or with 202 and a Location where the outcome will be told."""
TAGS: Final = {
    "quotes": "A quote's life: created as a draft, sent, answered or over. What changes it is a command, decided in the "
    "order in which commands were received.",
    "pricing": "What a part costs at each tier, line by line, by the rate card of the day.",
    "customers": "Who gets quotes.",
    "links": "What customers open: who was sent one, who has looked, and closing one for good.",
    "documents": "The PDF that was sent, the evidence of an acceptance, and files that prove a yes.",
    "history": "What happened to a quote, version by version and event by event, and how a command ended.",
    "rate cards": "The price lists, with their dates.",
    "health": "Whether the service is there, and all that it needs. No key is asked for.",
}
"""The parts of the interface, in the order in which they are told."""

_KEY: Final = "api_key"
_PROBLEM: Final = {"$ref": "#/components/schemas/ProblemAnswer"}


def document(app: FastAPI) -> dict[str, Any]:
    """The document, made once per app."""
    if app.openapi_schema is None:
        made = get_openapi(
            title=app.title, version=app.version, description=app.description, routes=app.routes
        )
        made["components"]["securitySchemes"] = {
            _KEY: {"type": "http", "scheme": "bearer", "description": "An API key: fo_…"}
        }
        for path, operations in made["paths"].items():
            for operation in operations.values():
                _correct(path, operation)
        made["tags"] = [{"name": name, "description": text} for name, text in TAGS.items()]
        _link(made)
        _drop_unused(made)
        app.openapi_schema = made
    return app.openapi_schema


def _correct(path: str, operation: dict[str, Any]) -> None:
    if path.startswith("/api/"):
        operation["security"] = [{_KEY: []}]
    for status, response in operation["responses"].items():
        response.setdefault("headers", {})["X-Request-Id"] = {"schema": {"type": "string"}}
        if int(status) >= 400:  # noqa: PLR2004  # where errors begin
            response["content"] = {"application/problem+json": {"schema": _PROBLEM}}
    if path.endswith(("/livez", "/readyz")):
        operation["responses"].pop("422", None)


def _link(made: dict[str, Any]) -> None:
    """From a created quote to reading and sending it."""
    created = made["paths"]["/api/v1/quotes"]["post"]["responses"]["201"]
    parameters = {"quote_id": "$response.body#/id"}
    created["links"] = {
        name: {"operationId": f"{name}_quote", "parameters": parameters} for name in ("get", "send", "accept")
    }


def _drop_unused(made: dict[str, Any]) -> None:
    """FastAPI's own error schemas: nothing answers with them."""
    for name in ("HTTPValidationError", "ValidationError"):
        made["components"]["schemas"].pop(name, None)
