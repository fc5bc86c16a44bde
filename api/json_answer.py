"""An answer as a model that its route returns, and as JSON."""

import json
from collections.abc import Mapping, Sequence
from enum import StrEnum
from http import HTTPStatus
from typing import Annotated, Any, Final, TypeVar, cast

from pydantic import BaseModel, Field, RootModel, WithJsonSchema
from starlette.responses import Response

from domain.canonical import SHA256_PATTERN
from domain.decimals import PATTERN

ID: Final = "01890a5d-ac96-774b-bcce-b302099a8057"
AT: Final = "2026-11-24T06:43:12.123456Z"
"""Examples, for the OpenAPI document."""

IdText = Annotated[str, WithJsonSchema({"type": "string", "format": "uuid", "examples": [ID]})]
InstantText = Annotated[str, WithJsonSchema({"type": "string", "format": "date-time", "examples": [AT]})]
"""As `domain.instants.answered` writes it."""
DigestText = Annotated[str, WithJsonSchema({"type": "string", "pattern": f"^{SHA256_PATTERN}$"})]
CurrencyText = Annotated[
    str, WithJsonSchema({"type": "string", "pattern": "^[A-Z]{3}$", "examples": ["EUR"]})
]
RateText = Annotated[str, WithJsonSchema({"type": "string", "pattern": f"^{PATTERN}$", "examples": ["0.19"]})]
"""A rate as decimal text: 0.19 is 19 %."""
Count = Annotated[int, Field(ge=0)]
Ordinal = Annotated[int, Field(ge=1)]
"""What counts from 1: versions, positions, events."""

Listed = TypeVar("Listed", bound=StrEnum)


def as_recorded(kind: type[Listed], text: str) -> Listed:  # noqa: ARG001  # its type is what is asked for
    """A text of the record that is one of a closed list. One that somebody has put there by force is answered as it is found:
    an answer is where it has to be seen.
    """
    return cast("Listed", text)


class Answer(BaseModel):
    """A JSON object that is answered. Its fields are declared once: the OpenAPI document shows them, and mypy holds
    to them whoever makes one.

    It is written as it was made: in the order of the arguments, without those that were not given.
    """

    def __init__(self, /, **fields: Any) -> None:
        """Take the fields unchecked: what has been type-checked is not validated again for every answer."""
        object.__setattr__(self, "__dict__", fields)
        object.__setattr__(self, "__pydantic_fields_set__", set(fields))

    # Reading one from data (`model_validate`) does validate: to Pydantic this is its own way of making a model.
    # `model_construct` is no substitute: it takes any argument, and writes the declaration's order and defaults.
    __init__.__pydantic_base_init__ = True  # type: ignore[attr-defined]


def answered(
    answer: Answer | Sequence[Answer],
    status: HTTPStatus = HTTPStatus.OK,
    headers: Mapping[str, str] | None = None,
) -> Response:
    """The answer as a response."""
    return Response(to_json(answer), status_code=status, headers=headers, media_type="application/json")


def to_json(answer: Answer | Sequence[Answer]) -> bytes:
    """The answer's JSON, in UTF-8. Raises TypeError for what is no JSON, ValueError for NaN and infinities."""
    text = json.dumps(answer, ensure_ascii=False, allow_nan=False, separators=(",", ":"), default=_plain)
    return text.encode()


def _plain(value: object) -> Any:
    if isinstance(value, Answer):
        return vars(value)
    if isinstance(value, RootModel):
        return value.root
    raise TypeError(f"{type(value).__name__} is no JSON")
