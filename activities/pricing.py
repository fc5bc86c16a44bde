"""Makes prices: by the card of the day, so that a stored command has one price."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any, Final
from uuid import UUID, uuid5

from temporalio import activity
from temporalio.exceptions import ApplicationError, ApplicationErrorCategory

from adapters.db.database import Database, Reading, Writing
from adapters.db.inbox.priced import CommandToPrice, find_to_price, keep_priced
from adapters.db.pricing import active_card, find_calculation, store_calculation, why_no_card
from adapters.db.quotes.repository import PgQuotes
from domain.canonical import sha256_hex
from domain.errors import InvalidQuoteOperationError, QuoteError, RefusalCode
from domain.offer.choice import Choices, choices_of
from domain.offer.content import ContentRef, VersionContent, texts_of
from domain.offer.line_price import StoredCalculation
from domain.offer.line_request import LineRequest, read_discount, read_line
from domain.offer.repeat import discount_again, lines_again
from domain.offer.to_price import ToPrice
from domain.offer.version import Terms, version_content
from domain.pricing.calculation import calculate
from domain.pricing.calculation_data import calculation_to_data
from domain.pricing.specification_data import specification_from_data, specification_to_data
from domain.rate_cards.data import rate_card_from_data
from domain.rate_cards.dates import DEFAULT_NAME
from domain.rate_cards.problems import InvalidSpecificationError
from domain.rate_cards.rate_card import RateCard
from workflows.ports import NOT_PRICED, ActivityName, ChoicesRequest, PriceRequest, Pricing


class PriceQuotes(Pricing):
    """Takes stored calculations as they are, and stores one for every specification it prices. What it is to price it reads
    in the inbox, and there it keeps the content until the decision: neither is in a history.
    """

    def __init__(self, database: Database) -> None:
        self._database = database

    @activity.defn(name=ActivityName.PRICE)
    async def price(self, request: PriceRequest) -> ContentRef:
        """Total and hash of the priced content.

        Raises a non-retryable ApplicationError of type NOT_PRICED, whose message is for people, where no
        price can be made.
        """
        try:
            return await self._price(request)
        except QuoteError as why:
            raise ApplicationError(
                str(why), type=NOT_PRICED, non_retryable=True, category=ApplicationErrorCategory.BENIGN
            ) from why

    @activity.defn(name=ActivityName.CHOICES)
    async def choices(self, request: ChoicesRequest) -> Choices:
        """Of a version in the record, which is written once. Raises as `price` where there is no such version."""
        async with self._database.read() as r:
            found = await PgQuotes(r).version(request.quote_id, request.version)
        if found is None:
            raise ApplicationError("there is no such version", type=NOT_PRICED, non_retryable=True)
        return choices_of(found.content)

    async def _price(self, request: PriceRequest) -> ContentRef:
        async with self._database.write() as w:
            asked = await find_to_price(w, quote_id=request.quote_id, command_id=request.command_id)
            if asked is None:
                raise _not_priced("there is no such command")
            before = await _before(w, request)
            lines = _lines(asked, before)
            terms = Terms(
                customer_tier=asked.customer_tier,
                currency=await _currency(w, asked),
                actor=asked.actor,
                **texts_of(asked.wish.texts),
                discount=asked.wish.discount,
                before=before,
                keep_overrides=asked.wish.keep_overrides,
                files=asked.wish.files or (),
                tax_default=asked.tax_default,
            )
            if before is not None:
                terms = _as_before(terms, before, asked.wish)
            priced = [(line, await _calculation(w, request, line, asked)) for line in lines]
            # Inside, so that what is refused leaves no calculation behind.
            content = version_content(priced, terms)
            await keep_priced(w, request.command_id, content)
        return ContentRef(
            total=content.total,
            content_hash=content.content_hash,
            has_choices=content.has_choices,
            to_confirm=content.to_confirm,
        )


async def _before(r: Reading, request: PriceRequest) -> VersionContent | None:
    if request.before is None:
        return None
    found = await PgQuotes(r).version(request.quote_id, request.before)
    return found.content if found else None


def _lines(asked: CommandToPrice, before: VersionContent | None) -> tuple[LineRequest, ...]:
    """The lines that were sent, or those of the version before, to be priced anew."""
    if asked.wish.lines:
        return asked.wish.lines
    if before is None:
        raise _not_priced("there is no version to price again")
    # Their overrides are handed on, or not, by the rule of `domain.offer.overrides`.
    lines = lines_again(before, reprice=True, keep_overrides=False)
    return tuple(read_line(position, line) for position, line in enumerate(lines, start=1))


def _as_before(terms: Terms, before: VersionContent, wish: ToPrice) -> Terms:
    """Where nothing else was said, the same texts and files as before. With lines of its own a version has no discount but
    its own, and a file that belonged to a line is left out: nobody said to which line it belongs now.
    """
    texts = {name: text for name, text in texts_of(before).items() if getattr(terms, name) is None}
    files, discount = wish.files, terms.discount
    if files is None:
        files = tuple(file for file in before.files if file.line is None or not wish.lines)
    if not wish.lines and discount is None:
        discount = read_discount({"discount": discount_again(before.discount, before.total.currency)})
    return replace(terms, discount=discount, files=files, **texts)


async def _currency(r: Reading, asked: CommandToPrice) -> str:
    """Of a quote that nothing else gives one: that of the card which the customer names, or else the seller's."""
    found = None if asked.rate_card == DEFAULT_NAME else await active_card(r, asked.rate_card)
    return str(found[1]["currency"]) if found else asked.currency


async def _calculation(
    w: Writing, request: PriceRequest, line: LineRequest, asked: CommandToPrice
) -> StoredCalculation | None:
    try:
        if line.pricing_calculation_id is not None:
            first, *others = [
                await _stored(w, each) for each in (line.pricing_calculation_id, *line.other_calculation_ids)
            ]
        elif line.is_free:
            return None
        else:
            first, *others = [await _made(w, request, each, asked) for each in line.each_quantity]
        return replace(first, others=tuple(others))
    except (InvalidQuoteOperationError, InvalidSpecificationError) as why:
        raise _not_priced(f"line {line.position}: {why}") from why


async def _made(
    w: Writing, request: PriceRequest, line: LineRequest, to_price: CommandToPrice
) -> StoredCalculation:
    if line.specification is None:
        raise _not_priced("a specification or a calculation is needed")
    asked = specification_from_data(line.specification, default_customer_tier=to_price.customer_tier)
    # The same command priced again finds the calculation of its first attempt; a forged one has another text.
    name = f"line {line.position} {sha256_hex(specification_to_data(asked))}"
    calculation_id = str(uuid5(UUID(request.command_id), name))
    found = await find_calculation(w, calculation_id)
    if found is not None:
        return StoredCalculation(id=found.id, rate_card_id=found.rate_card_id, data=found.data)
    return await _calculated(w, calculation_id, specification_to_data(asked), to_price.rate_card)


async def _stored(r: Reading, calculation_id: str) -> StoredCalculation:
    found = await find_calculation(r, calculation_id)
    if found is None:
        raise _not_priced("there is no such calculation")
    return StoredCalculation(id=found.id, rate_card_id=found.rate_card_id, data=found.data)


async def _calculated(
    w: Writing, calculation_id: str, asked: Mapping[str, Any], rate_card: str
) -> StoredCalculation:
    active = await active_card(w, rate_card)
    if active is None:
        raise _not_priced(await why_no_card(w, rate_card))
    card_id, card_data = active
    card = _read(card_id, card_data)
    part = specification_from_data(asked, card=card)
    data = calculation_to_data(calculate(part, card))
    stored = specification_to_data(part)  # with the card's own names
    await store_calculation(w, calculation_id, data=data, specification=stored, rate_card_id=card_id)
    return StoredCalculation(id=calculation_id, rate_card_id=card_id, data=data)


_known: Final[dict[str, RateCard]] = {}
_MOST_KNOWN: Final = 8


def _read(card_id: str, data: Mapping[str, Any]) -> RateCard:
    """Cards are never changed, so each is read into an object once, and not for every line."""
    if card_id not in _known:
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        _known[card_id] = rate_card_from_data(data)
    return _known[card_id]


def _not_priced(why: str) -> InvalidQuoteOperationError:
    return InvalidQuoteOperationError(why, code=RefusalCode.NOT_PRICED)
