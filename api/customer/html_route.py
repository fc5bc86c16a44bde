"""Whatever goes wrong on a customer's page, the answer is a page."""

import traceback
from collections.abc import Callable, Coroutine
from typing import Any

from fastapi.routing import APIRoute
from starlette.requests import ClientDisconnect, Request
from starlette.responses import Response

from adapters import logs
from adapters.db.database import DatabaseUnavailableError
from api.customer.forms import UnreadableFormError
from api.customer.link import LinkGoneError, LinkUnknownError
from api.customer.pages import notice

_log = logs.logger(__name__)


class HtmlRoute(APIRoute):
    """Turns errors into pages that say what to do, and tell nothing of what happened inside."""

    def get_route_handler(self) -> Callable[[Request], Coroutine[Any, Any, Response]]:
        """The framework's handler, with the last word on errors."""
        handle = super().get_route_handler()

        async def handler(request: Request) -> Response:
            try:
                return await handle(request)
            except LinkUnknownError:
                return nothing_here(request)
            except LinkGoneError as gone:
                return notice(request, 410, "This link is no longer valid", str(gone))
            except UnreadableFormError as error:
                headers = {"Connection": "close"}
                return notice(request, error.status, "Please try again", str(error), headers=headers)
            except DatabaseUnavailableError as error:
                _log.warning("page_unavailable", obstacle=error.obstacle)
                return _later(request, 503)
            except ClientDisconnect:
                raise
            except Exception as error:  # noqa: BLE001 - the last resort: logged, and answered with a page
                _log.error("page_failed", error=type(error).__name__, where=_frames(error))
                return _later(request, 500)

        return handler


def nothing_here(request: Request) -> Response:
    """For every address that leads nowhere."""
    title, text = "This page does not exist", "Please check that you have the whole link from your email."
    return notice(request, 404, title, f"{text} Its last part should have 43 characters.")


def _frames(error: Exception) -> list[str]:
    """Where it failed, never with which values: an error's own text may hold what a customer typed."""
    frames = traceback.extract_tb(error.__traceback__)[-8:]
    return [f"{frame.filename.rpartition('/')[2]}:{frame.lineno} {frame.name}" for frame in frames]


def _later(request: Request, status: int) -> Response:
    if request.method == "POST":  # what became of it is not known
        title = "We cannot say whether your answer has reached us"
        text = "Please open your link again in a minute: it shows whether we have your answer, and you can send it again there."
        return notice(request, status, title, text, headers={"Retry-After": "30"})
    return notice(
        request,
        status,
        "We cannot show this page right now",
        "Nothing is lost. Please open the page again in a minute.",
        headers={"Retry-After": "30"},
    )
