"""The keys by which Temporal's histories are encrypted: a file that its server never sees.

A line for each key, `id key`, where the key is 32 random bytes in base64. The first one encrypts, all decrypt; what
begins with # is no key. Without a file nothing is encrypted.
"""

import base64
import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

VARIABLE: Final = "FIRM_OFFER_PAYLOAD_KEYS"
_ID: Final = re.compile(r"[A-Za-z0-9._-]{1,64}")
_BYTES: Final = 32
_MADE: Final = f"`openssl rand -base64 {_BYTES}` makes one"


@dataclass(frozen=True, slots=True)
class PayloadKeys:
    """By their ids, in the order of the file."""

    by_id: Mapping[str, AESGCM] = field(default_factory=dict, repr=False)

    @property
    def newest(self) -> str | None:
        """The id of the one that encrypts; None where nothing is encrypted."""
        return next(iter(self.by_id), None)


def read_payload_keys(file: Path | None) -> PayloadKeys:
    """The keys of a file, or none. Raises ValueError that names what is wrong and tells no key."""
    if file is None:
        return PayloadKeys()
    try:
        lines = file.read_text("ascii").splitlines()
    except OSError as error:
        raise ValueError(f"{file} cannot be read: {error.strerror}") from error
    except UnicodeDecodeError:
        raise ValueError(
            f"{file} is no file of keys: a line for each, its id and the key in base64"
        ) from None
    keys: dict[str, AESGCM] = {}
    for number, line in enumerate(lines, start=1):
        if not line.strip() or line.startswith("#"):
            continue
        id_, _, key = line.strip().partition(" ")
        if not _ID.fullmatch(id_):
            raise ValueError(f"{file}, line {number}: it must be an id and a key, with a space between them")
        if id_ in keys:
            raise ValueError(f"{file}, line {number}: the id {id_} is already given to another key")
        keys[id_] = AESGCM(_key(key.strip(), f"{file}, line {number}"))
    if not keys:
        raise ValueError(f"{file} holds no key: write a line with an id and a key; {_MADE}")
    return PayloadKeys(keys)


def _key(text: str, where: str) -> bytes:
    try:
        key = base64.b64decode(text, validate=True)
    except ValueError:
        raise ValueError(f"{where}: the key must be in base64; {_MADE}") from None
    if len(key) != _BYTES:
        raise ValueError(f"{where}: the key must be {_BYTES} bytes long, and is {len(key)}; {_MADE}")
    return key
