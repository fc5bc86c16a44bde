"""How figures, times and texts read to a person, in documents, in mails and on pages."""

import unicodedata
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from decimal import Decimal
from types import MappingProxyType
from typing import Final
from zoneinfo import ZoneInfo

from domain.people.names import JOINERS, is_invisible

FILE_TYPES: Final = {
    "application/pdf": "PDF",
    "image/png": "PNG picture",
    "image/jpeg": "JPEG picture",
    "image/vnd.dxf": "DXF drawing",
    "model/step": "STEP model",
}
CardLabels = Mapping[str, Mapping[str, str]]
"""What a card says that customers read instead of its names: by group (`materials`, `tiers`), then by name."""
LANGUAGES: Final = ("en",)
"""What documents, mails and pages are written in, and say that they are."""
THOUSANDS: Final = "\N{NARROW NO-BREAK SPACE}"
"""Between groups of three digits, wherever people read figures."""
_LAST_SECOND: Final = 59


def number(amount: str | int | Decimal) -> str:
    """A decimal text, or a count, with thousands apart: "4261.23" gives "4 261.23", with a narrow space that does not
    break (ISO 80000-1, 7.3), and a minus that is no hyphen. Its digits are kept. A comma would be the decimal sign to half
    of the readers.
    """
    return f"{Decimal(amount):,}".replace(",", THOUSANDS).replace("-", "\N{MINUS SIGN}")


def money(amount: str, currency: str) -> str:
    """An amount beside its currency: "EUR 4 261.23"."""
    return f"{currency} {number(amount)}"


def unit(name: str | None, quantity: int | Decimal) -> str:
    """What a line counts, after its figure: "piece", "hours"; pieces where nothing is said."""
    one = name or "piece"
    return one if quantity == 1 else f"{one}s"


def is_rounded(unit_price: str, quantity: int | Decimal, total: str) -> bool:
    """Whether a price per piece is only near: times the quantity it is not the total, which is what counts."""
    return Decimal(unit_price) * quantity != Decimal(total)


def counted(count: int, noun: str, plural: str | None = None) -> str:
    """A count with its noun: "1 piece", "1 000 pieces"."""
    return f"{number(count)} {noun if count == 1 else plural or noun + 's'}"


def file(media_type: str, size: int) -> str:
    """What a file is: "STEP model, 1.2 MB"; `size` in bytes, told in steps of 1000 (SI)."""
    for unit, power in (("MB", 1_000_000), ("kB", 1_000)):
        if size >= power:
            told = f"{Decimal(size) / power:.1f}".removesuffix(".0")
            return f"{FILE_TYPES.get(media_type, 'File')}, {told} {unit}"
    return f"{FILE_TYPES.get(media_type, 'File')}, {counted(size, 'byte')}"


def day(at: datetime, zone: str) -> str:
    """The local day: "24 December 2026"."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{local.day} {local:%B %Y}"


def short_day(at: datetime, zone: str) -> str:
    """The local day where there is little room: "9 Nov"."""
    local = at.astimezone(ZoneInfo(zone))
    return f"{local.day} {local:%b}"


def month(at: datetime, zone: str) -> str:
    """The local month: "Nov 2026"."""
    return f"{at.astimezone(ZoneInfo(zone)):%b %Y}"


def for_spreadsheets(at: datetime, zone: str) -> str:
    """Local time as spreadsheets of every language know it: "2026-12-24 23:59:59"."""
    return f"{at.astimezone(ZoneInfo(zone)):%Y-%m-%d %H:%M:%S}"


def days_away(at: datetime, now: datetime, zone: str) -> str:
    """How far away a local day is by the calendar: "today", "tomorrow", "in 3 days", "yesterday", "3 days ago"."""
    days = (at.astimezone(ZoneInfo(zone)).date() - now.astimezone(ZoneInfo(zone)).date()).days
    near = {-1: "yesterday", 0: "today", 1: "tomorrow"}
    if days in near:
        return near[days]
    told = counted(abs(days), "day")
    return f"in {told}" if days > 0 else f"{told} ago"


def clock(at: datetime, zone: str) -> str:
    """The local time of day to the second with its zone: "14:03:22 CET"."""
    return f"{at.astimezone(ZoneInfo(zone)):%H:%M:%S} {zone_name(at, zone)}"


def instant(at: datetime, zone: str) -> str:
    """Day, time and zone: "Thursday, 24 December 2026, 23:59 CET (Europe/Berlin)".

    A deadline at second 0 or 59 is told to the minute, which promises nothing that does not hold.
    """
    return f"{at.astimezone(ZoneInfo(zone)):%A}, {day(at, zone)}, {_time_of_day(at, zone)}"


def instant_for(at: datetime, zone: str, reader_zone: str) -> str:
    """The same for a reader in another zone: "…, 23:59 CET (Europe/Berlin), which is 17:59 EST (America/New_York)", with the
    day where that differs too. Where both have the same time it is told once.
    """
    told, theirs = at.astimezone(ZoneInfo(zone)), at.astimezone(ZoneInfo(reader_zone))
    if told.utcoffset() == theirs.utcoffset():
        return instant(at, zone)
    same_day = told.date() == theirs.date()
    there = _time_of_day(at, reader_zone) if same_day else instant(at, reader_zone)
    return f"{instant(at, zone)}, which is {there}"


def _time_of_day(at: datetime, zone: str) -> str:
    local = at.astimezone(ZoneInfo(zone))
    pattern = "%H:%M" if local.second in {0, _LAST_SECOND} else "%H:%M:%S"
    place = f" ({zone})" if "/" in zone else ""
    return f"{local.strftime(pattern)} {zone_name(at, zone)}{place}"


def to_the_second(at: datetime, zone: str) -> str:
    """Local time and UTC: "3 December 2026, 14:03:22 CET (13:03:22 UTC)"."""
    return f"{day(at, zone)}, {clock(at, zone)} ({at.astimezone(UTC):%H:%M:%S} UTC)"


def zone_name(at: datetime, zone: str) -> str:
    """The zone's usual abbreviation at that moment ("CET"), or its offset ("UTC-03:00") where it has none."""
    local = at.astimezone(ZoneInfo(zone))
    name = local.tzname() or ""
    if name.isalpha():
        return name
    minutes = int((local.utcoffset() or timedelta()).total_seconds()) // 60
    hours, rest = divmod(abs(minutes), 60)
    return f"UTC{'-' if minutes < 0 else '+'}{hours:02}:{rest:02}"


def service(tier: str, labels: CardLabels = MappingProxyType({})) -> str:
    """A service level by its label, or by its name: "Domestic economy"."""
    return label(labels, "tiers", tier) or tier.replace("_", " ").capitalize()


def lead_time(working_days: int) -> str:
    """How long the shop needs: "10 working days"."""
    return counted(working_days, "working day")


def part(part_number: str | None, revision: str | None) -> str | None:
    """A part's number with its revision: "4711-A, revision C"; None without a number."""
    if not part_number:
        return None
    return f"{one_line(part_number)}, revision {one_line(revision)}" if revision else one_line(part_number)


def label(labels: CardLabels, group: str, name: str) -> str | None:
    """What customers read instead of the name; None where they read the name."""
    return labels.get(group, {}).get(name)


def one_line(text: str) -> str:
    """`text` safe to show as one line: line breaks and control characters become spaces, characters that
    reorder what is read or that nobody sees are left out.
    """
    shown = (" " if _breaks(character) else character for character in text if _shows(character))
    return " ".join("".join(shown).split())


def paragraphs(text: str | None) -> tuple[str, ...]:
    """The non-empty lines of a longer text, each safe to show."""
    lines = (text or "").replace("\r\n", "\n").replace("\r", "\n").split("\n")
    return tuple(line for line in map(one_line, lines) if line)


def _breaks(character: str) -> bool:
    return unicodedata.category(character) in {"Cc", "Cs", "Zl", "Zp"}


def _shows(character: str) -> bool:
    return character in JOINERS or not is_invisible(character)


def local(instant: datetime, zone: str) -> str:
    """An instant as people of that zone write it, with the zone's name: "24 Dec 2026 23:59:59 (Europe/Berlin)"."""
    return f"{_figures(instant.astimezone(ZoneInfo(zone)))} ({zone})"


def utc(at: datetime) -> str:
    """An instant for those who run the installation: "24 Dec 2026 22:59:59 UTC"."""
    return f"{_figures(at.astimezone(UTC))} UTC"


def utc_minute(at: datetime) -> str:
    """To the minute, for a list: "24 Dec 2026, 22:59 UTC"."""
    return f"{at.astimezone(UTC):%d %b %Y, %H:%M} UTC"


def local_minute(at: datetime, zone: str) -> str:
    """To the minute, where the zone is known: "Thu 24 Dec 2026 23:59"."""
    return f"{at.astimezone(ZoneInfo(zone)):%a %d %b %Y %H:%M}"


def listed(at: datetime) -> str:
    """For a column, all of one width: "2026-12-24 22:59Z"."""
    return f"{at.astimezone(UTC):%Y-%m-%d %H:%MZ}"


def _figures(local: datetime) -> str:
    return f"{local:%d %b %Y %H:%M:%S}"


_SUMMARY_LENGTH: Final = 120
"""In characters; Temporal refuses summaries of more than 400 bytes."""


def summary(number: str, customer_name: str) -> str:
    """One line, never too long: "Q-2026-00012 · ACME" for example."""
    name = " ".join(customer_name.split())
    return f"{number} · {name}"[:_SUMMARY_LENGTH]
