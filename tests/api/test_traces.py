"""One trace for one click: through every process, whoever signals it; and none where that is off."""

import signal
from collections.abc import AsyncIterator
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import asyncpg
import httpx
import pytest
import pytest_asyncio
from temporalio.client import WorkflowHandle
from temporalio.worker import Replayer, UnsandboxedWorkflowRunner

from activities.tracing import TraceWork
from adapters.db.database import Database
from adapters.settings import Settings
from adapters.telemetry import traces
from adapters.telemetry.open_telemetry import OpenTelemetry
from adapters.temporal.client import connect, firm_offer_plugin
from adapters.tokens import LinkTokens
from adapters.webhooks.signed_post import new_secret
from cli.local.free_ports import free_ports
from cli.local.mail import MailServer
from cli.local.postgres.server import Postgres
from cli.local.temporal.server import Temporal
from tests.api.caller import SIGNER as BY_PHONE
from tests.api.caller import Caller, run_of
from tests.api.conftest import SECRET, api_key, prepared_database, settings_for
from tests.api.customer.reading import hidden
from tests.api.traced import Collector, Product, Seen, collecting, processes, tree
from tests.unit.webhooks.receiver import Receiver, receiving, saying
from tests.waiting import eventually
from workflows.quote import QuoteWorkflow

SIGNER = {"signer_name": "Maria Huber", "signer_email": "maria@acme.example.com", "consent": "yes"}
UNTRACED = "untraced@buyer.example.com"
GIVEN = "4bf92f3577b34da6a3ce929d0e0e4736"
CALLER = "00f067aa0ba902b7"
"""Trace and span of a program that calls the product."""
TAKEN = b'HTTP/1.1 201 Created\r\nContent-Length: 20\r\n\r\n{"reference":"SO-1"}'
ACCEPT = "POST /q/{token}/accept"


@dataclass(kw_only=True)
class Shop:
    """A product that traces, whose orders and events go to `other`."""

    product: Product
    caller: Caller
    collector: Collector
    other: Receiver
    settings: Settings
    url: str

    async def sent(self) -> tuple[dict[str, Any], str]:
        """A quote that is sent, and the path of its customer's link."""
        quote = await self.caller.sent(owner="desk@tooling.example.com")
        [link] = (await self.caller.get(f"/quotes/{quote['id']}/links")).json()["data"]
        return quote, f"/q/{LinkTokens(SECRET).token(link['id'])}"

    async def click(self, path: str, **headers: str) -> httpx.Response:
        """The customer's yes."""
        page = await self.product.http.get(path)
        form = hidden(page, "accept") | SIGNER
        answer = await self.product.http.post(f"{path}/accept", data=form, headers=headers)
        assert answer.status_code in {200, 202, 303}, answer.text
        return answer

    async def trace(self, name: str, *last: str, **attributes: str) -> list[Seen]:
        """The trace with a span of that name, once all of `last` are in it too, and what each span is below: a parent ends
        after its children, and is sent after them.
        """

        def whole() -> bool:
            spans = self.collector.trace_of(name, **attributes)
            names = [span.name for span in spans]
            known = {"", CALLER, *(span.id for span in spans)}
            is_there = all(names.count(each) >= last.count(each) for each in last)
            return is_there and {span.parent for span in spans} <= known

        try:
            await eventually(whole, f"a trace of {name} with {last}")
        except AssertionError:
            print(*map(str, self.collector.spans()), sep="\n")  # noqa: T201 - what there is instead
            raise
        return self.collector.trace_of(name, **attributes)

    async def of_quote(self, quote: dict[str, Any], name: str, *last: str) -> list[Seen]:
        """The trace of a command about that quote, whose signal is told with its id."""
        return await self.trace(f"signal {name}", *last, **{"firm_offer.quote_id": quote["id"]})


@pytest_asyncio.fixture(scope="module")
async def database_url(postgres: Postgres) -> str:
    return await prepared_database(postgres, "traces")


@pytest.fixture(scope="module")
def settings(database_url: str, temporal: Temporal, mail_server: MailServer) -> Settings:
    return settings_for(database_url, temporal.address, mail_server.smtp_url, queue="traces")


@pytest_asyncio.fixture(scope="module")
async def shop(
    settings: Settings, database_url: str, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Shop]:
    key = await api_key(database_url, "quote", "admin")
    async with receiving(saying(TAKEN)) as other, collecting() as collector:
        more = {
            "FIRM_OFFER_ORDERS": "http",
            "FIRM_OFFER_ORDER_URL": other.url,
            "FIRM_OFFER_ORDER_SECRET": new_secret(),
            "FIRM_OFFER_WEBHOOK_ALLOW": "127.0.0.0/8",
        }
        folder = tmp_path_factory.mktemp("traces")
        async with processes(settings, folder, traces=True, collector=collector.address, **more) as product:
            product.http.headers["Authorization"] = f"Bearer {key}"
            yield Shop(
                product=product,
                caller=Caller(product.http),
                collector=collector,
                other=other,
                settings=settings,
                url=database_url,
            )


def above(spans: list[Seen], span: Seen) -> list[str]:
    """The names of what it is below, up to the root."""
    by_id = {each.id: each for each in spans}
    names = []
    while span.parent:
        span = by_id[span.parent]
        names.append(span.name)
    return names


def the(spans: list[Seen], name: str, **attributes: str) -> Seen:
    """The one span of that name."""
    [found] = [s for s in spans if s.name == name and attributes.items() <= s.attributes.items()]
    return found


async def history_of(settings: Settings, quote: dict[str, Any]) -> Any:
    handle: WorkflowHandle[Any, Any] = (await connect(settings, lazy=False)).get_workflow_handle(
        run_of(quote)
    )
    return await handle.fetch_history()


async def test_one_click_is_one_trace_from_the_page_to_the_mail_server(shop: Shop) -> None:
    """With what each was done for above it, in three processes; the order's system goes on in it."""
    quote, path = await shop.sent()
    shop.other.received.clear()
    await shop.click(path)
    emails = ("email", "email", "email", "SMTP", "SMTP", "SMTP")
    spans = await shop.of_quote(
        quote,
        "accept",
        ACCEPT,
        "record accept",
        "document acceptance",
        *emails,
        "POST order",
        "record hand_over",
    )
    print(tree(spans))  # noqa: T201 - for docs/monitoring.md
    click = the(spans, ACCEPT)
    assert (click.parent, click.service) == ("", "firm-offer-api")
    assert click.attributes["http.route"] == "/q/{token}/accept"
    assert above(spans, the(spans, "store accept")) == [ACCEPT]
    assert above(spans, the(spans, "signal accept")) == [ACCEPT]
    signalled = ["signal accept", ACCEPT]
    assert above(spans, the(spans, "decide accept")) == signalled
    decided = ["decide accept", *signalled]
    assert above(spans, the(spans, "record accept")) == decided
    assert above(spans, the(spans, "deliver")) == decided
    assert the(spans, "decide accept").service == "firm-offer-decisions"
    for smtp in (s for s in spans if s.name == "SMTP"):
        assert above(spans, smtp) == ["email", "deliver", *decided]
        assert smtp.service == "firm-offer-deliveries"
    order = the(spans, "POST order")
    assert above(spans, order) == ["hand_over_order", *decided]
    assert above(spans, the(spans, "record hand_over")) == ["hand_over_order", *decided]
    [posted] = [got for got in shop.other.received if "traceparent" in got.headers]
    assert posted.headers["traceparent"].split("-")[1:3] == [click.trace, order.id]


async def test_a_creation_s_trace_goes_on_in_its_caller_s(shop: Shop) -> None:
    """A program with a key names its own span; what it asked for is below it."""
    customer = await shop.caller.customer()
    body = {
        "customer_id": customer["id"],
        "lines": [{"description": "Work", "quantity": 1, "unit_price": "5.00"}],
    }
    headers = {"traceparent": f"00-{GIVEN}-{CALLER}-01"}
    answer = await shop.caller.post("/quotes", body, headers=headers)
    assert answer.is_success, answer.text
    made = {"id": answer.json().get("quote_id") or answer.json()["id"]}
    spans = await shop.of_quote(
        made, "create", "POST /api/v1/quotes", "decide create", "record create", "price"
    )
    assert {span.trace for span in spans} == {GIVEN}
    asked = the(spans, "POST /api/v1/quotes")
    assert asked.parent == CALLER
    decided = the(spans, "decide create")
    assert {s.parent for s in spans if s.name in {"price", "record create"}} == {decided.id}
    assert decided.attributes["firm_offer.outcome"] == "applied"


async def test_a_stranger_does_not_choose_the_trace(shop: Shop) -> None:
    """What comes to a customer's page begins a trace of ours."""
    quote, path = await shop.sent()
    given = "af7651916cd43dd8448eb211c80319c7"
    await shop.click(path, traceparent=f"00-{given}-b7ad6b7169203331-01")
    spans = await shop.of_quote(quote, "accept", ACCEPT, "record accept")
    assert given not in {span.trace for span in spans}


async def test_what_the_relay_signals_later_is_in_the_click_s_trace(shop: Shop, temporal: Temporal) -> None:
    """Temporal is away at the click; what is done after that stands below the click all the same."""
    quote, path = await shop.sent()
    page = await shop.product.http.get(path)
    form = hidden(page, "accept") | SIGNER
    temporal.freeze()
    try:
        await shop.product.http.post(f"{path}/accept", data=form)
    finally:
        temporal.thaw()
    spans = await shop.of_quote(quote, "accept", ACCEPT, "signal accept", "signal accept", "SMTP", "SMTP")
    failed, *again = [s for s in spans if s.name == "signal accept"]
    assert failed.failed
    assert not again[-1].failed
    click = the(spans, ACCEPT)
    assert again[-1].parent == failed.parent == click.id
    assert again[-1].began > click.ended
    assert {above(spans, s)[-1] for s in spans if s.name == "SMTP"} == {ACCEPT}


async def test_mails_that_a_later_run_finds_are_in_their_click_s_trace(
    shop: Shop, temporal: Temporal
) -> None:
    """The run is gone before its mails went out: the next one, started by another command, delivers them."""
    quote, path = await shop.sent()
    await shop.of_quote(quote, "send", "SMTP")
    await shop.product.deliveries.stop()
    try:
        await shop.click(path)
        await shop.of_quote(quote, "accept", "record accept")
        client = await connect(shop.settings, lazy=False)
        await client.get_workflow_handle(run_of(quote)).terminate()
        refused = await shop.caller.post(f"/quotes/{quote['id']}/cancel", {"reason": "No."})
        assert refused.status_code in {202, 409}, refused.text
    finally:
        shop.product.deliveries.start()
    spans = await shop.of_quote(quote, "accept", "SMTP", "SMTP", "POST order")
    assert {above(spans, s)[-1] for s in spans if s.name in {"SMTP", "POST order"}} == {ACCEPT}
    later = await shop.of_quote(quote, "cancel", "record cancel")
    assert {s.name for s in later} & {"SMTP", "POST order"} == set()
    assert the(later, "decide cancel").attributes["firm_offer.outcome"] != "applied"


async def test_an_event_told_to_another_system_is_in_the_trace_of_its_cause(shop: Shop) -> None:
    body = {"url": shop.other.url, "types": ["quote.sent"]}
    made = await shop.caller.post("/webhooks", body)
    assert made.is_success, made.text
    quote, _ = await shop.sent()
    spans = await shop.of_quote(quote, "send", "POST webhook")
    told = the(spans, "POST webhook")
    assert told.attributes["http.response.status_code"] == "201"
    assert above(spans, told) == ["POST /api/v1/quotes/{quote_id}/send"]


async def test_a_refusal_is_told_by_its_code(shop: Shop) -> None:
    quote = await shop.caller.draft()
    refused = await shop.caller.post(f"/quotes/{quote['id']}/accept", BY_PHONE)
    spans = await shop.of_quote(quote, "accept", "record accept")
    assert the(spans, "decide accept").attributes["firm_offer.outcome"] == refused.json()["code"]


async def test_histories_of_traced_runs_replay_with_and_without(shop: Shop) -> None:
    """Whoever switches it off, or on, has quotes under way."""
    quote, path = await shop.sent()
    await shop.click(path)
    await shop.of_quote(quote, "accept", "SMTP", "SMTP")
    history = await history_of(shop.settings, quote)
    assert "_tracer-data" in str(history.events)
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor  # noqa: PLC0415
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter  # noqa: PLC0415

    exported = InMemorySpanExporter()
    put_back = traces.record_by(OpenTelemetry("replay", SimpleSpanProcessor(exported)))
    database = Database.connect(shop.settings.database_url.get_secret_value())
    try:
        for interceptors in ([], [TraceWork(database)]):
            replayer = Replayer(
                workflows=[QuoteWorkflow],
                workflow_runner=UnsandboxedWorkflowRunner(),
                plugins=[firm_offer_plugin()],
                interceptors=interceptors,
            )
            await replayer.replay_workflow(history)
    finally:
        put_back()
        await database.close()
    assert exported.get_finished_spans() == ()


async def test_no_span_tells_a_link_a_name_or_an_address(shop: Shop) -> None:
    """Of all that the tests before this one, and this one, had sent."""
    quote, path = await shop.sent()
    await shop.product.http.get(path)
    await shop.product.http.get(f"{path}/nothing-here")
    await shop.click(path)
    await shop.of_quote(quote, "accept", "SMTP", "SMTP")
    told = shop.collector.raw
    secrets = (path.rpartition("/")[2], "Huber", "acme.example.com", "tooling.example", "Bearer", SECRET)
    assert [each for each in secrets if each.encode() in told] == []


async def test_off_nothing_is_traced(
    settings: Settings, postgres: Postgres, temporal: Temporal, mail_server: MailServer, tmp_path: Path
) -> None:
    """Nothing leaves, wherever OpenTelemetry's own variables lead; and histories and inbox are as before there were traces."""
    url = await prepared_database(postgres, "untraced")
    own = settings_for(url, temporal.address, mail_server.smtp_url, queue="untraced")
    key = await api_key(url, "quote")
    async with (
        receiving(saying(TAKEN)) as collector,
        processes(
            own,
            tmp_path,
            traces=False,
            collector=f"http://127.0.0.1:{collector.port}",
            FASTAPI_OTEL_AUTO_CONFIGURE="true",
        ) as product,
    ):
        product.http.headers["Authorization"] = f"Bearer {key}"
        product.http.headers["traceparent"] = f"00-{GIVEN}-{CALLER}-01"
        caller = Caller(product.http)
        quote = await caller.sent(owner="desk@tooling.example.com")
        history = await history_of(own, quote)
    connection = await asyncpg.connect(url)
    stored = await connection.fetch("SELECT traceparent FROM commands")
    await connection.close()
    assert len(stored) == 2
    assert {row["traceparent"] for row in stored} == {None}
    assert "_tracer-data" not in str(history.events)
    assert collector.received == []


async def test_a_collector_that_is_away_troubles_nobody(
    postgres: Postgres, temporal: Temporal, mail_server: MailServer, tmp_path: Path
) -> None:
    """What is asked for is done, the logs have a line of it, and the processes end when they are told to."""
    url = await prepared_database(postgres, "collector_away")
    own = settings_for(url, temporal.address, mail_server.smtp_url, queue="collector-away")
    key = await api_key(url, "quote")
    [port] = free_ports(1)
    collector = f"http://127.0.0.1:{port}"
    async with processes(own, tmp_path, traces=True, collector=collector) as product:
        product.http.headers["Authorization"] = f"Bearer {key}"
        caller = Caller(product.http)
        await caller.done(await caller.draft(), "send", {"recipients": [UNTRACED]})

        async def is_out() -> bool:
            logged = [(tmp_path / f"{name}.log").read_text() for name in ("api", "decisions", "deliveries")]
            told = all("traces_not_sent" in log for log in logged)
            return told and bool(await mail_server.messages(to=UNTRACED))

        await eventually(is_out, "the email, and a line in each log")
    # uvicorn passes the signal on when all is done; nobody had to be killed.
    ended = [each.exit_code for each in (product.api, product.decisions, product.deliveries)]
    assert ended == [-signal.SIGTERM, 0, 0]
    for name in ("api", "decisions", "deliveries"):
        assert (tmp_path / f"{name}.log").read_text().count("traces_not_sent") == 1
