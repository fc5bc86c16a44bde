"""The key that signs checkpoints, and the file that they are appended to: both outside the database."""

import fcntl
import json
import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import replace
from pathlib import Path
from typing import IO

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey
from cryptography.hazmat.primitives.serialization import (
    Encoding,
    NoEncryption,
    PrivateFormat,
    load_pem_private_key,
)

from domain.proof.checkpoint import Checkpoint, CheckpointError, Ledger, read_checkpoints


class SigningKey:
    """An Ed25519 key in a file (PKCS #8, PEM)."""

    def __init__(self, key: Ed25519PrivateKey) -> None:
        self._key = key
        self.public_key = key.public_key().public_bytes_raw().hex()

    @classmethod
    def read(cls, file: Path) -> "SigningKey":
        """The key in `file`. Raises OSError, and CheckpointError for a file that holds none."""
        try:
            key = load_pem_private_key(file.read_bytes(), password=None)
        except (ValueError, TypeError) as error:
            raise CheckpointError("The key's file holds no key, or one behind a password.") from error
        if not isinstance(key, Ed25519PrivateKey):
            raise CheckpointError("The key's file holds another kind of key than Ed25519.")
        return cls(key)

    @classmethod
    def make(cls, file: Path) -> "SigningKey":
        """A new key, which nobody but the file's owner can read. Raises OSError, also where there is a file."""
        key = Ed25519PrivateKey.generate()
        pem = key.private_bytes(Encoding.PEM, PrivateFormat.PKCS8, NoEncryption())
        with os.fdopen(os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "wb") as opened:
            opened.write(pem)
        return cls(key)

    def sign(self, checkpoint: Checkpoint) -> Checkpoint:
        """The checkpoint with its signature."""
        return replace(checkpoint, signature=self._key.sign(checkpoint.signed).hex())


def is_signed(checkpoint: Checkpoint) -> bool:
    """Whether the key that a checkpoint names has signed it."""
    try:
        key = Ed25519PublicKey.from_public_bytes(bytes.fromhex(checkpoint.public_key))
        key.verify(bytes.fromhex(checkpoint.signature), checkpoint.signed)
    except (ValueError, TypeError, InvalidSignature):
        return False
    return True


def read_file(file: Path) -> Ledger:
    """What the checkpoints in `file` say. Raises OSError, and CheckpointError."""
    with file.open(encoding="utf-8", errors="replace") as opened:
        return read_checkpoints(opened, is_signed)


@contextmanager
def appending(file: Path) -> Iterator[tuple[Ledger, IO[str]]]:
    """What `file` says, and the file to append to, while nobody else appends to it. Raises as `read_file`; a file that
    is not there is begun.
    """
    with file.open("a+", encoding="utf-8", errors="replace") as opened:
        fcntl.flock(opened, fcntl.LOCK_EX)
        opened.seek(0)
        yield read_checkpoints(opened, is_signed), opened


def as_line(checkpoint: Checkpoint) -> str:
    """As it stands in the file."""
    return json.dumps(checkpoint.to_data(), ensure_ascii=False, separators=(",", ":")) + "\n"
