"""The one clock. In the local run a quote's may be ahead, so that the time machine can move it."""

from datetime import datetime, timedelta

from adapters.db.database import Reading, Writing


async def now_for(r: Reading, quote_id: str) -> datetime:
    """The one clock's time for a quote, UTC."""
    raise NotImplementedError


async def get_offset(r: Reading, quote_id: str) -> timedelta:
    """How far the quote's clock is ahead of the wall's; zero for most."""
    raise NotImplementedError


async def add_offset(w: Writing, quote_id: str, ahead: timedelta) -> timedelta:
    """Move the quote's clock ahead (never back: ValueError); the offset as it is then."""
    raise NotImplementedError
