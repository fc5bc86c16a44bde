"""Versions of the worker's program side by side: which of them Temporal gives tasks to.

A quote lives for weeks, and a webhook's endpoint for years, so their runs are bound to no version: each goes over to the one
that is current at its next task (auto-upgrade), which every version must be able to replay. Without a version in the settings
nothing of this is used.
"""

from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from enum import StrEnum
from typing import Final

from temporalio.api.enums.v1 import WorkerDeploymentVersionStatus
from temporalio.api.workflowservice.v1 import (
    DescribeWorkerDeploymentRequest,
    SetWorkerDeploymentCurrentVersionRequest,
    SetWorkerDeploymentRampingVersionRequest,
)
from temporalio.client import Client
from temporalio.common import VersioningBehavior, WorkerDeploymentVersion
from temporalio.service import RPCError, RPCStatusCode
from temporalio.worker import WorkerDeploymentConfig


class VersionStatus(StrEnum):
    """What a version gets: `current` all new tasks, `ramping` a part of them, the others none."""

    INACTIVE = "inactive"
    CURRENT = "current"
    RAMPING = "ramping"
    DRAINING = "draining"
    DRAINED = "drained"
    CREATED = "created"


_STATUS: Final = {
    WorkerDeploymentVersionStatus.WORKER_DEPLOYMENT_VERSION_STATUS_CURRENT: VersionStatus.CURRENT,
    WorkerDeploymentVersionStatus.WORKER_DEPLOYMENT_VERSION_STATUS_RAMPING: VersionStatus.RAMPING,
    WorkerDeploymentVersionStatus.WORKER_DEPLOYMENT_VERSION_STATUS_DRAINING: VersionStatus.DRAINING,
    WorkerDeploymentVersionStatus.WORKER_DEPLOYMENT_VERSION_STATUS_DRAINED: VersionStatus.DRAINED,
    WorkerDeploymentVersionStatus.WORKER_DEPLOYMENT_VERSION_STATUS_CREATED: VersionStatus.CREATED,
}


class VersionNotReadyError(Exception):
    """Temporal has not heard workers of this version ask for all the kinds of task that the current one's ask for."""


@dataclass(frozen=True, slots=True, kw_only=True)
class WorkerVersion:
    """A version whose workers Temporal has seen, and since when it has been current or ramping."""

    version: str
    status: VersionStatus
    since: datetime | None
    percent: float | None = None


def deployment(task_queue: str) -> str:
    """The name under which Temporal keeps the versions of the workers of this queue."""
    return f"firm-offer-{task_queue}"


def versioned(task_queue: str, version: str | None) -> WorkerDeploymentConfig | None:
    """How a worker of that version introduces itself; None without one."""
    if version is None:
        return None
    return WorkerDeploymentConfig(
        version=WorkerDeploymentVersion(deployment_name=deployment(task_queue), build_id=version),
        use_worker_versioning=True,
        default_versioning_behavior=VersioningBehavior.AUTO_UPGRADE,
    )


async def worker_versions(client: Client, task_queue: str) -> list[WorkerVersion]:
    """All that Temporal knows, the newest first; none where no worker has a version. Raises RPCError."""
    request = DescribeWorkerDeploymentRequest(
        namespace=client.namespace, deployment_name=deployment(task_queue)
    )
    try:
        info = (await client.workflow_service.describe_worker_deployment(request)).worker_deployment_info
    except RPCError as error:
        if error.status is RPCStatusCode.NOT_FOUND:
            return []
        raise
    found = []
    for each in sorted(info.version_summaries, key=lambda each: each.create_time.ToDatetime(), reverse=True):
        status = _STATUS.get(each.status, VersionStatus.INACTIVE)
        since = {
            VersionStatus.CURRENT: each.current_since_time,
            VersionStatus.RAMPING: each.ramping_since_time,
        }.get(status)
        found.append(
            WorkerVersion(
                version=each.deployment_version.build_id,
                status=status,
                since=since.ToDatetime(tzinfo=UTC) if since else None,
                percent=info.routing_config.ramping_version_percentage
                if status is VersionStatus.RAMPING
                else None,
            )
        )
    return found


async def make_current(client: Client, task_queue: str, version: str) -> None:
    """From now on every task of every quote and webhook goes to workers of that version. Raises VersionNotReadyError, RPCError."""
    request = SetWorkerDeploymentCurrentVersionRequest(
        namespace=client.namespace,
        deployment_name=deployment(task_queue),
        build_id=version,
        identity=client.identity,
    )
    with _known(version):
        await client.workflow_service.set_worker_deployment_current_version(request)


async def ramp(client: Client, task_queue: str, version: str, percent: float) -> None:
    """Give that part of the quotes to workers of that version, and the others to the current one's.

    Raises VersionNotReadyError, RPCError.
    """
    request = SetWorkerDeploymentRampingVersionRequest(
        namespace=client.namespace,
        deployment_name=deployment(task_queue),
        build_id=version,
        percentage=percent,
        identity=client.identity,
    )
    with _known(version):
        await client.workflow_service.set_worker_deployment_ramping_version(request)


@contextmanager
def _known(version: str) -> Iterator[None]:
    try:
        yield
    except RPCError as error:
        if error.status in {RPCStatusCode.NOT_FOUND, RPCStatusCode.FAILED_PRECONDITION}:
            raise VersionNotReadyError(version) from error
        raise
