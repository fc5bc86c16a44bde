"""What a namespace must have before quotes can live in it: registers that, and says what is missing."""

import asyncio
import os
import time
from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass

from google.protobuf.duration_pb2 import Duration
from temporalio.api.common.v1 import WorkflowExecution
from temporalio.api.enums.v1 import IndexedValueType, NamespaceState
from temporalio.api.operatorservice.v1 import AddSearchAttributesRequest, ListSearchAttributesRequest
from temporalio.api.workflowservice.v1 import (
    CountWorkflowExecutionsRequest,
    DescribeNamespaceRequest,
    DescribeWorkflowExecutionRequest,
    GetSystemInfoRequest,
    RegisterNamespaceRequest,
)
from temporalio.client import Client
from temporalio.envconfig import ClientConfig
from temporalio.service import RPCError, RPCStatusCode

from workflows.contract import SEARCH_ATTRIBUTES

NAMESPACE = "default"
"""The local run's."""

RETENTION_DAYS = 30
STEP = 5.0  # seconds one attempt may take
PAUSE = 1.0  # seconds between two of them
_REFUSED = {RPCStatusCode.PERMISSION_DENIED, RPCStatusCode.UNAUTHENTICATED, RPCStatusCode.UNIMPLEMENTED}
_SILENT = (RuntimeError, TimeoutError)  # the SDK raises RuntimeError when nobody listens
_WORDS = {
    number: name.removeprefix("INDEXED_VALUE_TYPE_").title().replace("_", "")
    for name, number in IndexedValueType.items()
}


class NotPreparedError(Exception):
    """What stands in the way, and how a person can mend it."""


@dataclass
class Preparation:
    """Registers what is missing of namespace and search attributes; what is there stays. Idempotent.

    `connect` gives a client of that namespace, `where` names both in a sentence.
    """

    where: str
    connect: Callable[[], Awaitable[Client]]
    obstacle: str = ""
    """What stood in the way at the last attempt."""

    async def answers(self) -> bool:
        """Whether the server talks to clients; a refusal is an answer."""
        try:
            async with asyncio.timeout(STEP):
                client = await self._client()
                await client.workflow_service.get_system_info(GetSystemInfoRequest())
        except RPCError as error:
            return error.status in _REFUSED
        except _SILENT:
            return False
        return True

    async def done(self) -> bool:
        """One attempt: whether a quote can be started and listed by every attribute. False also for a moment
        after registering, until every service of the server has heard of it.

        Raises `NotPreparedError` for what no waiting mends: no permission, or an attribute of another type.
        """
        try:
            async with asyncio.timeout(STEP):
                client = await self._client()
                await _register(client)
                await self._add_attributes(client)
                await _use(client)
        except RPCError as error:
            if error.status in _REFUSED:
                raise NotPreparedError(self._refusal(error.message)) from error
            self.obstacle = error.message.rstrip(".")
            return False
        except _SILENT:
            self.obstacle = "it is not responding"
            return False
        return True

    async def within(self, seconds: float, tell: Callable[[str], None]) -> None:
        """Attempts until it is done; what stands in the way is told as often as it changes.

        Raises `NotPreparedError`, also when `seconds` are over.
        """
        deadline, told = time.monotonic() + seconds, ""
        while not await self.done():
            if time.monotonic() + PAUSE > deadline:
                raise NotPreparedError(
                    f"Temporal cannot prepare {self.where}: {self.obstacle}. Start it, or correct "
                    "TEMPORAL_ADDRESS and the other TEMPORAL_* variables."
                )
            if self.obstacle != told:
                tell(f"Waiting for {self.where}, for up to {seconds:.0f} s: {self.obstacle}.")
                told = self.obstacle
            await asyncio.sleep(PAUSE)

    async def _client(self) -> Client:
        try:
            return await self.connect()
        except ValueError as error:
            raise NotPreparedError("TEMPORAL_ADDRESS is malformed: set it to host:port.") from error

    async def _add_attributes(self, client: Client) -> None:
        known = await _registered(client)
        wrong = {name: known[name] for name, kind in _needed().items() if known.get(name, kind) != kind}
        if wrong:
            raise NotPreparedError(self._contradiction(wrong))
        missing = {name: kind for name, kind in _needed().items() if name not in known}
        if missing:
            await client.operator_service.add_search_attributes(
                AddSearchAttributesRequest(namespace=client.namespace, search_attributes=missing)
            )

    def _refusal(self, why: str) -> str:
        needed = ", ".join(f"{name} ({kind})" for name, kind in SEARCH_ATTRIBUTES.items())
        return (
            f"Temporal does not allow preparing {self.where}: {why}. If someone else administers it, as "
            f"in Temporal Cloud, have it created there with these search attributes: {needed}."
        )

    def _contradiction(self, wrong: dict[str, IndexedValueType.ValueType]) -> str:
        told = ", ".join(
            f"{name} is {_WORDS[kind]} and must be {SEARCH_ATTRIBUTES[name]}" for name, kind in wrong.items()
        )
        return (
            f"Search attributes in {self.where} have another type: {told}. Choose another "
            "TEMPORAL_NAMESPACE, or remove them there if nobody uses them (`temporal operator "
            "search-attribute remove`), then try again."
        )


def named_in_environment(*, address: str, namespace: str) -> Preparation:
    """Of the server and the namespace that the `TEMPORAL_*` variables name, with their keys and certificates;
    `address` and `namespace` are for variables that are not set.

    Raises `NotPreparedError`.
    """
    try:
        config = ClientConfig.load_client_connect_config(
            disable_file=True, override_env_vars=dict(os.environ)
        )
    except OSError as error:
        raise NotPreparedError(
            f"A file named by a TEMPORAL_TLS_* variable cannot be read: {error.strerror}."
        ) from error
    except (RuntimeError, ValueError) as error:
        raise NotPreparedError(
            "The TEMPORAL_* variables cannot be read: check them against the SDK's documentation."
        ) from error
    config.setdefault("target_host", address)
    config.setdefault("namespace", namespace)
    where = f"the namespace {config['namespace']} at {config['target_host']}"
    return Preparation(where, lambda: Client.connect(**config))


def of_our_own(address: str) -> Preparation:
    """Of a server that we have started; the environment's keys and certificates are for others."""
    where = f"the namespace {NAMESPACE} at {address}"
    return Preparation(where, lambda: Client.connect(address, namespace=NAMESPACE))


def _needed() -> dict[str, IndexedValueType.ValueType]:
    return {
        name: IndexedValueType.Value(f"INDEXED_VALUE_TYPE_{kind.upper()}")
        for name, kind in SEARCH_ATTRIBUTES.items()
    }


async def is_registered(client: Client) -> bool:
    """Whether the client's namespace is there. Raises RPCError."""
    asked = DescribeNamespaceRequest(namespace=client.namespace)
    try:
        found = await client.workflow_service.describe_namespace(asked)
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:
            raise
        return False
    return found.namespace_info.state != NamespaceState.NAMESPACE_STATE_DELETED


async def _register(client: Client) -> None:
    if not await is_registered(client):
        retention = Duration(seconds=RETENTION_DAYS * 86_400)
        await client.workflow_service.register_namespace(
            RegisterNamespaceRequest(
                namespace=client.namespace, workflow_execution_retention_period=retention
            )
        )


async def _use(client: Client) -> None:
    """The services behind the one that answers come up, and learn of new attributes, a little later."""
    nobody = WorkflowExecution(workflow_id="is-anybody-there")
    try:
        await client.workflow_service.describe_workflow_execution(
            DescribeWorkflowExecutionRequest(namespace=client.namespace, execution=nobody)
        )
    except RPCError as error:
        if error.status is not RPCStatusCode.NOT_FOUND:  # which the service that keeps workflows says
            raise
    query = " AND ".join(f"{name} IS NULL" for name in SEARCH_ATTRIBUTES)
    await client.workflow_service.count_workflow_executions(
        CountWorkflowExecutionsRequest(namespace=client.namespace, query=query)
    )


class MissingSearchAttributesError(Exception):
    """The namespace lacks search attributes: every quote would block on its first one."""


async def missing_search_attributes(client: Client) -> dict[str, str]:
    """Those that are not registered, or not with their type, which is the value. Raises RPCError."""
    found = await _registered(client, retry=True)
    return {name: SEARCH_ATTRIBUTES[name] for name, kind in _needed().items() if found.get(name) != kind}


async def require_search_attributes(client: Client) -> None:
    """Raises MissingSearchAttributesError that names what is missing and how to add it, or what has another type."""
    found = await _registered(client, retry=True)
    other = [name for name, kind in _needed().items() if found.get(name, kind) != kind]
    if other:
        raise MissingSearchAttributesError(
            f"the search attributes {', '.join(other)} have another type in the namespace {client.namespace}: "
            "use a namespace of its own"
        )
    missing = {name: kind for name, kind in SEARCH_ATTRIBUTES.items() if name not in found}
    if missing:
        commands = "; ".join(
            f"temporal operator search-attribute create --namespace {client.namespace} --name {name} "
            f"--type {kind}"
            for name, kind in missing.items()
        )
        raise MissingSearchAttributesError(f"search attributes are not registered; run: {commands}")


async def _registered(client: Client, *, retry: bool = False) -> Mapping[str, IndexedValueType.ValueType]:
    request = ListSearchAttributesRequest(namespace=client.namespace)
    return (await client.operator_service.list_search_attributes(request, retry=retry)).custom_attributes
