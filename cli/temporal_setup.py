"""`firm-offer temporal-setup`: brings a Temporal server to where quotes can live on it."""

import asyncio
import time

import typer
from google.protobuf.duration_pb2 import Duration
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest
from temporalio.api.workflowservice.v1 import (
    CountWorkflowExecutionsRequest,
    DescribeNamespaceRequest,
    RegisterNamespaceRequest,
)
from temporalio.client import Client
from temporalio.envconfig import ClientConfig
from temporalio.service import RPCError, RPCStatusCode

from adapters.settings import Settings
from adapters.temporal.search_attributes import missing_search_attributes
from cli.stack.errors import StackError
from workflows.names import SEARCH_ATTRIBUTES

RETENTION_DAYS = 30
PATIENCE = 60.0
STEP = 5.0
_REFUSED = {RPCStatusCode.PERMISSION_DENIED, RPCStatusCode.UNAUTHENTICATED, RPCStatusCode.UNIMPLEMENTED}


def temporal_setup() -> None:
    """Register the namespace and the search attributes of quotes at TEMPORAL_ADDRESS; what is there stays."""
    asyncio.run(_set_up())


async def _set_up() -> None:
    config = ClientConfig.load_client_connect_config(disable_file=True)
    config.setdefault("target_host", str(Settings.model_fields["temporal_address"].default))
    config.setdefault("namespace", str(Settings.model_fields["temporal_namespace"].default))
    where = f"the namespace {config['namespace']} at {config['target_host']}"
    deadline, last = time.monotonic() + PATIENCE, ""
    while time.monotonic() < deadline:
        try:
            async with asyncio.timeout(STEP):
                await prepare(await Client.connect(**config))
        except RPCError as error:
            if error.status in _REFUSED:
                raise StackError(_refusal(where, error)) from error
            last = error.message
        except (RuntimeError, TimeoutError):  # the SDK raises RuntimeError when nobody listens
            last = "nobody answers"
        else:
            typer.echo(f"Quotes can live in {where}.")
            return
        await asyncio.sleep(1)  # also until the server knows its own new namespace
    raise StackError(
        f"Temporal cannot prepare {where}: {last}. Start it, or correct TEMPORAL_ADDRESS and the other "
        "TEMPORAL_* variables."
    )


async def prepare(client: Client) -> None:
    """Register what is missing in the client's namespace, and return when all of it can be searched by.

    Raises RPCError, also for a moment after registering, until every service of the server has heard of it.
    """
    workflows, operator = client.workflow_service, client.operator_service
    try:
        await workflows.describe_namespace(DescribeNamespaceRequest(namespace=client.namespace))
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        retention = Duration(seconds=RETENTION_DAYS * 86_400)
        await workflows.register_namespace(
            RegisterNamespaceRequest(
                namespace=client.namespace, workflow_execution_retention_period=retention
            )
        )
    missing = {
        name: IndexedValueType.Value(f"INDEXED_VALUE_TYPE_{kind.upper()}")
        for name, kind in (await missing_search_attributes(client, SEARCH_ATTRIBUTES)).items()
    }
    if missing:
        await operator.add_search_attributes(
            AddSearchAttributesRequest(namespace=client.namespace, search_attributes=missing)
        )
    query = " AND ".join(f"{name} IS NULL" for name in SEARCH_ATTRIBUTES)
    await workflows.count_workflow_executions(
        CountWorkflowExecutionsRequest(namespace=client.namespace, query=query)
    )


def _refusal(where: str, error: RPCError) -> str:
    needed = ", ".join(f"{name} ({kind})" for name, kind in SEARCH_ATTRIBUTES.items())
    return (
        f"Temporal does not let us prepare {where}: {error.message}. Where others keep it, as in Temporal "
        f"Cloud, have it made there, with these search attributes: {needed}."
    )
