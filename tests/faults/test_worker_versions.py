"""Workers of two versions side by side: quotes and webhooks go over from one to the other, none is stuck, none decided twice."""

import json
from collections.abc import AsyncIterator, Awaitable, Callable, Collection
from contextlib import asynccontextmanager
from typing import Any
from unittest.mock import patch
from uuid import uuid4

import pytest
from temporalio.api.deployment.v1 import WorkerDeploymentVersion
from temporalio.api.workflowservice.v1 import DescribeWorkerDeploymentVersionRequest
from temporalio.client import Client

from adapters.db.database import Database
from adapters.settings import Settings
from adapters.temporal.polling import Tasks, not_taken, tasks_of
from adapters.temporal.worker_deployments import (
    VersionNotReadyError,
    VersionStatus,
    WorkerVersion,
    deployment,
    make_current,
    ramp,
    worker_versions,
)
from api.app import create_app
from cli.local.mail import MailServer
from cli.local.postgres.server import Postgres
from cli.local.temporal.server import Temporal
from tests.api.caller import SIGNER, Caller, run_of
from tests.api.conftest import (
    api_key,
    calling,
    prepared_database,
    running,
    settings_for,
    worker_client,
)
from tests.shell import firm_offer
from tests.unit.webhooks.receiver import OK, Receiver, receiving, saying
from tests.waiting import eventually
from worker import running_worker
from workflows.contract import WorkKind, webhook_run_id

BEGUN = 4
"""Quotes begun by each kind of worker."""


@asynccontextmanager
async def worker_of(settings: Settings, version: str | None) -> AsyncIterator[Client]:
    """A worker of that version, once Temporal has heard it; None: one that has none."""
    own = settings.model_copy(update={"worker_version": version})
    with patch(
        "socket.gethostname", return_value=uuid4().hex
    ):  # a worker is heard by the name of its machine
        client = await worker_client(own)
    database = Database.connect(own.database_url.get_secret_value())
    kinds = tasks_of(own.task_queue, tuple(WorkKind))
    try:
        async with running_worker(client, own, database):
            await eventually(lambda: _heard(client, own, version, kinds), f"a worker of {version} is heard")
            yield client
    finally:
        await database.close()


async def _heard(client: Client, settings: Settings, version: str | None, kinds: Any) -> bool:
    if await not_taken(client, kinds, identity=client.identity):
        return False
    known = {each.version for each in await worker_versions(client, settings.task_queue)}
    return version is None or version in known


async def version_of(client: Client, workflow_id: str) -> str:
    """Of the worker that took the workflow's last task."""
    described = await client.get_workflow_handle(workflow_id).describe()
    info = described.raw_description.workflow_execution_info.versioning_info
    return info.deployment_version.build_id


async def goes_over(client: Client, hook: dict[str, Any], version: str) -> None:
    """The endpoint's workflow has had a task done by a worker of that version; "" is none."""

    async def is_there() -> bool:
        return await version_of(client, webhook_run_id(hook["id"])) == version

    await eventually(is_there, f"the webhook is told by {version or 'workers without a version'}")


async def are_told(receiver: Receiver, quotes: list[dict[str, Any]]) -> None:
    """The receiver has heard that each was sent, once."""

    def heard() -> list[str]:
        return [json.loads(got.body)["data"]["quote"]["id"] for got in receiver.received]

    await eventually(lambda: len(heard()) >= len(quotes), "each is told")
    assert sorted(heard()) == sorted(quote["id"] for quote in quotes)


async def asks_for(client: Client, queue: str, version: str, expected: Collection[Tasks]) -> bool:
    """Whether these, by name and kind, are the queues of workers of the version, and no others."""
    asked = WorkerDeploymentVersion(deployment_name=deployment(queue), build_id=version)
    request = DescribeWorkerDeploymentVersionRequest(namespace=client.namespace, deployment_version=asked)
    found = await client.workflow_service.describe_worker_deployment_version(request)
    queues = found.worker_deployment_version_info.task_queue_infos
    return {(each.name, each.type) for each in queues} == {(tasks.queue, tasks.kind) for tasks in expected}


async def ready(switch: Callable[[], Awaitable[None]]) -> None:
    """Temporal learns of a worker's queues one after the other, and refuses until it knows them all."""

    async def done() -> bool:
        try:
            await switch()
        except VersionNotReadyError:
            return False
        return True

    await eventually(done, "the version is ready")


async def _listed(settings: Settings) -> list[str]:
    """As a person at a terminal is told."""
    env = {
        "DATABASE_URL": settings.database_url.get_secret_value(),
        "FIRM_OFFER_SECRET": settings.secret.get_secret_value(),
        "FIRM_OFFER_ENV": "test",
        "FIRM_OFFER_TASK_QUEUE": settings.task_queue,
        "TEMPORAL_ADDRESS": settings.temporal_address,
    }
    refused = await firm_offer("worker-versions", "current", "three", env=env)
    assert refused.exit_code == 1
    assert "version three" in refused.stderr
    ended = await firm_offer("worker-versions", "list", env=env)
    assert ended.exit_code == 0, ended.output
    return str(ended.stdout).splitlines()


async def begun(caller: Caller) -> list[dict[str, Any]]:
    return [await caller.sent() for _ in range(BEGUN)]


async def test_quotes_and_webhooks_go_over_to_the_version_that_is_current(
    postgres: Postgres, temporal: Temporal, mail_server: MailServer
) -> None:
    """Begun without a version, by the first one and by the second one, with the first one gone at the end: each is
    accepted once. An endpoint that was there from the beginning hears of each, whichever version tells it.
    """
    url = await prepared_database(postgres, "worker_versions")
    made = settings_for(url, temporal.address, mail_server.smtp_url, queue="worker-versions")
    settings = made.model_copy(update={"webhook_allow": "127.0.0.0/8"})
    queue = settings.task_queue
    async with (
        running(create_app(settings=settings)) as app,
        calling(app, await api_key(url, "quote", "admin")) as caller,
        receiving(saying(OK)) as receiver,
    ):
        hook = (await caller.post("/webhooks", {"url": receiver.url, "types": ["quote.sent"]})).json()
        async with worker_of(settings, None) as client:
            assert await worker_versions(client, queue) == []
            with pytest.raises(VersionNotReadyError):
                await make_current(client, queue, "one")
            quotes = await begun(caller)
            await are_told(receiver, quotes)
            await goes_over(client, hook, "")
            async with worker_of(settings, "one"):
                await ready(lambda: make_current(client, queue, "one"))
                expected = tasks_of(queue, tuple(WorkKind))
                await eventually(lambda: asks_for(client, queue, "one", expected), "it has all queues")
                quotes += await begun(caller)
                await are_told(receiver, quotes)
                await goes_over(client, hook, "one")
        async with worker_of(settings, "one") as client:
            quotes += await begun(caller)
            async with worker_of(settings, "two"):
                await ready(lambda: ramp(client, queue, "two", 50))
                told = {each.version: each for each in await worker_versions(client, queue)}
                assert told["two"].status is VersionStatus.RAMPING
                assert told["two"].percent == 50
                assert isinstance(told["one"], WorkerVersion)
                quotes += await begun(caller)
                await make_current(client, queue, "two")
                assert await version_of(client, run_of(quotes[-1])) in {"one", "two"}
                half = len(quotes) // 2
                for quote in quotes[:half]:
                    await caller.done(quote, "accept", SIGNER)
        async with worker_of(settings, "two") as client:
            ended = [await caller.done(quote, "accept", SIGNER) for quote in quotes[half:]]
            assert {quote["status"] for quote in ended} == {"accepted"}
            assert {await version_of(client, run_of(quote)) for quote in quotes[half:]} == {"two"}
            await are_told(receiver, [*quotes, await caller.sent()])
            await goes_over(client, hook, "two")
            lines = await _listed(settings)
            assert [line.split("\t")[0] for line in lines] == ["two", "one"]
            assert lines[0].split("\t")[1] == "current"
            [newest, *_] = await worker_versions(client, queue)
            assert (newest.version, newest.status) == ("two", VersionStatus.CURRENT)
            assert newest.since is not None
        for quote in quotes:
            events = (await caller.get(f"/quotes/{quote['id']}/events?verify=true")).json()
            assert [each["type"] for each in events["data"]].count("quote.accepted") == 1
    assert deployment(queue).endswith(queue)
