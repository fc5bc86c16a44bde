"""The SDK's sandbox around the workflow, which tests and replays have and the product's worker has not: decision 0033."""

from pkgutil import iter_modules
from typing import Final

from temporalio.worker import Replayer
from temporalio.worker.workflow_sandbox import SandboxedWorkflowRunner, SandboxRestrictions

import workflows
from adapters.payload_keys import PayloadKeys
from adapters.temporal.client import NO_KEYS, firm_offer_plugin
from workflows.quote import QuoteWorkflow

SANDBOX: Final = SandboxedWorkflowRunner(
    restrictions=SandboxRestrictions.default.with_passthrough_modules(
        *("domain", "pydantic", "pydantic_core", "annotated_types", "typing_extensions", "tzdata"),
        *(
            f"workflows.{module.name}"
            for module in iter_modules(workflows.__path__)
            if module.name != "quote"
        ),
    )
)
"""Loads the workflow's own file anew for each run, without a clock, chance and files. What it imports is shared: the
domain compares with `datetime` and `ZoneInfo`, which the sandbox replaces by something that is no type.
"""


def replayer(keys: PayloadKeys = NO_KEYS) -> Replayer:
    """Replays histories against the code of today, in the sandbox."""
    return Replayer(workflows=[QuoteWorkflow], workflow_runner=SANDBOX, plugins=[firm_offer_plugin(keys)])
