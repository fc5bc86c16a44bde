"""One client per process, with the one data converter; and what the SDK's core, which is no Python, tells: its log goes into
ours, so that a process has one log, and its own metrics stand at an address of their own.
"""

import logging
import os
from dataclasses import replace
from functools import cache
from pathlib import Path
from typing import Final, Protocol

from temporalio.client import Client
from temporalio.contrib.pydantic import PydanticPayloadConverter
from temporalio.converter import (
    CompositePayloadConverter,
    DataConverter,
    DefaultFailureConverterWithEncodedAttributes,
)
from temporalio.envconfig import ClientConfig
from temporalio.plugin import SimplePlugin
from temporalio.runtime import (
    LogForwardingConfig,
    LoggingConfig,
    PrometheusConfig,
    Runtime,
    TelemetryConfig,
    TelemetryFilter,
)
from temporalio.service import GrpcCompression

from adapters.payload_keys import PayloadKeys, read_payload_keys
from adapters.temporal.codec import EncryptionCodec

NO_KEYS: Final = PayloadKeys()
_CONVERTERS: Final = tuple(PydanticPayloadConverter().converters.values())


class SharedPydanticConverter(CompositePayloadConverter):
    """As `PydanticPayloadConverter`, and every instance is of the same parts."""

    def __init__(self) -> None:
        super().__init__(*_CONVERTERS)


def data_converter(keys: PayloadKeys) -> DataConverter:
    """Encrypts by these keys, the texts of failures too; without keys it only knows what is encrypted."""
    converter = DataConverter(
        payload_converter_class=SharedPydanticConverter, payload_codec=EncryptionCodec(keys)
    )
    if keys.newest is None:
        return converter
    return replace(converter, failure_converter_class=DefaultFailureConverterWithEncodedAttributes)


def firm_offer_plugin(keys: PayloadKeys = NO_KEYS) -> SimplePlugin:
    """The data converter, the same for client, worker and replayer."""
    return SimplePlugin("firm-offer", data_converter=data_converter(keys))


class TemporalEndpoint(Protocol):
    """Where the Temporal server is; the settings are one."""

    @property
    def temporal_address(self) -> str:
        """host:port."""
        ...

    @property
    def temporal_namespace(self) -> str:
        """The namespace in which quotes live."""
        ...

    @property
    def payload_keys(self) -> Path | None:
        """The file of the keys that encrypt histories."""
        ...


async def connect(server: TemporalEndpoint, *, lazy: bool = True) -> Client:
    """A client for that server; a lazy one connects at its first call.

    A worker needs one that is not: then RuntimeError says that the server cannot be reached. ValueError says what is
    wrong with the file of keys.

    The standard `TEMPORAL_*` variables (API key, TLS certificates, …) are honoured by the SDK itself.
    """
    config = ClientConfig.load_client_connect_config(disable_file=True, override_env_vars=dict(os.environ))
    config["target_host"] = server.temporal_address
    config["namespace"] = server.temporal_namespace
    return await Client.connect(
        **config,
        plugins=[firm_offer_plugin(read_payload_keys(server.payload_keys))],
        lazy=lazy,
        grpc_compression=GrpcCompression.NONE,
    )


@cache
def prepare_runtime(metrics_address: str | None = None) -> None:
    """Warnings and errors of the core become lines of this process's log, and Prometheus can ask for its metrics at
    `metrics_address` (host:port). Call it before the first client.

    The fields of lines are left out: a failure's text may hold what people typed.
    """
    forwarding = LogForwardingConfig(
        logger=logging.getLogger("temporalio.core"), append_log_fields_to_message=False
    )
    logs = LoggingConfig(
        filter=TelemetryFilter(core_level="WARN", other_level="ERROR"), forwarding=forwarding
    )
    metrics = PrometheusConfig(bind_address=metrics_address) if metrics_address else None
    telemetry = TelemetryConfig(logging=logs, metrics=metrics)
    Runtime.set_default(Runtime(telemetry=telemetry), error_if_already_set=False)
