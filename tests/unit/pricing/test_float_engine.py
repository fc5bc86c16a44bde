"""The bench's float engine works out the same prices, so that its speed is compared and not its mistakes."""

from random import Random

from domain.pricing import PartSpecification
from tests.bench.bare.float_engine import totals
from tests.bench.parts.pricing import as_floats, difference
from tests.unit.pricing.parts import EXAMPLE, random_specification


def test_the_worked_example_comes_out() -> None:
    """At all four tiers; it holds a tie that floats round the wrong way, so a cent or two may be missing."""
    expected = {"expedited": 4939.17, "standard": 4261.23, "economy": 3769.38, "domestic_economy": 3579.28}
    found = totals(as_floats(EXAMPLE))
    assert list(found) == list(expected)
    assert all(abs(found[tier] - total) < 0.03 for tier, total in expected.items())


def test_random_parts_differ_by_cents_alone() -> None:
    """Ten roundings of floats, each at most a cent off: anything more is another rule."""
    random = Random(20260304)
    parts: list[PartSpecification] = [random_specification(random) for _ in range(1_000)]
    assert max(map(difference, parts)) <= 0.1
