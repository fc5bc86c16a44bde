"""Quotes as people read them at a terminal; as lines with tabs where something else reads."""

import sys
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any

import typer
from rich.console import Console
from rich.table import Table
from rich.text import Text

from cli.price.parts import visible
from domain.people.names import is_invisible

ShownQuote = Mapping[str, Any]


def quotes(found: Iterable[ShownQuote]) -> None:
    """A line each."""
    _table(
        ("number", "customer", "status", "total", "open until", "emails", "changed"),
        [
            (
                quote["number"],
                quote["customer_name"],
                quote["status"].replace("_", " "),
                _total(quote),
                _instant(quote["valid_until"]),
                quote["delivery"],
                _instant(quote["updated_at"]),
            )
            for quote in found
        ],
        right={"total"},
    )


def quote(one: ShownQuote) -> None:
    """All that one looks for first; `--json` has the rest."""
    facts = [
        ("quote", f"{one['number']} (version {one['current_version']}) for {one['customer_name']}"),
        ("status", one["status"].replace("_", " ")),
        ("total", _total(one)),
        ("open until", _instant(one["valid_until"])),
        ("emails", one["delivery_reason"] or one["delivery"]),
        ("order", _order(one["order"])),
        ("can be done", ", ".join(one["allowed_actions"])),
    ]
    for name, text in facts:
        if text:
            typer.echo(f"{name:<12} {_plain(text)}")
    for warning in one["warnings"]:
        told = _plain(warning["message"])
        typer.echo(f"{'warning':<12} {told}")
    typer.echo()
    _table(
        ("line", "quantity", "unit price", "price"),
        [
            (
                str(line["description"]).splitlines()[0] if line["description"] else "",
                line["quantity"],
                line["unit_price"],
                line["total"],
            )
            for line in one["lines"]
        ],
        right={"quantity", "unit price", "price"},
    )


def event(one: Mapping[str, Any]) -> None:
    """When, what, by whom."""
    typer.echo("\t".join((_instant(one["at"]), _what(one), _plain(one["actor"]))))


def feed_event(one: Mapping[str, Any]) -> None:
    """When, of which quote, what, and what one looks for first of that."""
    data, quote = one["data"], one["quote"]
    told = {
        "version {}": one["version"],
        "{}": " ".join((data["currency"], data["total"])) if data.get("total") else None,
        "open until {}": _instant(data.get("valid_until")),
        "about {}": data.get("kind"),
        "to {}": data.get("audience"),
        "order {}": data.get("reference"),
        "because {}": data.get("code"),
        "yours: {}": quote["external_id"],
    }
    facts = ", ".join(words.format(_plain(value)) for words, value in told.items() if value)
    cells = (_instant(one["time"]), _plain(quote["number"]), _what(one), facts)
    if sys.stdout.isatty():
        typer.echo("  ".join(f"{cell:<{width}}" for cell, width in zip(cells, _FEED, strict=True)).rstrip())
    else:
        typer.echo("\t".join(cells))


_FEED = (20, 14, 20, 0)
"""Wide enough for what stands there; the next line comes later, so that no table can measure it."""


def _what(one: Mapping[str, Any]) -> str:
    return _plain(one["type"].partition(".")[2].replace("_", " "))


def _plain(text: Any) -> str:
    """Nothing in it acts on a terminal, or stands in another order than it is written."""
    return "".join("?" if is_invisible(each) else each for each in visible(str(text)))


def _order(order: Mapping[str, Any]) -> str | None:
    """Its reference; without one how handing it over fares, and why."""
    if order["reference"] or order["status"] == "none":
        return order["reference"] or None
    told = order["status"].replace("_", " ")
    return f"{told}: {order['last_error']}" if order["last_error"] else str(told)


def _total(one: ShownQuote) -> str:
    return f"{one['currency']} {one['accepted_total'] or one['total_price']}" if one["total_price"] else ""


def _instant(text: str | None) -> str:
    """In the zone of this machine, to the minute."""
    return f"{datetime.fromisoformat(text).astimezone():%Y-%m-%d %H:%M %Z}" if text else ""


def _table(head: Sequence[str], rows: Sequence[Sequence[Any]], *, right: set[str]) -> None:
    told = [["" if cell is None else _plain(cell) for cell in row] for row in rows]
    if not sys.stdout.isatty():
        for row in [list(head), *told]:
            typer.echo("\t".join(row))
        return
    table = Table(box=None, pad_edge=False, header_style="bold")
    for name in head:
        table.add_column(name, justify="right" if name in right else "left", no_wrap=name in right)
    for row in told:
        table.add_row(*map(Text, row))
    Console().print(table)
