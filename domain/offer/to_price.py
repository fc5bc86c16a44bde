"""What a create or a revision asks to have priced. It stays in the inbox, where the pricing activity reads it."""

from dataclasses import dataclass, field, fields

from domain.offer import readers
from domain.offer.content import VersionTexts
from domain.offer.enclosures import Enclosure, read_enclosures
from domain.offer.line_request import DiscountRequest, LineRequest, read_discount, read_line
from domain.offer.readers import Data


@dataclass(frozen=True, slots=True, kw_only=True)
class ToPrice:
    """Without lines those of the newest version are priced again, by the rate card of the day. Overrides of the newest
    version are kept only if `keep_overrides`.
    """

    lines: tuple[LineRequest, ...] = ()
    discount: DiscountRequest | None = None
    keep_overrides: bool = False
    texts: VersionTexts = field(default_factory=VersionTexts)
    files: tuple[Enclosure, ...] | None = None


def read_to_price(payload: Data) -> ToPrice:
    """Of a stored payload. Raises MalformedCommandError that names the field."""
    return ToPrice(
        lines=() if payload.get("reprice") is True else _lines(payload),
        discount=read_discount(payload),
        keep_overrides=payload.get("overrides") == "keep",
        texts=VersionTexts(
            **{each.name: readers.optional_text(payload, each.name) for each in fields(VersionTexts)}
        ),
        files=read_enclosures(payload),
    )


def _lines(data: Data) -> tuple[LineRequest, ...]:
    lines = data.get("lines")
    if not isinstance(lines, list) or not lines:
        raise readers.bad("lines", "at least one is required")
    return tuple(read_line(position, line) for position, line in enumerate(lines, start=1))
