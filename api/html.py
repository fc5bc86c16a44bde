"""What all pages of ours share: templates that escape, files that a browser may keep for ever, and a policy that
lets in nothing from elsewhere and nothing that is written into a page.
"""

from hashlib import sha256
from pathlib import Path
from typing import Any, Final

from jinja2 import Environment, FileSystemLoader, StrictUndefined
from starlette.requests import Request
from starlette.responses import HTMLResponse, Response

POLICY: Final = (
    "default-src 'none'; script-src 'self'; style-src 'self'; img-src 'self'; connect-src 'self'; "
    "form-action 'self'; base-uri 'none'; frame-ancestors 'none'"
)
PRIVATE: Final = {
    "Cache-Control": "no-store",
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
    "X-Robots-Tag": "noindex, nofollow",
}
"""Kept nowhere, told to nobody, found by no search engine."""

FOR_EVER: Final = {
    "Cache-Control": "public, max-age=31536000, immutable",
    "X-Content-Type-Options": "nosniff",
}
"""For what never changes at its address."""

_HSTS: Final = "max-age=31536000"


class Asset:
    """A file of ours that pages load. Its address, below `prefix`, changes with its content, so that a browser may
    keep it for ever.
    """

    def __init__(self, file: Path, *, prefix: str, media_type: str) -> None:
        self.content = file.read_bytes()
        self._media_type = media_type
        self.path = f"{prefix}/{file.stem}.{sha256(self.content).hexdigest()[:16]}{file.suffix}"

    def answer(self) -> Response:
        """The file."""
        return Response(self.content, media_type=self._media_type, headers=FOR_EVER)

    async def served(self) -> Response:
        """As a route's endpoint: a coroutine, which needs no thread."""
        return self.answer()


def templates(folder: Path, **shared: Any) -> Environment:
    """The templates of a folder. All know what is `shared`; a name that is missing is an error."""
    made = Environment(
        loader=FileSystemLoader(folder),
        autoescape=True,
        undefined=StrictUndefined,
        trim_blocks=True,
        lstrip_blocks=True,
    )
    made.globals |= shared
    return made


def html_answer(
    request: Request, html: str, *, status: int = 200, headers: dict[str, str] | None = None
) -> HTMLResponse:
    """A page; never kept by a browser, never found by a search engine."""
    own = {**PRIVATE, "Content-Security-Policy": POLICY}
    if request.url.scheme == "https":
        own["Strict-Transport-Security"] = _HSTS
    return HTMLResponse(html, status_code=status, headers=own | (headers or {}))
