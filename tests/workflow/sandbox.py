"""The SDK's sandbox around the workflow, which tests and replays have and the product's worker has not: decision 0033."""

from collections.abc import Sequence
from pkgutil import iter_modules
from typing import Final

from temporalio.worker import Replayer
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

import workflows as room
from adapters.payload_keys import PayloadKeys
from adapters.temporal.client import NO_KEYS, firm_offer_plugin
from workflows.quote import QuoteWorkflow
from workflows.webhooks import WebhookWorkflow

SANDBOX: Final = SandboxedWorkflowRunner(
    restrictions=SandboxRestrictions.default.with_passthrough_modules(
        *("domain", "pydantic", "pydantic_core", "annotated_types", "typing_extensions", "tzdata"),
        *(
            f"workflows.{module.name}"
            for module in iter_modules(room.__path__)
            if module.name not in {"quote", "webhooks"}
        ),
    )
)
"""Loads a workflow's own file anew for each run, without a clock, chance and files. What it imports is shared: the
domain compares with `datetime` and `ZoneInfo`, which the sandbox replaces by something that is no type.
"""


OURS: Final = (QuoteWorkflow, WebhookWorkflow)


def replayer(keys: PayloadKeys = NO_KEYS, workflows: Sequence[type] = OURS) -> Replayer:
    """Replays histories against the code of today, in the sandbox."""
    return Replayer(workflows=[*workflows], workflow_runner=SANDBOX, plugins=[firm_offer_plugin(keys)])
