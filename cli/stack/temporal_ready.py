"""Brings a Temporal server that answers to where quotes can live on it: namespace and search attributes."""

import asyncio

from google.protobuf.duration_pb2 import Duration
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import (
    CountWorkflowExecutionsRequest,
    DescribeNamespaceRequest,
    DescribeWorkflowExecutionRequest,
    GetSystemInfoRequest,
    RegisterNamespaceRequest,
)
from temporalio.client import Client
from temporalio.service import RPCError, RPCStatusCode

from cli.stack.processes import Process
from cli.stack.waiting import until
from workflows.names import SEARCH_ATTRIBUTES

NAMESPACE = "default"
RETENTION_DAYS = 30
PATIENCE = 5.0


async def answers(address: str) -> bool:
    """Whether the server at `address` talks to clients."""
    try:
        async with asyncio.timeout(PATIENCE):
            client = await Client.connect(address, namespace=NAMESPACE)
            await client.workflow_service.get_system_info(GetSystemInfoRequest())
    except (RPCError, RuntimeError, TimeoutError):  # the SDK raises RuntimeError when nobody listens
        return False
    return True


async def make_ready(address: str, server: Process | str) -> None:
    """Registers what is missing and returns when a workflow can be started and listed by every attribute."""
    await until(lambda: answers(address), server, seconds=60 if isinstance(server, Process) else PATIENCE)
    client = await Client.connect(address, namespace=NAMESPACE)
    await until(lambda: _registered(client), server)
    await until(lambda: _attributes_added(client), server)
    await until(lambda: _usable(client), server)


async def _registered(client: Client) -> bool:
    retention = Duration(seconds=RETENTION_DAYS * 86_400)
    try:
        async with asyncio.timeout(PATIENCE):
            try:
                await client.workflow_service.describe_namespace(
                    DescribeNamespaceRequest(namespace=NAMESPACE)
                )
            except RPCError as error:
                if error.status != RPCStatusCode.NOT_FOUND:
                    return False
                await client.workflow_service.register_namespace(
                    RegisterNamespaceRequest(
                        namespace=NAMESPACE, workflow_execution_retention_period=retention
                    )
                )
    except (RPCError, TimeoutError):
        return False
    return True


async def _attributes_added(client: Client) -> bool:
    try:
        async with asyncio.timeout(PATIENCE):
            known = await client.operator_service.list_search_attributes(
                ListSearchAttributesRequest(namespace=NAMESPACE)
            )
            missing = {
                name: IndexedValueType.Value(f"INDEXED_VALUE_TYPE_{kind.upper()}")
                for name, kind in SEARCH_ATTRIBUTES.items()
                if name not in known.custom_attributes
            }
            if missing:
                await client.operator_service.add_search_attributes(
                    AddSearchAttributesRequest(namespace=NAMESPACE, search_attributes=missing)
                )
    except (RPCError, TimeoutError):  # also while the server does not know its new namespace yet
        return False
    return True


async def _usable(client: Client) -> bool:
    """The services behind the one that answers come up, and learn of new attributes, a little later."""
    query = " AND ".join(f"{name} IS NULL" for name in SEARCH_ATTRIBUTES)
    try:
        async with asyncio.timeout(PATIENCE):
            await client.workflow_service.count_workflow_executions(
                CountWorkflowExecutionsRequest(namespace=NAMESPACE, query=query)
            )
            await client.workflow_service.describe_workflow_execution(
                DescribeWorkflowExecutionRequest(
                    namespace=NAMESPACE, execution=WorkflowExecution(workflow_id="is-anybody-there")
                )
            )
    except RPCError as error:
        return error.status == RPCStatusCode.NOT_FOUND  # said by the service that keeps workflows
    except TimeoutError:
        return False
    return True
