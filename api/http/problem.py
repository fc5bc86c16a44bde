"""A problem as RFC 9457 has it: the one form in which this API says no."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final
from urllib.parse import quote as percent_encode

from starlette.responses import JSONResponse

from api.http.problem_table import PROBLEMS, status_of, title_of

MEDIA_TYPE: Final = "application/problem+json"
TYPE_PREFIX: Final = "urn:firm-offer:problem:"


@dataclass(frozen=True, slots=True, kw_only=True)
class FieldError:
    """What is wrong with one field. `pointer` is a JSON pointer into the part of the request that `place`
    names (`body`, `query`, `path` or `header`). Neither text nor `allowed` repeats what was submitted.
    """

    pointer: str
    code: str
    message: str
    place: str = "body"
    allowed: Sequence[str] = ()

    def to_data(self) -> dict[str, Any]:
        """Plain JSON data."""
        data: dict[str, Any] = {
            "pointer": self.pointer,
            "code": self.code,
            "message": self.message,
            "in": self.place,
        }
        return {**data, "allowed": list(self.allowed)} if self.allowed else data


class ProblemError(Exception):
    """Raised anywhere below a route to answer with a problem. `code` decides status and title.

    `extra` are further members (`current_status`, `allowed_actions`), `headers` go with the answer.
    """

    def __init__(
        self,
        code: str,
        detail: str,
        *,
        errors: Sequence[FieldError] = (),
        extra: Mapping[str, Any] | None = None,
        headers: Mapping[str, str] | None = None,
        status: int | None = None,
    ) -> None:
        super().__init__(detail)
        self.code = code
        self.detail = detail
        self.errors = tuple(errors)
        self.extra = dict(extra or {})
        self.headers = dict(headers or {})
        self.status = status or status_of(code)

    def to_data(self, *, instance: str, request_id: str) -> dict[str, Any]:
        """The problem's members; `instance` is the path of the request, without its query."""
        data: dict[str, Any] = {
            "type": TYPE_PREFIX + self.code,
            "title": title_of(self.code),
            "status": self.status,
            "detail": self.detail,
            "instance": instance,
            "code": self.code,
            "request_id": request_id,
        }
        if self.errors:
            data["errors"] = [error.to_data() for error in self.errors]
        return {**self.extra, **data}

    def response(self, *, path: str, request_id: str) -> JSONResponse:
        """The answer to the request for `path`, which is percent-encoded as a URI reference must be."""
        instance = percent_encode(path[:500], safe="/:@-._~!$&'()*+,;=")
        return JSONResponse(
            self.to_data(instance=instance, request_id=request_id),
            status_code=self.status,
            headers=self.headers,
            media_type=MEDIA_TYPE,
        )


def unavailable(code: str, detail: str, *, retry_after: int = 2) -> ProblemError:
    """A 503 that says when to try again, in seconds."""
    return ProblemError(code, detail, headers={"Retry-After": str(retry_after)})


def invalid(
    *errors: FieldError, detail: str = "Some fields are not valid; nothing was changed."
) -> ProblemError:
    """A 422 that names every field that is wrong. A code that the table knows and that all of them share
    (`validity_out_of_range`) is the problem's own.
    """
    codes = {error.code for error in errors}
    shared = codes.pop() if len(codes) == 1 else ""
    return ProblemError(shared if shared in PROBLEMS else "validation_failed", detail, errors=errors)
