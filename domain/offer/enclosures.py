"""Files that go with an offer: drawings and models, each known by the SHA-256 of its bytes."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from enum import StrEnum
from typing import Any, Final, Self

from domain.canonical import is_sha256
from domain.offer import readers
from domain.offer.readers import Data

MAX_ENCLOSURES: Final = 50
"""Files of one version."""


class FileAudience(StrEnum):
    """Who may open a file: the `customer`, from the quote's page, or the shop's own people alone."""

    CUSTOMER = "customer"
    INTERNAL = "internal"


@dataclass(frozen=True, slots=True, kw_only=True)
class Enclosure:
    """A file of a version, under the name that it has there. `size` is in bytes; `line` is the position of the line that it
    belongs to, None where it belongs to the whole.
    """

    sha256: str
    name: str
    media_type: str
    size: int
    audience: str = FileAudience.INTERNAL
    line: int | None = None

    def to_data(self) -> dict[str, Any]:
        """Plain JSON data, as commands carry it and contents are hashed."""
        data = {each.name: getattr(self, each.name) for each in fields(self)}
        return {name: value for name, value in data.items() if value is not None}

    @classmethod
    def from_data(cls, data: Data) -> Self:
        """What `to_data` wrote."""
        return cls(**data)


def read_enclosures(payload: Data) -> tuple[Enclosure, ...] | None:
    """The `files` of a stored payload; None where it says nothing of them. Raises MalformedCommandError that names the
    field.
    """
    listed = payload.get("files")
    if listed is None:
        return None
    if not isinstance(listed, list) or not all(isinstance(each, Mapping) for each in listed):
        raise readers.bad("files", "must be a list of objects")
    return tuple(map(_read, listed))


def _read(data: Data) -> Enclosure:
    sha256, audience = readers.text(data, "sha256"), readers.text(data, "audience")
    if not is_sha256(sha256):
        raise readers.bad("files.sha256", "must be a SHA-256")
    if audience not in set(FileAudience):
        raise readers.bad("files.audience", f"must be one of {', '.join(FileAudience)}")
    return Enclosure(
        sha256=sha256,
        name=readers.text(data, "name"),
        media_type=readers.text(data, "media_type"),
        size=readers.optional_whole(data, "size") or 0,
        audience=audience,
        line=readers.optional_whole(data, "line"),
    )
