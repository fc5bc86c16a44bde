"""What was typed, held to the rules of the API's bodies."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError

from api.desk.shell.percentages import RULE
from api.http.problem import FieldError, ProblemError
from api.http.validation import errors_of
from domain import instants, wording

Body = TypeVar("Body", bound=BaseModel)
_OF_RATES: Final = frozenset({"not_a_fraction", "not_a_number"})
Errors = dict[str, str]
"""What is wrong, by the name of the field."""


def checked(body: type[Body], typed: Mapping[str, Any]) -> Body | Errors:
    """The body that was typed, or what is wrong with it."""
    try:
        return body.model_validate(typed)
    except ValidationError as wrong:
        return told(errors_of(wrong))


def told(errors: tuple[FieldError, ...]) -> Errors:
    """By the field's name on the page: that of a place in a list is `contacts-0-name`."""
    return {
        each.pointer.lstrip("/").replace("/", "-"): RULE
        if each.code in _OF_RATES and each.pointer.endswith("tax_rate")
        else each.message
        for each in errors
    }


def refused(problem: ProblemError) -> Errors:
    """A problem's fields, or its own words under none."""
    return told(problem.errors) or {"": problem.detail}


@dataclass(frozen=True, slots=True, kw_only=True)
class TimeShown:
    """An instant in the shop's words, and as it is stored."""

    words: str
    stored: str


def moment(at: datetime | None, zone: str) -> TimeShown | None:
    """The instant for a page; None for none."""
    return (
        None
        if at is None
        else TimeShown(words=wording.local_minute(at, zone), stored=instants.to_the_second(at))
    )
