"""What a draft would cost, worked out as its pricing would, and stored nowhere."""

import asyncio
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Final

from pydantic import ValidationError

from adapters.db.parties.customers import CustomerView, find_customer
from adapters.db.parties.seller import Seller, get_seller
from adapters.db.pricing import CalculationView, find_calculations
from api.desk.drafting.typed.typed_draft import Tree, branches, line_data, quote_data, text, told
from api.http.problem import FieldError, ProblemError
from api.http.validation import errors_of
from api.services import Services
from api.v1.pricing.card_of_the_day import card_of_the_day, specification_problem, unknown_tier
from api.v1.quotes.lines import DiscountBody, LineBody
from domain.errors import QuoteError
from domain.offer.content import TaxDefault, VersionContent
from domain.offer.line_price import StoredCalculation
from domain.offer.line_request import LineRequest, read_discount, read_line
from domain.offer.overrides import PricedLine
from domain.offer.version import Terms, tax_default_of, version_content
from domain.pricing.calculation import calculate
from domain.pricing.calculation_data import calculation_to_data
from domain.pricing.specification_data import specification_from_data, specification_to_data
from domain.rate_cards.problems import InvalidSpecificationError
from domain.rate_cards.rate_card import STANDARD, RateCard
from domain.uuids import is_uuid

_NO_ID: Final = "not-stored"


@dataclass(frozen=True, slots=True, kw_only=True)
class Basis:
    """By what a draft is priced: the card of the day, and whose terms hold. Without a customer it is the default card's
    price for a customer of its default tier; without a `card` there is a reason.
    """

    customer: CustomerView | None
    seller: Seller
    card: RateCard | None
    why_not: str = ""

    @property
    def customer_tier(self) -> str:
        """The customer's, or that of one of whom nothing is known."""
        if self.customer is not None:
            return self.customer.customer_tier
        return self.card.default_customer_tier if self.card else STANDARD

    @property
    def currency(self) -> str:
        """Of a quote that nothing else gives one."""
        named = self.customer is not None and self.customer.rate_card is not None
        return self.card.currency if named and self.card else self.seller.currency

    @property
    def tax_default(self) -> TaxDefault | None:
        """For lines that name no rate."""
        theirs, ours = self.customer, self.seller
        said = tax_default_of(theirs.tax_rate, theirs.no_tax_reason) if theirs else None
        return said or tax_default_of(ours.tax_rate, ours.no_tax_reason)


@dataclass(frozen=True, slots=True, kw_only=True)
class LiveLine:
    """A line as far as it can be priced: its calculations, one for each quantity, or what is wrong, by the form's fields."""

    index: int
    request: LineRequest | None = None
    stored: StoredCalculation | None = None
    wrong: dict[str, str] | None = None

    @property
    def priced(self) -> PricedLine | None:
        """As a version takes it."""
        return None if self.request is None or self.wrong else (self.request, self.stored)


@dataclass(frozen=True, slots=True, kw_only=True)
class LivePrice:
    """The lines, and what those that can be priced come to; `problem` says why nothing adds up."""

    basis: Basis
    lines: tuple[LiveLine, ...]
    content: VersionContent | None
    problem: str = ""

    @property
    def places(self) -> tuple[int, ...]:
        """Which line of the form each line of the content is, charges apart."""
        return tuple(line.index for line in self.lines if line.priced is not None)


async def basis_of(services: Services, customer_id: str) -> Basis:
    """By the card valid now. Raises DatabaseUnavailableError."""
    async with services.database.read() as reading:
        customer = await find_customer(reading, customer_id) if is_uuid(customer_id) else None
        seller = await get_seller(reading)
        try:
            card = await card_of_the_day(reading, customer.rate_card if customer else None)
        except ProblemError as problem:
            return Basis(customer=customer, seller=seller, card=None, why_not=problem.detail)
    return Basis(customer=customer, seller=seller, card=card)


async def live_price(services: Services, basis: Basis, tree: Tree) -> LivePrice:
    """Price every line that can be priced. One takes about a millisecond; after each the event loop has its turn."""
    lines = []
    named = {text(line, "pricing_calculation_id").lower() for line in branches(tree, "lines")}
    known: Mapping[str, CalculationView] = {}
    if ids := [each for each in named if is_uuid(each)]:
        async with services.database.read() as reading:
            known = await find_calculations(reading, ids)
    for index, typed in enumerate(branches(tree, "lines")):
        lines.append(_line(known, basis, index, typed))
        await asyncio.sleep(0)
    priced = [each for line in lines if (each := line.priced) is not None]
    if not priced:
        return LivePrice(basis=basis, lines=tuple(lines), content=None)
    try:
        content, problem = version_content(_counted(priced), _terms(basis, tree)), ""
    except (QuoteError, ValidationError) as error:
        content, problem = (
            None,
            str(error) if isinstance(error, QuoteError) else "Please look at the discount.",
        )
    return LivePrice(basis=basis, lines=tuple(lines), content=content, problem=problem)


def _counted(priced: Sequence[PricedLine]) -> list[PricedLine]:
    """From 1 without gaps, as a version has its lines."""
    return [
        (replace(request, position=position), stored)
        for position, (request, stored) in enumerate(priced, start=1)
    ]


def _terms(basis: Basis, tree: Tree) -> Terms:
    data, _ = quote_data(tree, is_new=True)
    discount = DiscountBody.model_validate(data["discount"]).to_data() if data.get("discount") else None
    currency = data.get("currency") or basis.currency
    return Terms(
        customer_tier=basis.customer_tier,
        currency=currency,
        discount=read_discount({"discount": discount}),
        tax_default=basis.tax_default,
        no_tax_reason=data.get("no_tax_reason"),
    )


def _line(known: Mapping[str, CalculationView], basis: Basis, index: int, typed: Tree) -> LiveLine:
    wrong: dict[str, str] = {}
    place = f"lines.{index}"
    data = line_data(typed, place, wrong)
    data.setdefault("description", "Part")  # it has no price: the form asks for it when the draft is made
    try:
        asked = LineBody.model_validate(data).to_data()
    except ValidationError as error:
        return LiveLine(index=index, wrong=told(errors_of(error, "lines", index)) | wrong)
    if wrong:
        return LiveLine(index=index, wrong=wrong)
    try:
        request = read_line(index + 1, asked)
        return LiveLine(index=index, request=request, stored=_stored(known, basis, index, request))
    except ProblemError as problem:
        return LiveLine(index=index, wrong=told(problem.errors) or {place: problem.detail})
    except QuoteError as error:
        return LiveLine(index=index, wrong={place: str(error)})


def _stored(
    known: Mapping[str, CalculationView], basis: Basis, index: int, request: LineRequest
) -> StoredCalculation | None:
    """Raises ProblemError for what cannot be priced."""
    if request.is_free:
        return None
    if request.pricing_calculation_id is not None:
        return _found(known, index, request.pricing_calculation_id)
    if basis.card is None:
        raise ProblemError("not_ready", basis.why_not)
    place = f"/lines/{index}"
    if missing := [tier for tier in request.offered_tiers if tier and tier not in basis.card.tiers]:
        unknown = unknown_tier(basis.card, f"{place}/tier")
        raise ProblemError("invalid_specification", f"no tier {missing[0]}", errors=[unknown])
    try:
        first, *others = [
            _calculated(basis.card, basis.customer_tier, each, f"{_NO_ID}-{index}-{at}")
            for at, each in enumerate(request.each_quantity)
        ]
    except InvalidSpecificationError as error:
        raise specification_problem([(f"{place}/specification", error)]) from None
    return replace(first, others=tuple(others))


def _calculated(
    card: RateCard, customer_tier: str, request: LineRequest, calculation_id: str
) -> StoredCalculation:
    """As `activities.pricing` does it: read once for the customer's tier, and again by the card. By its id a version finds
    the cost of what it warns of, so that each has one of its own.
    """
    asked = specification_from_data(request.specification, default_customer_tier=customer_tier)
    part = specification_from_data(specification_to_data(asked), card=card)
    return StoredCalculation(
        id=calculation_id, rate_card_id=card.id, data=calculation_to_data(calculate(part, card))
    )


def _found(known: Mapping[str, CalculationView], index: int, calculation_id: str) -> StoredCalculation:
    found = known.get(calculation_id.lower())
    if found is None:
        pointer = f"/lines/{index}/pricing_calculation_id"
        error = FieldError(
            pointer=pointer, code="calculation_not_found", message="no calculation with this id"
        )
        raise ProblemError("calculation_not_found", "There is no such calculation.", errors=[error])
    return StoredCalculation(id=found.id, rate_card_id=found.rate_card_id, data=found.data)
