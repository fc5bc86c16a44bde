"""What `firm-offer price` prints: prices to standard output, what is wrong and how far it is to standard error."""

import json
import sys
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any, Final

from rich.console import Console
from rich.progress import BarColumn, Progress, TaskProgressColumn, TextColumn, TimeRemainingColumn

from cli.price.parts import Part, visible
from domain import wording
from domain.pricing.calculation import Calculation
from domain.pricing.calculation_data import limits_of
from domain.rate_cards.problems import Problem
from domain.rate_cards.rate_card import RateCard

_BLOCK: Final = 50
"""Parts: a bar is drawn anew after each print, so they are printed together."""


class Table:
    """A line for each part and tier, in columns as wide as the card's names."""

    def __init__(self, card: RateCard, tiers: Sequence[str]) -> None:
        self._card = card
        self._tiers = tiers
        self._material = max(map(len, (*card.materials, "material")))
        self._process = max(map(len, (*card.processes, "process")))

    def head(self) -> str:
        names = ("line", "quantity", "material", "process", "tier", "unit price", "total", "", "remarks")
        return self._line(*names)

    def part(self, part: Part) -> str:
        made = part.calculation
        if made is None:
            return ""
        asked, currency = made.specification, made.currency
        start = (str(part.row.line), str(asked.quantity), asked.material, " + ".join(asked.processes))
        remarks = " ".join(dict.fromkeys(each.code for each in made.warnings))
        limits, lines = limits_of(made), []
        for tier in self._tiers:
            if tier in limits:
                remarks = f"{remarks} {limits[tier][0]}".lstrip()
            price = made.tiers[tier]
            money = format(price.price_per_piece, "f"), format(price.total_price, "f")
            lines.append(self._line(*start, tier, *money, currency, remarks))
            remarks = ""
        return "".join(lines)

    def tail(self, priced: int, refused: int) -> str:  # noqa: ARG002 - the summary tells it
        return ""

    def _line(self, *cells: str) -> str:
        line, quantity, material, process, tier, unit_price, total, currency, remarks = map(visible, cells)
        return (
            f"{line:>6} {quantity:>8}  {material:<{self._material}}  {process:<{self._process}}  {tier:<16} "
            f"{unit_price:>13} {total:>15} {currency:<3}  {remarks}".rstrip()
            + "\n"
        )


class Json:
    """One object, a line for each row. Pure ASCII, so that nothing in it can act on a terminal."""

    def __init__(self, card: RateCard, tiers: Sequence[str]) -> None:
        self._card = card
        self._tiers = tiers
        self._any = False

    def head(self) -> str:
        of_card = {"rate_card_id": self._card.id, "rate_card_version": self._card.version}
        return json.dumps({**of_card, "currency": self._card.currency})[:-1] + ', "rows": ['

    def part(self, part: Part) -> str:
        row = self._priced(part.calculation) if part.calculation else {"errors": _errors(part)}
        comma, self._any = "," if self._any else "", True
        return f"{comma}\n {json.dumps({'line': part.row.line, **row})}"

    def tail(self, priced: int, refused: int) -> str:
        return f'\n], "priced": {priced}, "refused": {refused}}}\n'

    def _priced(self, made: Calculation) -> dict[str, Any]:
        asked = made.specification
        limits = [each for each in limits_of(made).items() if each[0] in self._tiers]
        return {
            "material": asked.material,
            "process": " + ".join(asked.processes),
            "quantity": asked.quantity,
            "tiers": {tier: _tier(made, tier) for tier in self._tiers},
            "warnings": [
                *({"code": each.code, "message": each.message} for each in made.warnings),
                *(
                    {"code": code, "message": f"{wording.service(tier, self._card.labels)}: {told}"}
                    for tier, (code, told) in limits
                ),
            ],
        }


class Telling:
    """Where the two kinds of text go, and a bar between them where a person looks on."""

    def __init__(self, size: int) -> None:
        self._console = Console(stderr=True, highlight=False)
        self._bar = sys.stderr.isatty()
        self._progress = Progress(
            *(TextColumn("pricing"), BarColumn(), TaskProgressColumn(), TimeRemainingColumn()),
            console=self._console,
            transient=True,
            redirect_stdout=False,  # it would send prices that are meant for a file to the terminal
            redirect_stderr=False,
            disable=not self._bar,
        )
        self._task = self._progress.add_task("", total=size)
        self._waiting: list[str] = []

    @contextmanager
    def begun(self) -> Iterator[None]:
        """The bar is there from here on, and gone at the end."""
        with self._progress:
            yield
            self.flush()

    def out(self, text: str, *, at: int) -> None:
        """Prices; `at` is how much of the file they are from."""
        self._waiting.append(text)
        if len(self._waiting) >= _BLOCK:
            self.flush()
            self._progress.update(self._task, completed=at)

    def err(self, text: str) -> None:
        """A line for the person, after the prices before it."""
        self.flush()
        self._write(f"{visible(text)}\n", sys.stderr)

    def flush(self) -> None:
        """Print what waits."""
        self._write("".join(self._waiting), sys.stdout)
        self._waiting.clear()

    def _write(self, text: str, stream: Any) -> None:
        if text and self._bar and stream.isatty():
            self._console.out(text, end="", highlight=False)
        elif text:
            stream.write(text)
            stream.flush()


def refusal(part: Part) -> str:
    """What is wrong with a row, in words; of what stands in it only an ambiguous figure."""
    return f"line {part.row.line}: " + "; ".join(map(_told, part.problems))


def _told(problem: Problem) -> str:
    """Field, rule and code, and the names that would be taken, where the rule does not tell them itself."""
    unsaid = [each for each in problem.allowed if each not in problem.message]
    names = f"; allowed: {', '.join(unsaid)}" if unsaid else ""
    return f"{problem.field} {problem.message} ({problem.code}{names})"


def _errors(part: Part) -> list[dict[str, Any]]:
    return [
        {"field": each.field, "code": each.code, "message": each.message, "allowed": list(each.allowed)}
        for each in part.problems
    ]


def _tier(made: Calculation, tier: str) -> dict[str, Any]:
    price = made.tiers[tier]
    return {
        "total_price": format(price.total_price, "f"),
        "price_per_piece": format(price.price_per_piece, "f"),
        "lead_time_days": price.lead_time_days,
    }
