"""Encrypts what a quote's runs say and hear, before it leaves the process for Temporal (AES-256-GCM).

Payloads have the metadata of Temporal's own samples. What was never encrypted stays readable, so that keys can be
introduced while quotes are under way; without keys nothing is encrypted, and what is, is not mistaken for nonsense.
"""

import os
from collections.abc import Sequence
from typing import Final

from cryptography.exceptions import InvalidTag
from google.protobuf.message import DecodeError
from temporalio.api.common.v1 import Payload
from temporalio.client import Client
from temporalio.converter import PayloadCodec

from adapters.payload_keys import VARIABLE, PayloadKeys
from workflows.contract import QUOTE_WORKFLOW

ENCODING: Final = b"binary/encrypted"
KEY_ID: Final = "encryption-key-id"
_NONCE_BYTES: Final = 12
_RUNS: Final = 50


class PayloadKeyError(Exception):
    """A payload that these keys do not decrypt; it says which key is missing."""


class EncryptionCodec(PayloadCodec):
    """Encrypts by the newest key, and decrypts by each."""

    def __init__(self, keys: PayloadKeys) -> None:
        self._keys = keys

    async def encode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """See `PayloadCodec.encode`."""
        return [self._encrypted(payload) for payload in payloads]

    async def decode(self, payloads: Sequence[Payload]) -> list[Payload]:
        """See `PayloadCodec.decode`. Raises PayloadKeyError."""
        return [self._decrypted(payload) for payload in payloads]

    def _encrypted(self, payload: Payload) -> Payload:
        if (id_ := self._keys.newest) is None:
            return payload
        nonce, name = os.urandom(_NONCE_BYTES), id_.encode()
        data = nonce + self._keys.by_id[id_].encrypt(nonce, payload.SerializeToString(), name)
        return Payload(metadata={"encoding": ENCODING, KEY_ID: name}, data=data)

    def _decrypted(self, payload: Payload) -> Payload:
        if payload.metadata.get("encoding") != ENCODING:
            return payload
        name = payload.metadata.get(KEY_ID, b"")
        id_ = name.decode(errors="replace")
        key = self._keys.by_id.get(id_)
        if key is None:
            raise PayloadKeyError(f"the key {id_} is needed, and {VARIABLE} does not have it")
        nonce, data = payload.data[:_NONCE_BYTES], payload.data[_NONCE_BYTES:]
        try:
            return Payload.FromString(key.decrypt(nonce, data, name))
        except (InvalidTag, ValueError, DecodeError) as error:
            raise PayloadKeyError(f"another key {id_} is needed than the one in {VARIABLE}") from error


async def require_payload_keys(client: Client) -> None:
    """Read how the newest open runs were started. Raises PayloadKeyError where the client's keys do not decrypt that,
    and RPCError.
    """
    codec = client.data_converter.payload_codec or EncryptionCodec(PayloadKeys())
    open_runs = f"WorkflowType = '{QUOTE_WORKFLOW}' AND ExecutionStatus = 'Running'"
    async for run in client.list_workflows(open_runs, limit=_RUNS):
        handle = client.get_workflow_handle(run.id, run_id=run.run_id)
        async for event in handle.fetch_history_events(page_size=1):
            await codec.decode(event.workflow_execution_started_event_attributes.input.payloads)
            break
