"""Numbers of a body for the domain, which takes figures as decimals and texts as texts, never one for the other."""

from decimal import Decimal
from typing import Any

from api.http.json_body import NumberText


def as_decimals(value: Any) -> Any:
    """The value with each fraction, which the strict parser keeps as written, as an exact decimal."""
    if isinstance(value, NumberText):
        return Decimal(value)
    if isinstance(value, dict):
        return {key: as_decimals(each) for key, each in value.items()}
    return [as_decimals(each) for each in value] if isinstance(value, list) else value
