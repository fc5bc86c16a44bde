"""Lines as asked for: a part to price or a free line, with what a person has set about its price."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from decimal import Decimal

from domain.decimals import NotADecimalError, plain, read_decimal
from domain.offer import readers
from domain.offer.content import Quantity, Unit
from domain.offer.readers import Data

MAX_QUANTITY = 1_000_000
"""Pieces of one line; the same bound as a part specification's."""
QUANTITY_DECIMALS = 3
MAX_QUANTITIES = 6
MAX_TIERS = 4
"""How many of a part the customer may choose from."""
MAX_LEAD_TIME = 365
"""In working days; the same bound as a rate card's."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DiscountRequest:
    """A discount that a person gives, shown with its reason: a `rate` (0.05 for 5 %) or an `amount`.

    `currency` is that of an amount which was set for a version before, None where it is the quote's own.
    """

    reason: str
    rate: str | None = None
    amount: str | None = None
    currency: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class OverrideRequest:
    """A price that a person sets in place of the computed one: per piece, or for the whole line.

    `by` is None where it is the command's own actor; a copied or kept override names who set it.
    """

    reason: str
    unit_price: str | None = None
    total: str | None = None
    by: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class LineRequest:
    """A part has a specification to price or a stored calculation, and the chosen tier (None: the card's
    default); a free line has a quantity and a price for one of its unit, and nothing else that a price could come from. A
    price below nothing is a credit. `lead_time_days` is a person's, in working days. `quantities` and `tiers` are what the
    customer may choose from, the first of each being the line's own; nothing of them is to choose where they are empty.

    `specification` stays plain data here; the pricing activity reads it by the rules of
    `domain.pricing.specification`. `tax_rate` is a fraction (0.19), None where no tax is shown. Of a line that is
    asked for again, `currency` is that of its amounts set by hand, `copied_override` the source's override, and
    `other_calculation_ids` are those of its further quantities.
    """

    position: int
    description: str
    part_number: str | None = None
    part_revision: str | None = None
    tier: str | None = None
    specification: Data | None = None
    pricing_calculation_id: str | None = None
    quantity: Quantity | None = None
    unit: str | None = None
    unit_price: str | None = None
    lead_time_days: int | None = None
    customer_part_number: str | None = None
    override: OverrideRequest | None = None
    discount: DiscountRequest | None = None
    tax_rate: str | None = None
    currency: str | None = None
    copied_override: OverrideRequest | None = None
    quantities: tuple[int, ...] = ()
    tiers: tuple[str, ...] = ()
    optional: bool = False
    other_calculation_ids: tuple[str, ...] = ()

    @property
    def offered_tiers(self) -> tuple[str | None, ...]:
        """All tiers at which it is offered; None is the card's default."""
        return self.tiers or (self.tier,)

    @property
    def each_quantity(self) -> tuple["LineRequest", ...]:
        """The line once for each quantity that it offers: each is a calculation of its own."""
        asked = self.specification
        if asked is None or not self.quantities:
            return (self,)
        return tuple(replace(self, specification={**asked, "quantity": each}) for each in self.quantities)

    @property
    def is_free(self) -> bool:
        """Whether a person sets the price of something that no rate card knows."""
        return self.unit_price is not None

    @property
    def is_credit(self) -> bool:
        """Whether it takes money off."""
        return self.unit_price is not None and Decimal(self.unit_price) < 0


def read_line(position: int, data: object) -> LineRequest:
    """A line of a command's payload. Raises MalformedCommandError that names the field."""
    if not isinstance(data, Mapping):
        raise readers.bad("lines", "each must be an object")
    line = LineRequest(
        position=position,
        description=readers.optional_text(data, "description") or "",
        part_number=readers.optional_text(data, "part_number"),
        part_revision=readers.optional_text(data, "part_revision"),
        tier=readers.optional_text(data, "tier") or next(iter(_texts(data, "tiers")), None),
        specification=readers.optional_object(data, "specification"),
        pricing_calculation_id=readers.optional_text(data, "pricing_calculation_id"),
        quantity=_quantity(data),
        unit=_unit(data),
        unit_price=_amount(data, "unit_price", may_be_negative=True),
        lead_time_days=_lead_time(data),
        customer_part_number=readers.optional_text(data, "customer_part_number"),
        override=_override(data, "override"),
        discount=read_discount(data),
        tax_rate=_rate(data, "tax_rate"),
        currency=readers.optional_text(data, "currency"),
        copied_override=_override(data, "copied_override"),
        quantities=_quantities(data),
        tiers=_texts(data, "tiers"),
        optional=data.get("optional") is True,
        other_calculation_ids=_texts(data, "other_calculation_ids"),
    )
    _check_choices(line)
    if line.is_free and (line.override or line.specification or line.pricing_calculation_id):
        raise readers.bad("unit_price", "is only for a free line, which has no part to price")
    if line.is_free and line.quantity is None:
        raise readers.bad("quantity", "is required for a free line")
    if isinstance(line.quantity, Decimal) and (line.unit is None or Unit(line.unit).is_whole):
        raise readers.bad("quantity", "must be a whole number of pieces or sets")
    if not line.is_free and line.unit is not None and not Unit(line.unit).is_whole:
        raise readers.bad("unit", "must be piece or set for a part")
    if line.is_credit and line.discount is not None:
        raise readers.bad("discount", "is not for a credit, which is one itself")
    return line


def _check_choices(line: LineRequest) -> None:
    """Raises MalformedCommandError for what is not to be combined with a choice."""
    if line.is_free and (line.quantities or line.tiers):
        raise readers.bad(
            "quantities" if line.quantities else "tiers", "are for a part: a free line has one price"
        )
    for name, offered, most in (
        ("quantities", line.quantities, MAX_QUANTITIES),
        ("tiers", line.tiers, MAX_TIERS),
    ):
        if len(set(offered)) != len(offered) or len(offered) > most:
            raise readers.bad(name, f"must be up to {most} different ones")
    if line.tiers and line.tier != line.tiers[0]:
        raise readers.bad("tier", "must be the first of the tiers")
    if line.override is not None and (len(line.quantities) > 1 or len(line.tiers) > 1):
        raise readers.bad("override", "is the price of one quantity at one tier")
    if line.lead_time_days is not None and len(line.tiers) > 1:
        raise readers.bad("lead_time_days", "is that of one tier")


def read_discount(data: Data) -> DiscountRequest | None:
    """The `discount` of a line or of a whole version. Raises MalformedCommandError that names the field."""
    found = readers.optional_object(data, "discount")
    if found is None:
        return None
    rate, amount = _rate(found, "rate"), _amount(found, "amount")
    _exactly_one("discount", rate, amount)
    reason, currency = _reason(found, "discount"), readers.optional_text(found, "currency")
    return DiscountRequest(reason=reason, rate=rate, amount=amount, currency=currency)


def _override(data: Data, field: str) -> OverrideRequest | None:
    found = readers.optional_object(data, field)
    if found is None:
        return None
    unit_price, total = _amount(found, "unit_price"), _amount(found, "total")
    _exactly_one(field, unit_price, total)
    reason = _reason(found, field)
    return OverrideRequest(
        reason=reason, unit_price=unit_price, total=total, by=readers.optional_text(found, "by")
    )


def _exactly_one(field: str, *given: str | None) -> None:
    if sum(value is not None for value in given) != 1:
        raise readers.bad(field, "must have exactly one of its two figures")


def _reason(data: Data, field: str) -> str:
    reason = readers.optional_text(data, "reason")
    if not reason:
        raise readers.bad(f"{field}.reason", "is required")
    return reason


def read_quantity(value: object) -> Quantity:
    """A quantity from a whole number or a decimal text. Raises ValueError for any other value, one that is not above 0,
    above MAX_QUANTITY, or has more than QUANTITY_DECIMALS decimals.
    """
    figure = read_decimal(value)
    if not 0 < figure <= MAX_QUANTITY or len(plain(figure).partition(".")[2]) > QUANTITY_DECIMALS:
        raise ValueError("out of range")
    return int(figure) if figure == int(figure) else Decimal(plain(figure))


def _quantities(data: Data) -> tuple[int, ...]:
    found = data.get("quantities") or []
    if not isinstance(found, list) or not all(
        type(each) is int and 0 < each <= MAX_QUANTITY for each in found
    ):
        raise readers.bad("quantities", f"must be whole numbers from 1 to {MAX_QUANTITY}")
    return tuple(found)


def _texts(data: Data, key: str) -> tuple[str, ...]:
    found = data.get(key) or []
    if not isinstance(found, list) or not all(isinstance(each, str) for each in found):
        raise readers.bad(key, "must be a list of texts")
    return tuple(found)


def _quantity(data: Data) -> Quantity | None:
    value = data.get("quantity")
    if value is None:
        return None
    try:
        return read_quantity(value)
    except ValueError:
        rule = f"must be a number above 0, up to {MAX_QUANTITY}, with at most {QUANTITY_DECIMALS} decimals"
        raise readers.bad("quantity", rule) from None


def _unit(data: Data) -> str | None:
    unit = readers.optional_text(data, "unit")
    if unit is not None and unit not in set(Unit):
        raise readers.bad("unit", f"must be one of {', '.join(Unit)}")
    return unit


def _lead_time(data: Data) -> int | None:
    days = readers.optional_whole(data, "lead_time_days")
    if days is not None and not 1 <= days <= MAX_LEAD_TIME:
        raise readers.bad("lead_time_days", f"must be 1 to {MAX_LEAD_TIME} working days")
    return days


def _amount(data: Data, key: str, *, may_be_negative: bool = False) -> str | None:
    text = readers.optional_text(data, key)
    if text is not None and _figure(text.removeprefix("-") if may_be_negative else text) is None:
        raise readers.bad(key, "must be an amount such as 12.50")
    return text


def _rate(data: Data, key: str) -> str | None:
    text = readers.optional_text(data, key)
    if text is None:
        return None
    rate = _figure(text)
    if rate is None or rate > 1:
        raise readers.bad(key, "must be a fraction from 0 to 1, such as 0.19")
    return text


def _figure(text: str) -> Decimal | None:
    """A plain decimal that is not negative, else None."""
    try:
        figure = read_decimal(text)
    except NotADecimalError:
        return None
    return None if figure.is_signed() else figure
