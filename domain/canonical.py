"""One way of writing data as bytes, so that equal data has equal hashes."""

import hashlib
import json
import re
from typing import Final

SHA256_PATTERN: Final = r"[0-9a-f]{64}"
"""A digest as text: 64 hexadecimal digits in lower case."""
_SHA256: Final = re.compile(SHA256_PATTERN)


def canonical_json(data: object) -> str:
    """JSON with sorted keys, no white space and no escapes beyond JSON's own.

    `data` holds only dicts with text keys, lists, texts, integers, booleans and None. Raises TypeError for
    anything else: a float has no canonical text, a Decimal or a time must be written by its owner first.
    """
    _refuse_floats(data)
    return json.dumps(data, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False)


def sha256_hex(data: object) -> str:
    """SHA-256 over the canonical JSON of `data`, as 64 lower-case hexadecimal digits."""
    return hashlib.sha256(canonical_json(data).encode()).hexdigest()


def is_sha256(text: str) -> bool:
    """Whether `text` looks like a digest: 64 lower-case hexadecimal digits."""
    return _SHA256.fullmatch(text) is not None


def _refuse_floats(data: object) -> None:
    if isinstance(data, float):
        raise TypeError("a float has no canonical text")
    if isinstance(data, dict):
        for value in data.values():
            _refuse_floats(value)
    elif isinstance(data, list | tuple):
        for value in data:
            _refuse_floats(value)
