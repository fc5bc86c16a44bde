"""What is wrong with a specification or a rate card: every problem, each with its field."""

from collections.abc import Sequence
from dataclasses import dataclass
from dataclasses import field as member
from typing import ClassVar, Self

from domain.errors import QuoteError


@dataclass(frozen=True, slots=True)
class Problem:
    """One thing that is wrong. It never repeats the submitted value, but for a figure of digits with two readings.

    `code` is stable; `field` is the name of a specification's field or the dotted place in a rate card;
    `allowed` lists the values that would be taken, or says their range ("1 to 5"). `path` is the place in a rate
    card key by key, for names that hold a dot themselves; list entries count from "0".
    """

    code: str
    field: str
    message: str
    allowed: tuple[str, ...] = ()
    path: tuple[str, ...] = member(default=(), compare=False)

    @classmethod
    def at(cls, path: Sequence[str], code: str, message: str, allowed: Sequence[str] = ()) -> Self:
        """A problem at a place in a rate card."""
        return cls(code, ".".join(path), message, tuple(allowed), tuple(path))


class PricingError(QuoteError):
    """Something cannot be priced. `problems` holds all that is wrong, in the order of the fields.

    `code` is the problem's own where there is one, and `default_code` where there are several.
    """

    default_code: ClassVar[str] = "pricing_error"

    def __init__(self, problems: Sequence[Problem]) -> None:
        code = problems[0].code if len(problems) == 1 else None
        super().__init__("; ".join(f"{each.field}: {each.message}" for each in problems), code=code)
        self.problems = tuple(problems)


class InvalidSpecificationError(PricingError):
    """A part specification that is malformed, out of range or not offered by the rate card.

    Codes of its problems: `not_an_object`, `required`, `unknown_field`, `not_text`, `too_long`, `not_a_number`, `not_finite`,
    `not_an_integer`, `out_of_range`, `unknown_customer_tier`, `unknown_material`, `unknown_process`,
    `unknown_shape`, `not_for_shape`, `one_of`, `too_few`, `too_many`, `not_a_list`, `not_allowed`, `pair_not_offered`, `finish_not_offered`, `too_large`, `price_out_of_range`.
    """

    default_code = "invalid_specification"


class InvalidRateCardError(PricingError):
    """A rate card that cannot be read or contradicts itself; fields are places such as `materials.steel.set_up`."""

    default_code = "invalid_rate_card"
