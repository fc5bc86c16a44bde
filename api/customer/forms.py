"""What customers type: checked field by field, kept as typed when something is wrong."""

import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum
from typing import Final
from urllib.parse import parse_qsl

from pydantic import TypeAdapter, ValidationError
from starlette.requests import Request

from api.customer.choosing import choice_fields
from api.http.fields import Email
from domain import wording
from domain.canonical import SHA256_PATTERN
from domain.people import names
from domain.quotes.payloads import AcceptPayload, ChangePayload, ExtensionPayload, RejectPayload, SharePayload

MAX_BYTES: Final = 64 * 1024
MAX_FIELDS: Final = 20 + 1_000
"""Those that a person types, and one for each line that can be chosen."""
_MEDIA_TYPE: Final = "application/x-www-form-urlencoded"


class UnreadableFormError(Exception):
    """What was posted is not a form that this page sends; `status` is 400, 413 or 415."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a posted form, the last one of each name. Raises UnreadableFormError."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != _MEDIA_TYPE:
        raise UnreadableFormError(415, "Please use the form on this page.")
    raw = await _body(request)
    try:
        fields = parse_qsl(
            raw.decode("ascii"), keep_blank_values=True, errors="strict", max_num_fields=MAX_FIELDS
        )
    except ValueError:
        raise UnreadableFormError(400, "What your browser sent could not be read.") from None
    return dict(fields)


async def _body(request: Request) -> bytes:
    parts: list[bytes] = []
    size = 0
    async for chunk in request.stream():
        size += len(chunk)
        if size > MAX_BYTES:
            raise UnreadableFormError(413, "That is more text than this form can take. Please shorten it.")
        parts.append(chunk)
    return b"".join(parts)


FormFields = Mapping[str, str]

_EMAIL: Final[TypeAdapter[str]] = TypeAdapter(Email)
LONGEST_NAME: Final = 200
LONGEST_PURCHASE_ORDER: Final = 100
LONGEST_TEXT: Final = 2_000
LONGEST_NOTE: Final = 500

_VERSION: Final = re.compile(r"[1-9][0-9]{0,5}")
_CONTENT_HASH: Final = re.compile(SHA256_PATTERN)
_FORM_ID: Final = re.compile(r"[A-Za-z0-9_-]{16,64}")
_WEB_ADDRESS: Final = re.compile(
    r"://|\bwww\.|(?<![@\w.-])(?:[\w-]+\.)+(?:[a-z]{2,}/|(?:com|net|org|info|biz|app|xyz|top|online|site|shop)\b)",
    re.IGNORECASE,
)
"""What mail programs make a link of, without https:// too; but no file's name, and no email address."""
_INCOMPLETE: Final = "This form is not complete. Please open the page again from your email."


class FormName(StrEnum):
    """The page's forms, by the last part of their addresses."""

    ACCEPT = "accept"
    REJECT = "reject"
    CHANGE = "change"
    EXTENSION = "extension"
    SHARE = "share"


SENDS: Final[
    Mapping[FormName, type[AcceptPayload | RejectPayload | ChangePayload | ExtensionPayload | SharePayload]]
] = {
    FormName.ACCEPT: AcceptPayload,
    FormName.REJECT: RejectPayload,
    FormName.CHANGE: ChangePayload,
    FormName.EXTENSION: ExtensionPayload,
    FormName.SHARE: SharePayload,
}
"""The command that each form sends, by what it carries."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShownVersion:
    """What a link's page shows: forms name it, and the link knows it too."""

    version: int
    content_hash: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """Typed values by field, and what is wrong with which. One without errors can be sent, unless `is_stale`:
    then it was made for another content than the link's page shows now.
    """

    asks: FormName | None = None
    values: FormFields = field(default_factory=dict)
    errors: FormFields = field(default_factory=dict)
    is_stale: bool = False

    def value(self, name: str) -> str:
        """As it was typed, for showing it again."""
        return self.values.get(name, "")


def read_acceptance(fields: FormFields, shown: ShownVersion) -> Form:
    """A form of `accept`: `signer_name`, `signer_email`, `purchase_order_number`, `consent`, what it chooses, and hidden
    `version`, `content_hash`, `opened_at` and `form_id`, which may be missing.
    """
    values = _trimmed(fields, "signer_name", "signer_email", "purchase_order_number", "opened_at")
    values |= _form_id(fields) | choice_fields(fields)
    values |= {name: _as_name(values[name]) for name in ("signer_name", "purchase_order_number")}
    consents = fields.get("consent") == "yes"
    problems = {
        "signer_name": _name_problem(values["signer_name"]),
        "signer_email": _email_problem(values["signer_email"]),
        "purchase_order_number": _line_problem(values["purchase_order_number"], LONGEST_PURCHASE_ORDER),
        "consent": None if consents else "Please tick the box to confirm.",
    }
    return _form(
        FormName.ACCEPT,
        {**values, "consent": "yes" if consents else ""},
        problems,
        _hidden(fields, "version", _VERSION, str(shown.version)),
        _hidden(fields, "content_hash", _CONTENT_HASH, shown.content_hash),
    )


def choosing(form: Form) -> Form:
    """The same form as one that only asks what its choice comes to: nothing that is missing is a mistake yet."""
    return replace(form, errors={name: problem for name, problem in form.errors.items() if name == "form"})


def with_choice(form: Form, missing: FormFields, problem: str | None) -> Form:
    """The form with what is wrong with its choice. Who has not seen what he accepts has not consented to it."""
    if not missing and problem is None:
        return form
    told = {**form.errors, **missing, **({"form": problem} if problem else {})}
    return replace(form, errors=told, values={**form.values, "consent": ""} if problem else form.values)


def read_rejection(fields: FormFields, shown: ShownVersion) -> Form:
    """A form of `reject`: `reason`, which may be empty, hidden `version`, and `form_id`, which may be missing."""
    values = _trimmed(fields, "reason") | _form_id(fields)
    problems = {"reason": _text_problem(values["reason"])}
    return _form(FormName.REJECT, values, problems, _hidden(fields, "version", _VERSION, str(shown.version)))


def read_request(fields: FormFields, shown: ShownVersion, asks: FormName) -> Form:
    """A form of `change` or `extension`: `wish`, which only an extension may leave empty, and hidden `version`
    and `form_id`, by which a form that is sent twice is known.
    """
    values = _trimmed(fields, "wish", "form_id")
    problem = _text_problem(values["wish"])
    if asks is FormName.CHANGE and not values["wish"]:
        problem = "Please say what you would like to change."
    return _form(
        asks,
        values,
        {"wish": problem},
        _hidden(fields, "version", _VERSION, str(shown.version)),
        None if _FORM_ID.fullmatch(values["form_id"]) is None else False,
    )


def read_sharing(fields: FormFields, shown: ShownVersion) -> Form:
    """A form of `share`: `colleague`, an address, and `note`, which may be empty; hidden fields as of `read_request`."""
    values = _trimmed(fields, "colleague", "note", "form_id")
    return _form(
        FormName.SHARE,
        values,
        {"colleague": _email_problem(values["colleague"]), "note": _note_problem(values["note"])},
        _hidden(fields, "version", _VERSION, str(shown.version)),
        None if _FORM_ID.fullmatch(values["form_id"]) is None else False,
    )


def _form(
    asks: FormName, values: dict[str, str], problems: Mapping[str, str | None], *hidden: bool | None
) -> Form:
    """`hidden` tells of each field that no person fills in whether it is stale; None where it is none."""
    errors = {name: problem for name, problem in problems.items() if problem}
    if None in hidden:
        errors["form"] = _INCOMPLETE
    return Form(asks=asks, values=values, errors=errors, is_stale=None not in hidden and any(hidden))


def _form_id(fields: FormFields) -> dict[str, str]:
    """By which an answer that is sent twice is known; nothing where the page that it comes from had none."""
    given = fields.get("form_id", "")
    return {"form_id": given if _FORM_ID.fullmatch(given) else ""}


def _hidden(fields: FormFields, name: str, pattern: re.Pattern[str], expected: str) -> bool | None:
    given = fields.get(name, "")
    return None if pattern.fullmatch(given) is None else given != expected


def _trimmed(fields: FormFields, *names: str) -> dict[str, str]:
    return {name: fields.get(name, "").replace("\r\n", "\n").strip() for name in names}


def _as_name(text: str) -> str:
    """As it is kept; nothing where nothing can be seen of it."""
    try:
        return names.cleaned(text)
    except ValueError:
        return ""


def _name_problem(name: str) -> str | None:
    if not name:
        return "Please type your name."
    if not any(character.isalpha() for character in name):
        return "Please type your name in letters."
    return _line_problem(name, LONGEST_NAME)


def _email_problem(email: str) -> str | None:
    if not email:
        return "Please type an email address."
    try:
        _EMAIL.validate_python(email)
    except ValidationError:
        return "Please check the address. It should look like name@example.com."
    return None


def _line_problem(text: str, longest: int) -> str | None:
    if "\n" in text or "=?" in text:
        return "Please leave out line breaks and the characters =?."
    return _characters_problem(text, longest)


def _text_problem(text: str, longest: int = LONGEST_TEXT) -> str | None:
    return _characters_problem(text.replace("\n", " ").replace("\t", " "), longest)


def _note_problem(note: str) -> str | None:
    """It goes to somebody whom the shop does not know, in the shop's name: no place for an address to click."""
    if _WEB_ADDRESS.search(note):
        return "Please leave out web addresses: the email has the quote and its link."
    return _text_problem(note, LONGEST_NOTE)


def _characters_problem(text: str, longest: int) -> str | None:
    if len(text) > longest:
        return f"Please use at most {wording.number(longest)} characters."
    if any(map(_is_hidden, text)):
        return "Please type this again: it contains hidden characters, perhaps from copying."
    return None


def _is_hidden(character: str) -> bool:
    """Control, reordering and other invisible characters, with which a text can look like another one."""
    hidden = unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
    return hidden and character not in names.JOINERS
