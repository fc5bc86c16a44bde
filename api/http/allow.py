"""Which methods an address takes: all of them, where the framework tells those of one route only."""

import re
from functools import cache
from typing import Any

from fastapi import FastAPI
from starlette.requests import Request

_METHODS = frozenset({"get", "put", "post", "patch", "delete"})
_PARAMETER = re.compile(r"\{[^}]+\}")


def allowed_methods(request: Request) -> str | None:
    """The value of `Allow` for the request's path, None for an address that the document does not tell."""
    found = {
        method.upper()
        for pattern, methods in _addresses(request.app)
        if pattern.fullmatch(request.url.path)
        for method in methods
    }
    return ", ".join(sorted(found)) or None


@cache
def _addresses(app: FastAPI) -> tuple[tuple[re.Pattern[str], frozenset[str]], ...]:
    paths: dict[str, dict[str, Any]] = app.openapi()["paths"]
    return tuple(
        (re.compile("[^/]+".join(map(re.escape, _PARAMETER.split(path)))), _METHODS & operations.keys())
        for path, operations in paths.items()
    )
