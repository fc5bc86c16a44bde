"""What customers type: checked field by field, kept as typed when something is wrong."""

import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Final

from pydantic import TypeAdapter, ValidationError

from api.schemas.fields import Email

Fields = Mapping[str, str]

_EMAIL: Final[TypeAdapter[str]] = TypeAdapter(Email)
_JOINERS: Final = frozenset("\u200c\u200d")
"""Invisible, and needed to write Persian, Hindi and others."""

LONGEST_NAME: Final = 200
LONGEST_PURCHASE_ORDER: Final = 100
LONGEST_REASON: Final = 2_000


@dataclass(frozen=True, slots=True, kw_only=True)
class Form:
    """Typed values by field, and what is wrong with which. An accepting form without errors can be sent."""

    action: str
    values: Fields = field(default_factory=dict)
    errors: Fields = field(default_factory=dict)

    def value(self, name: str) -> str:
        """As it was typed, for showing it again."""
        return self.values.get(name, "")


def read_acceptance(fields: Fields, version: int) -> Form:
    """A form of `accept`: `signer_name`, `signer_email`, `purchase_order_number`, `consent`, `version`."""
    values = _trimmed(fields, "signer_name", "signer_email", "purchase_order_number")
    consents = fields.get("consent") == "yes"
    errors = {
        "signer_name": _name_problem(values["signer_name"]),
        "signer_email": _email_problem(values["signer_email"]),
        "purchase_order_number": _line_problem(values["purchase_order_number"], LONGEST_PURCHASE_ORDER),
        "consent": None if consents else "Please tick the box to confirm.",
        "version": _version_problem(fields, version),
    }
    return Form(
        action="accept",
        values={**values, "consent": "yes" if consents else ""},
        errors={name: problem for name, problem in errors.items() if problem},
    )


def read_rejection(fields: Fields, version: int) -> Form:
    """A form of `reject`: `reason`, which may be empty, and `version`."""
    values = _trimmed(fields, "reason")
    errors = {"reason": _text_problem(values["reason"]), "version": _version_problem(fields, version)}
    return Form(
        action="reject",
        values=values,
        errors={name: problem for name, problem in errors.items() if problem},
    )


def _trimmed(fields: Fields, *names: str) -> dict[str, str]:
    return {name: fields.get(name, "").replace("\r\n", "\n").strip() for name in names}


def _version_problem(fields: Fields, version: int) -> str | None:
    """The form names the version it shows; the link knows it as well, and both must say the same."""
    if fields.get("version") == str(version):
        return None
    return "This form is not complete. Please open the page again from your mail."


def _name_problem(name: str) -> str | None:
    if not name:
        return "Please type your name."
    if not any(character.isalpha() for character in name):
        return "Please type your name in letters."
    return _line_problem(name, LONGEST_NAME)


def _email_problem(email: str) -> str | None:
    if not email:
        return "Please type your email address."
    try:
        _EMAIL.validate_python(email)
    except ValidationError:
        return "Please check the address. It should look like name@example.com."
    return None


def _line_problem(text: str, longest: int) -> str | None:
    if "\n" in text or "=?" in text:
        return "Please leave out line breaks and the characters =?."
    return _characters_problem(text, longest)


def _text_problem(text: str) -> str | None:
    return _characters_problem(text.replace("\n", " ").replace("\t", " "), LONGEST_REASON)


def _characters_problem(text: str, longest: int) -> str | None:
    if len(text) > longest:
        return f"Please use at most {longest:,} characters."
    if any(map(_is_hidden, text)):
        return "Please type this again: it contains hidden characters, perhaps from copying."
    return None


def _is_hidden(character: str) -> bool:
    """Control, reordering and other invisible characters, with which a text can look like another one."""
    hidden = unicodedata.category(character) in {"Cc", "Cf", "Cs", "Co", "Zl", "Zp"}
    return hidden and character not in _JOINERS
