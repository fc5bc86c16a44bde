"""Calls of the API for a person at a terminal: what is decided later is waited for, what is away is asked again."""

import json
import time
from datetime import UTC, datetime
from enum import IntEnum
from types import TracebackType
from typing import Any, Final, Self
from uuid import uuid4

import httpx

from adapters.webhooks.signed_post import retry_after
from cli.local.errors import StackError
from cli.quotes.login import Login

_PREFIX: Final = "/api/v1"
_TRIES: Final = 4
_LONGEST_PAUSE: Final = 10.0
_DECIDED_SECONDS: Final = 30.0
_LOOK_SECONDS: Final = 0.5


class ExitCode(IntEnum):
    """How a command ends. 2 is a command line that is wrong."""

    REFUSED = 1
    NOT_FOUND = 3
    NOT_ALLOWED = 4
    UNDECIDED = 5
    AWAY = 6


class CallError(StackError):
    """What the installation answered, in its words. `wait` is in seconds, where it said after how long it may be asked again."""

    def __init__(self, message: str, code: ExitCode, wait: float | None = None) -> None:
        super().__init__(message)
        self.exit_code = code
        self.wait = wait


class Calls:
    """Paths are those below `/api/v1`. Raises CallError wherever no answer comes of it, of so many `tries` where the
    installation is away.
    """

    def __init__(
        self, login: Login, *, tries: int = _TRIES, transport: httpx.BaseTransport | None = None
    ) -> None:
        self._url = login.url
        self._tries = tries
        self._http = httpx.Client(
            headers={"Authorization": f"Bearer {login.key}", "User-Agent": "firm-offer-cli"},
            timeout=httpx.Timeout(30, connect=5),
            transport=transport,
        )

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, _kind: type[BaseException] | None, _error: BaseException | None, _trace: TracebackType | None
    ) -> None:
        self._http.close()

    def get(self, path: str, **parameters: Any) -> Any:
        """The answer's JSON. Parameters that are None are left out."""
        given = {name: value for name, value in parameters.items() if value is not None}
        return self._asked("GET", path, params=given).json()

    def text(self, path: str, **parameters: Any) -> str:
        """The answer as text."""
        return self._asked("GET", path, params=parameters).text

    def post(self, path: str, body: Any) -> Any:
        """The answer's JSON once what was asked is decided; a repeat is the same request. `body` may be JSON as it was read.

        Raises CallError UNDECIDED when it is not within half a minute.
        """
        headers = {"Idempotency-Key": str(uuid4()), "Content-Type": "application/json"}
        content = body if isinstance(body, bytes) else json.dumps(body)
        answer = self._asked("POST", path, content=content, headers=headers)
        if answer.status_code != httpx.codes.ACCEPTED:
            return answer.json()
        return self._decided(answer.headers["location"])

    def _decided(self, location: str) -> Any:
        until = time.monotonic() + _DECIDED_SECONDS
        while True:
            command = self._asked("GET", location).json()
            if command["status"] == "applied":
                return command["quote"]
            if command["status"] != "pending":
                raise CallError(f"{command['detail']} ({command['code']})", ExitCode.REFUSED)
            if time.monotonic() > until:
                raise CallError(
                    f"It is received and not decided yet; what was asked counts from {command['received_at']}. Ask for the "
                    "quote in a while.",
                    ExitCode.UNDECIDED,
                )
            time.sleep(_LOOK_SECONDS)

    def _asked(self, method: str, path: str, **more: Any) -> httpx.Response:
        address = path if path.startswith(_PREFIX) else f"{_PREFIX}{path}"
        for attempt in range(1, self._tries + 1):
            try:
                answer = self._http.request(method, f"{self._url}{address}", **more)
            except httpx.TransportError as error:
                if attempt == self._tries:
                    raise CallError(f"{self._url} cannot be reached.", ExitCode.AWAY) from error
                pause = 2.0 ** (attempt - 2)
            else:
                if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE or attempt == self._tries:
                    break
                pause = _wait(answer) or 1.0
            time.sleep(min(pause, _LONGEST_PAUSE))
        if answer.is_success:
            return answer
        raise _problem(answer)


def _wait(answer: httpx.Response) -> float | None:
    asked = retry_after(answer.headers.get("retry-after"), datetime.now(UTC))
    return asked.total_seconds() if asked is not None else None


def _problem(answer: httpx.Response) -> CallError:
    wait = _wait(answer)
    try:
        told = answer.json()
        words = [told["detail"]]
    except (ValueError, KeyError, TypeError):
        what = f"The answer was {answer.status_code}, and no answer of Firm Offer."
        return CallError(what, ExitCode.AWAY, wait)
    words += [_wrong(error) for error in told.get("errors") or ()]
    if told.get("allowed_actions"):
        words.append(f"What can be done now: {', '.join(told['allowed_actions'])}.")
    return CallError("\n  ".join(words), _code(answer.status_code), wait)


def _wrong(error: dict[str, Any]) -> str:
    """A field, what is wrong with it, and what is taken, where that is not said already."""
    allowed: list[str] = error.get("allowed") or []
    untold = "" if all(each in error["message"] for each in allowed) else f" ({', '.join(allowed)})"
    return f"{error['pointer']}: {error['message']}{untold}"


def _code(status: int) -> ExitCode:
    match status:
        case httpx.codes.NOT_FOUND:
            return ExitCode.NOT_FOUND
        case httpx.codes.UNAUTHORIZED | httpx.codes.FORBIDDEN:
            return ExitCode.NOT_ALLOWED
        case httpx.codes.TOO_MANY_REQUESTS:
            return ExitCode.AWAY
        case _ if status >= httpx.codes.INTERNAL_SERVER_ERROR:
            return ExitCode.AWAY
        case _:
            return ExitCode.REFUSED
