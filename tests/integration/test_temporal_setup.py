"""`firm-offer temporal-setup`, and what the local run does with a server that the environment names."""

import asyncio
import subprocess
import sys
from collections.abc import Awaitable, Callable
from pathlib import Path

import pytest
from google.protobuf.duration_pb2 import Duration
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.api.workflowservice.v1 import DescribeNamespaceRequest, RegisterNamespaceRequest
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from adapters.temporal.prepare import RETENTION_DAYS, NotPreparedError, Preparation, missing_search_attributes
from cli import migrate
from cli.local.errors import StackError
from cli.local.temporal.server import Temporal, make_named_ready
from tests.shell import firm_offer, refused

PROJECT = Path(__file__).parents[2]


async def in_namespace(temporal: Temporal, name: str) -> Client:
    return await Client.connect(temporal.address, namespace=name)


async def test_it_makes_a_namespace_where_quotes_can_live(temporal: Temporal) -> None:
    """Namespace and search attributes, needing no other setting; done again it changes nothing. It says what it
    waits for until the server knows its own new namespace.
    """
    env = {"TEMPORAL_ADDRESS": temporal.address, "TEMPORAL_NAMESPACE": "another-shop", "DATABASE_URL": None}
    told = []
    for _ in range(2):
        ended = await firm_offer("temporal-setup", env={**env, "FIRM_OFFER_SECRET": None})
        assert ended.exit_code == 0, ended.output
        assert ended.stdout == f"Quotes can now run in the namespace another-shop at {temporal.address}.\n"
        told.append(ended.stderr)
    assert told[0].startswith(
        f"Waiting for the namespace another-shop at {temporal.address}, for up to 60 s: "
    )
    assert told[1] == ""
    client = await in_namespace(temporal, "another-shop")
    assert await missing_search_attributes(client) == {}
    found = await client.workflow_service.describe_namespace(
        DescribeNamespaceRequest(namespace="another-shop")
    )
    assert found.config.workflow_execution_retention_ttl.ToTimedelta().days == RETENTION_DAYS


def test_it_ends_with_0_each_time(temporal: Temporal) -> None:
    """As a container's start does that waits for it; threads of the SDK abort no program that has done its work."""
    command = [sys.executable, "-m", "cli.main", "temporal-setup"]
    env = {"PATH": "/usr/bin:/bin", "TEMPORAL_ADDRESS": temporal.address}
    ended = [
        subprocess.run(command, cwd=PROJECT, env=env, capture_output=True, timeout=90, check=False)
        for _ in range(2)
    ]
    assert [done.returncode for done in ended] == [0] * 2, ended


async def test_it_says_whom_it_waits_for_and_when_nobody_answers(monkeypatch: pytest.MonkeyPatch) -> None:
    """At once, and after its patience in a sentence that names the setting."""
    monkeypatch.setattr(migrate, "PATIENCE", 1.5)
    ended = await firm_offer("temporal-setup", env={"TEMPORAL_ADDRESS": "127.0.0.1:1"})
    waiting, _, refusal = ended.stderr.partition("\n")
    assert (ended.exit_code, ended.stdout) == (1, "")
    assert waiting == "Waiting for the namespace default at 127.0.0.1:1, for up to 2 s: it is not responding."
    assert "correct TEMPORAL_ADDRESS" in refusal


@pytest.mark.parametrize(
    ("env", "named"),
    [
        ({"TEMPORAL_ADDRESS": "a b:c:d"}, "TEMPORAL_ADDRESS"),
        ({"TEMPORAL_TLS_CLIENT_CERT_PATH": "/no/such/file"}, "TEMPORAL_TLS_"),
    ],
)
async def test_what_no_waiting_mends_ends_it_at_once(env: dict[str, str | None], named: str) -> None:
    """An address that is none, a certificate that is not there."""
    async with asyncio.timeout(20):
        assert named in refused(await firm_offer("temporal-setup", env=env))


@pytest.fixture(params=["command", "local run"])
def prepared(request: pytest.FixtureRequest) -> Callable[[], Awaitable[None]]:
    """Either way to prepare what the environment names."""
    if request.param == "local run":
        return lambda: make_named_ready(lambda _line: None)
    return lambda: asyncio.to_thread(migrate.temporal_setup)


async def test_an_attribute_of_another_type_is_named(
    temporal: Temporal,
    prepared: Callable[[], Awaitable[None]],
    request: pytest.FixtureRequest,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """Both say at once which one, its type and the needed one: a worker would only end with an error again and
    again, and adding it once more is refused by the server for ever.
    """
    namespace = "taken-" + str(request.node.callspec.id).replace(" ", "-")
    client = await in_namespace(temporal, namespace)
    await client.workflow_service.register_namespace(
        RegisterNamespaceRequest(
            namespace=namespace, workflow_execution_retention_period=Duration(seconds=86_400)
        )
    )
    keyword = {"QuoteTotal": IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD}
    async with asyncio.timeout(60):
        while True:
            try:
                await client.operator_service.add_search_attributes(
                    AddSearchAttributesRequest(namespace=namespace, search_attributes=keyword)
                )
                break
            except RPCError:  # until the server knows its new namespace
                await asyncio.sleep(0.5)
    monkeypatch.setenv("TEMPORAL_ADDRESS", temporal.address)
    monkeypatch.setenv("TEMPORAL_NAMESPACE", namespace)
    with pytest.raises(StackError, match="QuoteTotal is Keyword and must be Double"):
        await prepared()


async def test_the_local_run_prepares_the_namespace_that_is_named(
    temporal: Temporal, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Not another one of the same server, where no worker of ours would look."""
    monkeypatch.setenv("TEMPORAL_ADDRESS", temporal.address)
    monkeypatch.setenv("TEMPORAL_NAMESPACE", "named-shop")
    await make_named_ready(lambda _line: None)
    assert await missing_search_attributes(await in_namespace(temporal, "named-shop")) == {}


@pytest.mark.parametrize("status", [RPCStatusCode.PERMISSION_DENIED, RPCStatusCode.UNIMPLEMENTED])
async def test_a_refusal_says_what_others_must_make(status: RPCStatusCode) -> None:
    """As in a cloud that others keep: with every search attribute and its type, and without waiting."""

    async def connect() -> Client:
        raise RPCError("not yours", status, b"")

    preparation = Preparation("the namespace a.b at c:7233", connect)
    with pytest.raises(NotPreparedError, match=r"a\.b at c:7233: not yours.*QuoteTotal \(Double\)"):
        await preparation.within(30, lambda _line: None)
    assert await preparation.answers()
