"""An order is the same at each attempt, whatever became of the customer and of the documents between."""

import json
from collections.abc import AsyncIterator
from datetime import timedelta
from typing import Any

import pytest
import pytest_asyncio
import sqlalchemy as sa
from temporalio.exceptions import ApplicationError

from activities.handing_over import NOT_MADE, NOT_TAKEN
from adapters.db.database import Database
from adapters.db.parties.customers import change_customer
from adapters.db.parties.seller import Seller, put_seller
from adapters.db.record.orders import orders_to_wake
from adapters.tokens import LinkTokens
from adapters.webhooks.signed_post import WebhookSender
from cli.local.postgres.server import Postgres
from domain.proof.order import WAIT_FOR_DOCUMENTS
from tests.api.conftest import SECRET
from tests.integration.db.desk import SIGNER
from tests.integration.delivery.outgoing import BrokenTypesetter, PlainTypesetter
from tests.integration.delivery.test_handing_over import HERE, OrderingDesk, answering
from tests.unit.webhooks.receiver import Receiver, receiving, saying

ADA = {"name": "Ada Buyer", "email": "ada@acme.example", "phone": "1"}
_EARLIER = sa.text(
    "UPDATE orders SET wake_at = wake_at - CAST(CAST(:by AS text) AS interval) WHERE quote_id = :quote_id"
)
_UNNAMED = sa.text(
    "UPDATE quote_versions SET parties = NULL, customer_name = NULL WHERE quote_id = :quote_id"
)


@pytest_asyncio.fixture(scope="module")
async def database(postgres: Postgres, template: str) -> AsyncIterator[Database]:
    """A migrated database of this module's own, with a seller."""
    opened = Database.connect(await postgres.create_database("same_order", template=template))
    async with opened.write() as w:
        await put_seller(w, Seller(name="ACME Tooling", email="quotes@tooling.example.com"))
    yield opened
    await opened.close()


@pytest.fixture
def desk(database: Database) -> OrderingDesk:
    return OrderingDesk(database, LinkTokens(SECRET))


@pytest_asyncio.fixture
async def receiver() -> AsyncIterator[Receiver]:
    """A system that takes no order."""
    async with receiving(saying(answering("500 No"))) as opened:
        yield opened


async def attempt(
    desk: OrderingDesk, quote_id: str, receiver: Receiver, *, why: str = "answered 500"
) -> None:
    """One that fails."""
    with pytest.raises(ApplicationError, match=f"^{NOT_TAKEN}: the order was not taken: {why}$"):
        await desk.hand_over(quote_id, receiver.url, WebhookSender(HERE))


def ordered(receiver: Receiver) -> list[dict[str, Any]]:
    """What was posted."""
    return [json.loads(got.body)["data"] for got in receiver.received]


@pytest.mark.parametrize(
    ("contacts", "email"), [((ADA,), ADA["email"]), ((), SIGNER["signer_email"])], ids=["named", "unnamed"]
)
async def test_a_customer_that_is_renamed_ordered_under_the_name_of_then(
    desk: OrderingDesk, receiver: Receiver, contacts: tuple[dict[str, str], ...], email: str
) -> None:
    """Name, addresses and tax id are those of the version that was accepted, under the one key."""
    was = {"name": "ACME", "email": "buyer@acme.example", "address": ("Road 1", "Oslo"), "tax_id": "NO1"}
    customer_id = await desk.customer(**was, contacts=contacts)
    quote_id = await desk.ordered(customer_id=customer_id)
    await attempt(desk, quote_id, receiver)
    changes = {
        "name": "Renamed",
        "email": "new@acme.example",
        "address": ("Elsewhere 2",),
        "tax_id": "NO2",
        "contacts": ({"name": "Bea", "email": "bea@acme.example", "phone": "2"},),
    }
    async with desk.database.write() as w:
        assert await change_customer(w, customer_id, changes)
    await attempt(desk, quote_id, receiver)
    first, second = receiver.received
    assert (first.headers["idempotency-key"], first.body) == (second.headers["idempotency-key"], second.body)
    assert ordered(receiver)[0]["customer"] == {
        "id": customer_id,
        "name": "ACME",
        "email": email,
        "address": ["Road 1", "Oslo"],
        "tax_id": "NO1",
    }


async def test_an_order_waits_for_its_documents(desk: OrderingDesk, receiver: Receiver) -> None:
    """Nothing is posted that would be told otherwise once they are made."""
    quote_id = await desk.ordered()
    desk.typesetter = BrokenTypesetter()
    await attempt(desk, quote_id, receiver, why=NOT_MADE)
    order = await desk.order(quote_id)
    assert (order.status, order.last_error) == ("pending", NOT_MADE)
    assert receiver.received == []
    desk.typesetter = PlainTypesetter()
    await attempt(desk, quote_id, receiver)
    desk.typesetter = BrokenTypesetter()
    await attempt(desk, quote_id, receiver)
    first, second = receiver.received
    assert first.body == second.body
    assert {kind: len(sha256) for kind, sha256 in ordered(receiver)[0]["documents"].items()} == {
        "quote": 64,
        "acceptance": 64,
    }


async def test_an_order_does_not_wait_for_ever_for_a_document(desk: OrderingDesk, receiver: Receiver) -> None:
    """After ten minutes it is posted without."""
    quote_id = await desk.ordered()
    desk.typesetter = BrokenTypesetter()
    assert timedelta(days=1) > WAIT_FOR_DOCUMENTS
    await desk.fast_forward(quote_id, days=1)
    await attempt(desk, quote_id, receiver)
    assert ordered(receiver)[0]["documents"] == {"quote": None, "acceptance": None}


async def test_an_order_whose_run_was_lost_is_woken(desk: OrderingDesk, receiver: Receiver) -> None:
    """As after a restore beside an empty Temporal: two hours after its last attempt, and then every two hours."""

    async def is_woken(*, after: str) -> bool:
        async with desk.database.write() as w:
            await w.run(_EARLIER, {"quote_id": quote_id, "by": after})
            return quote_id in {each.quote_id for each in await orders_to_wake(w, 1000)}

    quote_id = await desk.ordered()
    assert await is_woken(after="2 minutes"), "nobody has begun with it"
    await attempt(desk, quote_id, receiver)
    assert not await is_woken(after="110 minutes"), "the next attempt may be to come"
    assert await is_woken(after="11 minutes")
    assert not await is_woken(after="110 minutes")
    assert await is_woken(after="11 minutes")
    receiver.respond = saying(answering("201 Made"))
    assert (await desk.hand_over(quote_id, receiver.url, WebhookSender(HERE))).command is not None
    assert not await is_woken(after="1 day")


async def test_a_version_of_before_names_the_customer_of_today(
    desk: OrderingDesk, receiver: Receiver
) -> None:
    """One that was sent when nothing was copied yet."""
    customer_id = await desk.customer(name="ACME", address=("Road 1",), tax_id="NO1")
    quote_id = await desk.ordered(customer_id=customer_id)
    async with desk.database.write() as w:
        await w.run(sa.text("SET LOCAL session_replication_role = replica"))
        await w.run(_UNNAMED, {"quote_id": quote_id})
    await attempt(desk, quote_id, receiver)
    told = ordered(receiver)[0]["customer"]
    assert (told["name"], told["address"], told["tax_id"]) == ("ACME", ["Road 1"], "NO1")
    assert told["email"] == SIGNER["signer_email"]
