"""Kinds of fields: each refuses what would be read differently further on."""

import re
import unicodedata
from collections.abc import Sequence
from datetime import UTC, date, datetime
from decimal import Decimal
from functools import cache
from typing import Annotated, Any, Final
from zoneinfo import available_timezones

from pydantic import AfterValidator, BaseModel, BeforeValidator, ConfigDict, Field, WithJsonSchema
from pydantic_core import PydanticCustomError

from adapters.mail.addresses import ascii_address
from api.http.json_body import NumberText
from domain import instants, wording
from domain.canonical import SHA256_PATTERN, is_sha256
from domain.decimals import PATTERN, is_decimal
from domain.money import currencies
from domain.people import names
from domain.uuids import EXAMPLE, is_uuid

DECIMAL_PATTERN: Final = f"^{PATTERN}$"
"""`domain.decimals.PATTERN` for JSON Schema, where a pattern is searched."""

_LABEL: Final = r"[A-Za-z0-9](?:[A-Za-z0-9-]{0,61}[A-Za-z0-9])?"
_ATOM: Final = r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+"
_EMAIL: Final = re.compile(rf"(?=.{{3,254}}\Z)(?=[^@]{{1,64}}@){_ATOM}(?:\.{_ATOM})*@(?:{_LABEL}\.)+{_LABEL}")
_DATE: Final = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")
_INSTANT: Final = re.compile(
    r"[0-9]{4}-[0-9]{2}-[0-9]{2}[Tt ][0-9]{2}:[0-9]{2}:[0-9]{2}(\.[0-9]{1,6})?([Zz]|[+-][0-9]{2}:[0-9]{2})"
)
_LANGUAGE: Final = re.compile(r"[a-z]{2,3}(-[A-Z]{2})?")
_LINE_BREAKS: Final = "\u2028\u2029\x85"

# What a JSON Schema can say of the rules below, for those who generate clients, forms or tests from the document.
_LINE: Final = {"pattern": r"^[^\u0000-\u001f\u007f-\u009f\u2028\u2029]*$"}
_TEXT: Final = {"pattern": r"^[^\u0000-\u0008\u000b\u000c\u000e-\u001f\u007f-\u009f]*$"}
_DAY_OR_INSTANT: Final = {"pattern": f"^({_DATE.pattern}|{_INSTANT.pattern})$"}


class RequestBody(BaseModel):
    """A request's body: unknown fields are refused, nothing is coerced."""

    model_config = ConfigDict(extra="forbid", frozen=True, hide_input_in_errors=True)


def refuse(code: str, message: str, allowed: Sequence[str] = ()) -> PydanticCustomError:
    """An error of a validator with our own stable code; the message never repeats the value."""
    return PydanticCustomError(code, message, {"own": True, "allowed": list(allowed)})


def _text(value: Any) -> Any:
    if isinstance(value, NumberText) or not isinstance(value, str):
        raise refuse("not_text", "must be text")
    return value


def _not_blank(value: str) -> str:
    if not value.strip():
        raise refuse("blank", "must not be blank")
    return value


def _one_line(value: str) -> str:
    if any(unicodedata.category(char) == "Cc" or char in _LINE_BREAKS for char in value):
        raise refuse("control_character", "must be one line without control characters")
    return _not_blank(value)


def _one_line_or_none(value: str) -> str:
    return _one_line(value) if value else value


def _for_headers(value: str) -> str:
    if "=?" in value:
        raise refuse("encoded_word", "must not contain the characters =?")
    return _one_line(value)


def _name(value: str) -> str:
    line = _one_line(value)
    try:
        name = names.cleaned(line)
    except ValueError:
        raise refuse("nothing_visible", "must have a letter or a digit that can be seen") from None
    return _for_headers(name)


def _paragraphs(value: str) -> str:
    if any(unicodedata.category(char) == "Cc" and char not in "\n\r\t" for char in value):
        raise refuse(
            "control_character", "must not contain control characters other than line breaks and tabs"
        )
    return value


def _visible(value: str) -> str:
    if not wording.paragraphs(value):
        raise refuse("blank", "must not be blank")
    return value


def _email(value: str) -> str:
    _for_headers(value)
    try:
        sent_to = ascii_address(value)
    except ValueError:
        sent_to = ""
    if _EMAIL.fullmatch(sent_to) is None:
        message = "must be an email address such as name@example.com, in ASCII before the @"
        raise refuse("not_an_email", message)
    return value


def _decimal(value: Any) -> str:
    if isinstance(value, int) and not isinstance(value, bool):
        value = str(value)
    if not isinstance(value, str) or not is_decimal(value):
        message = "must be a plain decimal of at most 14 digits before and 6 after the point"
        raise refuse("not_a_number", message)
    return str(value)


def _fraction(value: str) -> str:
    if not 0 <= Decimal(value) <= 1:
        raise refuse("not_a_fraction", "must be a fraction from 0 to 1, such as 0.19 for 19 %")
    return value


def _whole(value: Any) -> int:
    if not isinstance(value, int) or isinstance(value, bool):
        raise refuse("not_an_integer", "must be a whole number")
    return value


def _uuid(value: Any) -> str:
    if not isinstance(value, str) or not is_uuid(value):
        raise refuse("not_a_uuid", f"must be {EXAMPLE}")
    return value.lower()


def _sha256(value: Any) -> str:
    if not isinstance(value, str) or not is_sha256(value):
        raise refuse("not_a_sha256", "must be 64 hexadecimal digits in lower case")
    return value


def _days(value: int) -> int:
    if value < 0:
        raise refuse("validity_out_of_range", "must not be negative")
    return value


def read_instant(value: str) -> datetime:
    """An RFC 3339 time with a zone, in UTC. Raises ValueError, also where UTC has no such year."""
    if _INSTANT.fullmatch(value) is None:
        raise ValueError("not an RFC 3339 time")
    try:
        return instants.read(value.upper()).astimezone(UTC)
    except OverflowError as error:
        raise ValueError("beyond the calendar") from error


def _instant(value: Any) -> datetime:
    try:
        return read_instant(_text(value))
    except ValueError:
        raise refuse("not_an_instant", "must be an RFC 3339 time with a zone") from None


def _day_or_instant(value: str) -> str:
    try:
        if _DATE.fullmatch(value):
            return str(date.fromisoformat(value))
        return instants.stored(read_instant(value))
    except ValueError:
        message = "must be a date such as 2026-12-24 or an RFC 3339 time with a zone"
        raise refuse("not_a_date_or_instant", message) from None


@cache
def _zones() -> frozenset[str]:
    """Listing them reads hundreds of files: once is enough. `localtime` is whatever this machine's is, and no zone of the
    database.
    """
    return frozenset(available_timezones() - {"localtime"})


def _zone(value: str) -> str:
    if value not in _zones():
        raise refuse("unknown_time_zone", "must be a time zone of the IANA database such as Europe/Berlin")
    return value


def _language(value: str) -> str:
    if _LANGUAGE.fullmatch(value) is None:
        raise refuse("bad_format", "must be a language such as en or de-AT")
    return value


Name = Annotated[
    str,
    Field(min_length=1, max_length=200, json_schema_extra=_LINE),
    BeforeValidator(_text),
    AfterValidator(_name),
]
"""A name by the rule of `domain.people.names`, which may reach a mail header."""
OneLine = Annotated[
    str,
    Field(min_length=1, max_length=200, json_schema_extra=_LINE),
    BeforeValidator(_text),
    AfterValidator(_one_line),
]
"""One line of text."""
LineOrNone = Annotated[
    str,
    Field(max_length=200, json_schema_extra=_LINE),
    BeforeValidator(_text),
    AfterValidator(_one_line_or_none),
]
"""One line of text, or an empty one that takes away what was there."""
Paragraphs = Annotated[
    str, Field(max_length=5_000, json_schema_extra=_TEXT), BeforeValidator(_text), AfterValidator(_paragraphs)
]
"""Text of several lines, never in a header."""
ReasonText = Annotated[
    str,
    Field(min_length=1, max_length=5_000, json_schema_extra=_TEXT),
    BeforeValidator(_text),
    AfterValidator(_paragraphs),
    AfterValidator(_not_blank),
]
"""Paragraphs that have to say something."""
Description = Annotated[
    str,
    Field(min_length=1, max_length=2_000, json_schema_extra=_TEXT),
    BeforeValidator(_text),
    AfterValidator(_paragraphs),
    AfterValidator(_visible),
]
"""What a line is, by its first line of text; more may follow."""
RemarkText = Annotated[
    str, Field(max_length=1_000, json_schema_extra=_TEXT), BeforeValidator(_text), AfterValidator(_paragraphs)
]
"""What an estimator should know about a part."""
Email = Annotated[
    str,
    Field(max_length=254),
    BeforeValidator(_text),
    AfterValidator(_email),
    WithJsonSchema(
        {
            "type": "string",
            "format": "idn-email",
            "maxLength": 254,
            "description": "In ASCII before the @; the domain may have other letters and is kept as typed.",
        }
    ),
]
AddressLines = Annotated[list[OneLine], Field(max_length=10)]
"""A postal address, one line each."""
DecimalText = Annotated[
    str,
    BeforeValidator(_decimal),
    WithJsonSchema({"anyOf": [{"type": "string", "pattern": DECIMAL_PATTERN}, {"type": "number"}]}),
]
"""A decimal as text or plain JSON number, kept as text; an exponent is refused before it comes here."""
Fraction = Annotated[DecimalText, AfterValidator(_fraction)]
"""A rate: 0.19 is 19 %."""
Sha256 = Annotated[
    str,
    BeforeValidator(_sha256),
    WithJsonSchema({"type": "string", "pattern": f"^{SHA256_PATTERN}$"}),
]
"""A digest as 64 lower-case hexadecimal digits."""
WholeNumber = Annotated[int, BeforeValidator(_whole)]
Uuid = Annotated[str, BeforeValidator(_uuid), WithJsonSchema({"type": "string", "format": "uuid"})]
ValidDays = Annotated[int, BeforeValidator(_whole), AfterValidator(_days)]
ValidUntil = Annotated[
    str,
    Field(max_length=40, json_schema_extra=_DAY_OR_INSTANT),
    BeforeValidator(_text),
    AfterValidator(_day_or_instant),
]
"""A local day or an instant, as text; instants are in UTC."""
Instant = Annotated[
    datetime, BeforeValidator(_instant), WithJsonSchema({"type": "string", "format": "date-time"})
]


def _currency(value: str) -> str:
    if value not in currencies():
        raise refuse("unknown_currency", "must be an ISO 4217 code with a minor unit, such as EUR")
    return value


TimeZone = Annotated[
    str,
    Field(max_length=64, json_schema_extra={"pattern": "^[A-Z][A-Za-z0-9_+/-]*$"}),
    BeforeValidator(_text),
    AfterValidator(_zone),
]
Language = Annotated[
    str,
    Field(max_length=6, json_schema_extra={"pattern": f"^{_LANGUAGE.pattern}$"}),
    BeforeValidator(_text),
    AfterValidator(_language),
]
Currency = Annotated[
    str,
    Field(json_schema_extra={"pattern": "^[A-Z]{3}$"}),
    BeforeValidator(_text),
    AfterValidator(_currency),
]
"""ISO 4217, with a minor unit."""
FigureText = Annotated[str, Field(pattern=DECIMAL_PATTERN)]
"""A decimal in an answer, as text."""
MoneyText = Annotated[FigureText, Field(examples=["1234.50"])]
"""An amount in an answer: text, beside its currency."""
