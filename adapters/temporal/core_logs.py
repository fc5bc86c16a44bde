"""The log of the SDK's core, which is no Python: led into ours, so that a process has one log."""

import logging
from functools import cache

from temporalio.runtime import LogForwardingConfig, LoggingConfig, Runtime, TelemetryConfig, TelemetryFilter


@cache
def forward_core_logs() -> None:
    """Warnings and errors of the core become lines of this process's log. Call it before the first client.

    Their fields are left out: a failure's text may hold what people typed.
    """
    forwarding = LogForwardingConfig(
        logger=logging.getLogger("temporalio.core"), append_log_fields_to_message=False
    )
    logs = LoggingConfig(
        filter=TelemetryFilter(core_level="WARN", other_level="ERROR"), forwarding=forwarding
    )
    Runtime.set_default(Runtime(telemetry=TelemetryConfig(logging=logs)), error_if_already_set=False)
