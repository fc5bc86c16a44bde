"""A quote to which the server takes no more signals is that quote's trouble, and nobody else's."""

from pathlib import Path

from adapters.db.parties.customers import NewCustomer, create_customer
from api.app import create_app
from cli.local.mail import MailServer
from tests.api.conftest import api_key, calling, running
from tests.faults.ledger import do
from tests.faults.narrow import desk, narrow_temporal, working
from tests.faults.record import complaints, undecided
from tests.faults.stack import FaultStack
from tests.waiting import eventually
from tests.workflow.garbage import READ_AND_COUNTED, flood

SIGNALS = {"history.maximumSignalsPerExecution": 100, "limit.historyCount.suggestContinueAsNew": 60}
"""By default 10,000 signals of one run are taken; it is asked to end after 4,096 events."""


async def test_a_full_quote_does_not_open_the_breaker(
    stack: FaultStack, mail_server: MailServer, tmp_path: Path
) -> None:
    """While no worker empties a quote's run, its commands are stored and answered with 202; the breaker, which
    is everybody's, stays closed. With a worker there, all is decided.
    """
    async with (
        narrow_temporal(tmp_path, SIGNALS) as temporal,
        desk(stack, temporal, mail_server, "flooded") as made,
        running(create_app(settings=made.settings)) as app,
        calling(app, await api_key(made.settings.database_url.get_secret_value(), "quote")) as caller,
    ):
        async with made.database.write() as w:
            customer = (await create_customer(w, NewCustomer(name="ACME", email="buyer@acme.example"))).id

        async def settled() -> bool:
            return await undecided(made.database) == 0

        async with working(made):
            quote_id = (await made.create(customer)).quote_id
            await eventually(settled, "the quote is created")
        handle = await made.run(quote_id)
        assert (await flood(handle, [READ_AND_COUNTED["null"]] * 150)).refused == 50
        answers = [await do(quote_id, "extend", {"valid_days": days}).put(caller) for days in (5, 6, 7)]
        assert [answer.status_code for answer in answers] == [202] * 3
        opened = app.state.services.commands._breaker.is_open
        async with working(made):
            await eventually(settled, "all is decided")
        assert await complaints(made.database) == []
        assert not opened
