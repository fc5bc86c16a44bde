"""What a version offers as JSON, for staff: lines, discounts, tax and totals."""

from typing import Any

from domain.offer.content import QuoteLine, VersionContent, fields_of


def amounts_data(content: VersionContent) -> dict[str, Any]:
    """The totals, from the lines' sum down to what the customer pays."""
    return {
        "total_price": str(content.total),
        "currency": content.total.currency,
        "subtotal": str(content.subtotal),
        "discount": fields_of(content.discount) if content.discount else None,
        "net_total": str(content.net_total),
        "taxes": [fields_of(tax) for tax in content.taxes],
        "tax_total": str(content.tax_total),
    }


def lines_data(content: VersionContent, *, explained: bool = False) -> dict[str, Any]:
    """The lines with notes and warnings, and what became of the version before's overrides.

    `explained` adds the breakdown of every part.
    """
    return {
        "notes": content.notes,
        "lines": [_line(line, explained) for line in content.lines],
        "warnings": [dict(warning) for warning in content.warnings],
        "override_fates": [fields_of(fate) for fate in content.override_fates],
    }


def _line(line: QuoteLine, explained: bool) -> dict[str, Any]:
    data = fields_of(line)
    breakdown = data.pop("breakdown")
    return {
        **data,
        "specification": dict(line.specification) if line.specification is not None else None,
        "subtotal": line.before_discount,
        "override": fields_of(line.override) if line.override else None,
        "discount": fields_of(line.discount) if line.discount else None,
        "quantity_breaks": [fields_of(row) for row in line.quantity_breaks or ()],
        **({"breakdown": [dict(entry) for entry in breakdown]} if explained else {}),
    }
