"""A mail server at its worst loses no mail; a mail comes twice only where the server took it without saying so."""

import asyncio

from adapters.db import migrate
from adapters.db.database import Database
from cli.local.postgres.server import Postgres
from tests.faults.hostile_mail import delivered

LIVES, AT_ONCE = 12, 8


async def test_a_hostile_server_loses_no_mail_and_doubles_only_what_it_took_in_silence(
    postgres: Postgres,
) -> None:
    """Proves it of 60 mails and their documents: every row ends as sent with one event, each Message-ID came once
    and once more per reply that was lost, and every copy is the same mail.
    """
    url = await postgres.create_database("hostile_mail")
    await asyncio.to_thread(migrate.upgrade, url)
    database = Database.connect(url)
    try:
        post = await delivered(database, lives=LIVES, at_once=AT_ONCE, seed=7)
    finally:
        await database.close()
    assert post.wrong == []
    assert post.mails == 5 * LIVES
    assert min(post.done[what] for what in ("refused", "cut", "hung")) > 0
    assert post.copies == post.mails + post.done["cut"]
