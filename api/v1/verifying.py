"""The check of a quote's record that a reader may ask for."""

from typing import Annotated, Any

from fastapi import Query

from adapters.db.database import Reading
from adapters.db.quotes.verification import find_record
from api.v1.verification import verification_data

Verify = Annotated[
    bool, Query(description="Check the whole record of the quote, and say what does not match.")
]


async def verification(reading: Reading, quote_id: str, *, wanted: bool) -> dict[str, Any]:
    """`verification`, where it is wanted and there is a record."""
    record = await find_record(reading, quote_id) if wanted else None
    return {"verification": verification_data(record)} if record else {}
