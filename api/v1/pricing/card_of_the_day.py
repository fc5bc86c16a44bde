"""Rate cards for checking and pricing. Cards are never changed, so each is read into an object once."""

from collections.abc import Sequence

from adapters.db.database import Reading
from adapters.db.pricing import active_card, card_names, find_card, why_no_card
from api.http.problem import PROBLEMS, FieldError, ProblemError, invalid, unavailable
from api.http.validation import pointer
from api.v1.rate_cards.answers import place_in_body
from domain.rate_cards.data import rate_card_from_data
from domain.rate_cards.dates import DEFAULT_NAME
from domain.rate_cards.problems import InvalidSpecificationError, Problem
from domain.rate_cards.rate_card import STANDARD, RateCard

_known: dict[str, RateCard] = {}
_MOST_KNOWN = 64
_MOST_PROBLEMS = 500


async def card_of_the_day(reading: Reading, name: str | None = None) -> RateCard:
    """The card of that name, or of the default one, that is valid now. Raises ProblemError 503 `not_ready` where there is
    none, and 422 `unknown_rate_card` for a name of which no card is stored.
    """
    if name is not None:
        await known_name(reading, name)
    found = await active_card(reading, name or DEFAULT_NAME)
    if found is None:
        raise unavailable("not_ready", await why_no_card(reading, name or DEFAULT_NAME), retry_after=30)
    return _read(*found)


async def known_name(reading: Reading, name: str) -> None:
    """Raises ProblemError 422 `unknown_rate_card` for a name of which no card is stored."""
    if name == DEFAULT_NAME or name in (known := await card_names(reading)):
        return
    message = f"no rate card is stored under this name; there are {', '.join(known) or 'none'}"
    raise invalid(
        FieldError(pointer="/rate_card", code="unknown_rate_card", message=message, allowed=tuple(known))
    )


async def known_customer_tier(reading: Reading, tier: str | None, rate_card: str | None) -> str:
    """The tier of a customer who is stored: the one that was said, or the default of their card that is valid now.

    Raises ProblemError 422 `unknown_rate_card`, and `unknown_customer_tier` for a tier that the card has not. Where no
    card is valid, no tier is refused: the price will be.
    """
    if rate_card is not None:
        await known_name(reading, rate_card)
    found = await active_card(reading, rate_card or DEFAULT_NAME)
    if found is None:
        return tier or STANDARD
    card = _read(*found)
    if tier is not None and tier not in card.customer_discounts.by_tier:
        raise invalid(unknown_customer_tier(card, "/customer_tier"))
    return tier or card.default_customer_tier


def unknown_customer_tier(card: RateCard, pointer: str) -> FieldError:
    """A tier of customers that is not on `card`, with those that are."""
    known = tuple(card.customer_discounts.by_tier)
    message = f"is not on the rate card, which has {', '.join(known)}"
    return FieldError(pointer=pointer, code="unknown_customer_tier", message=message, allowed=known)


def unknown_tier(card: RateCard, pointer: str) -> FieldError:
    """A tier that is not on `card`, with those that are."""
    message = f"is not on the rate card, which has {', '.join(card.tiers)}"
    return FieldError(pointer=pointer, code="unknown_tier", message=message, allowed=tuple(card.tiers))


async def card_by_id(reading: Reading, card_id: str) -> RateCard:
    """The named card. Raises ProblemError 422 `rate_card_not_found`."""
    found = _known.get(card_id) or await find_card(reading, card_id)
    if found is None:
        error = FieldError(
            pointer="/rate_card_id", code="rate_card_not_found", message="no rate card with this id"
        )
        raise invalid(error)
    return found if isinstance(found, RateCard) else _read(card_id, found)


def specification_problem(
    found: list[tuple[str, InvalidSpecificationError]], others: Sequence[FieldError] = ()
) -> ProblemError:
    """Every problem of every specification, each with a pointer below that of its specification, after the `others`."""
    errors = [
        *others,
        *(
            FieldError(
                pointer=place + (pointer(problem.path) if problem.path else f"/{problem.field}"),
                code=problem.code,
                message=problem.message,
                allowed=problem.allowed,
            )
            for place, error in found
            for problem in error.problems
        ),
    ]
    shared = {error.code for error in errors}
    code = "pair_not_offered" if shared == {"pair_not_offered"} else "invalid_specification"
    return ProblemError(code, "The part cannot be priced as described; nothing was changed.", errors=errors)


def card_problem(found: Sequence[Problem]) -> ProblemError:
    """Every problem of a rate card that was handed in, each with its place in the body."""
    errors = [
        FieldError(
            pointer=place_in_body(problem),
            code=problem.code,
            message=problem.message,
            allowed=() if problem.code == "unknown_material" else problem.allowed,
        )
        for problem in found[:_MOST_PROBLEMS]
    ]
    codes = {error.code for error in errors}
    code = codes.pop() if len(codes) == 1 else ""
    return ProblemError(
        code if code in PROBLEMS else "invalid_rate_card",
        "The rate card cannot be used; nothing was changed.",
        errors=errors,
    )


def _read(card_id: str, data: object) -> RateCard:
    if card_id not in _known:
        if len(_known) >= _MOST_KNOWN:
            _known.clear()
        _known[card_id] = rate_card_from_data(data)
    return _known[card_id]
