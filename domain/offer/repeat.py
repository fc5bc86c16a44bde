"""A version's lines asked for once more: to price them again, or to copy them into another quote."""

from typing import Any

from domain.offer.content import (
    Discount,
    LineKind,
    Override,
    QuoteLine,
    VersionContent,
    VersionTexts,
    quantity_to_data,
    texts_of,
)


def lines_again(
    content: VersionContent, *, reprice: bool, keep_overrides: bool, for_another: bool = False
) -> list[dict[str, Any]]:
    """The lines as a command's payload carries them; see `domain.offer.line_request.read_line`. Charges follow anew.

    With `reprice` a part is priced by the card of the day from its specification, else its calculation is
    taken as it was. For another customer the specification's customer tier is left out, so that theirs holds. A tax rate
    that was no line's own is asked for anew with a new price and for another customer.
    Amounts that a person has set name their currency: the card of the day may have another.
    """
    currency, default = content.total.currency, content.tax_default
    lines = [
        _line(line, reprice, keep_overrides, for_another) for line in content.lines if not line.is_charge
    ]
    if (reprice or for_another) and default is not None and default.rate is not None:
        lines = [
            {name: value for name, value in line.items() if name != "tax_rate" or value != default.rate}
            for line in lines
        ]
    return [{**line, "currency": currency} if _has_amount(line) else line for line in lines]


def texts_again(content: VersionContent, *, for_another: bool) -> VersionTexts:
    """The texts that a copy has of its source. What is one customer's alone does not go to another."""
    theirs = {"customer_reference": None, "no_tax_reason": None} if for_another else {}
    return VersionTexts(**(texts_of(content) | theirs))


def discount_again(discount: Discount | None, currency: str | None = None) -> dict[str, Any] | None:
    """The discount as a command's payload carries it: by its rate where it had one, else by its amount, with
    the amount's `currency` where that is said.
    """
    if discount is None:
        return None
    if discount.rate is not None:
        return {"reason": discount.reason, "rate": discount.rate}
    named = {"currency": currency} if currency is not None else {}
    return {"reason": discount.reason, "amount": discount.amount, **named}


def _has_amount(line: dict[str, Any]) -> bool:
    if "unit_price" in line or "override" in line or "amount" in line.get("discount", {}):
        return True
    operations = line.get("specification", {}).get("operations", ())
    return any(operation.get("outside") or operation.get("bought") for operation in operations)


def _line(line: QuoteLine, reprice: bool, keep_overrides: bool, for_another: bool) -> dict[str, Any]:
    data: dict[str, Any] = {
        "description": line.description,
        "part_number": line.part_number,
        "part_revision": line.part_revision,
        "customer_part_number": line.customer_part_number,
        "unit": line.unit,
        "lead_time_days": _lead_time(line),
        "tax_rate": line.tax_rate,
        "optional": line.optional,
        "discount": discount_again(line.discount),
    }
    if line.kind == LineKind.FREE:
        data |= {"quantity": quantity_to_data(line.quantity), "unit_price": line.unit_price}
    else:
        data |= {"tier": line.tier, **_choice(line), **_source(line, reprice, for_another)}
        if line.override is not None:
            data["copied_override"] = _override(line.override)
            if keep_overrides:
                data["override"] = _override(line.override)
    return {name: value for name, value in data.items() if value is not None}


def _lead_time(line: QuoteLine) -> int | None:
    """As a person said it; one of the rate card is looked up anew."""
    said = line.kind == LineKind.FREE or line.computed_lead_time_days is not None
    return line.lead_time_days if said else None


def _choice(line: QuoteLine) -> dict[str, Any]:
    """All quantities and tiers that are offered; nothing where there is no choice."""
    offered = line.alternatives or ()
    quantities, tiers = (
        [*dict.fromkeys(each.quantity for each in offered)],
        [*dict.fromkeys(each.tier for each in offered)],
    )
    return {
        **({"quantities": quantities} if len(quantities) > 1 else {}),
        **({"tiers": tiers} if len(tiers) > 1 else {}),
    }


def _source(line: QuoteLine, reprice: bool, for_another: bool) -> dict[str, Any]:
    if not reprice:
        others = [*dict.fromkeys(each.pricing_calculation_id for each in line.alternatives or ())][1:]
        further = {"other_calculation_ids": others} if others else {}
        return {"pricing_calculation_id": line.pricing_calculation_id, **further}
    hidden = {"customer_tier"} if for_another else set()
    asked = {name: value for name, value in (line.specification or {}).items() if name not in hidden}
    return {"specification": asked}


def _override(override: Override) -> dict[str, Any]:
    figure = {"total": override.total} if override.unit_price is None else {"unit_price": override.unit_price}
    return {"reason": override.reason, "by": override.by, **figure}
