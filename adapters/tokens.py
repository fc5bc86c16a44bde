"""Secrets that people and programs carry: links' tokens, API keys, sessions. Stored are hashes only."""

import base64
import hashlib
import hmac
import re
import secrets
import zlib
from dataclasses import dataclass
from typing import Final

from cryptography.hazmat.primitives.ciphers.aead import AESGCM

_KEY: Final = re.compile(r"fo_([a-z]+)_([0-9a-f]{18})_([0-9a-f]{64})")
_SECRET_BYTES = 32
_PUBLIC_BYTES = 9
_NONCE_BYTES = 12


class LinkTokens:
    """Tokens of customers' links: HMAC-SHA256 of the link's id, so the same at every retry.

    Whoever knows the secret can make them; the table holds only their SHA-256.
    """

    def __init__(self, secret: str) -> None:
        self._key = _derived(secret, "customer-link")

    def token(self, link_id: str) -> str:
        """The link's token: 256 bits as 43 URL-safe characters."""
        return _urlsafe(hmac.digest(self._key, link_id.encode(), hashlib.sha256))

    def hash(self, token: str) -> str:
        """What the table holds of a token: SHA-256 as 64 hexadecimal digits. Any text has one."""
        return token_hash(token)


class WebhookSecrets:
    """Signing secrets of webhooks as they are stored: encrypted by a key that the installation's secret makes, and bound to
    their endpoint. They cannot be hashes, since they have to sign.
    """

    def __init__(self, secret: str) -> None:
        self._key = AESGCM(_derived(secret, "webhook-secret"))

    def seal(self, text: str, endpoint_id: str) -> bytes:
        """What the table holds of it."""
        nonce = secrets.token_bytes(_NONCE_BYTES)
        return nonce + self._key.encrypt(nonce, text.encode(), endpoint_id.encode())

    def open(self, sealed: bytes, endpoint_id: str) -> str:
        """The secret. Raises cryptography's InvalidTag for one that was sealed by another installation's."""
        nonce, rest = sealed[:_NONCE_BYTES], sealed[_NONCE_BYTES:]
        return self._key.decrypt(nonce, rest, endpoint_id.encode()).decode()


@dataclass(frozen=True, slots=True)
class ApiKey:
    """An API key's parts. `text` is shown once and never stored."""

    environment: str
    public_id: str
    secret: str

    @property
    def text(self) -> str:
        """`fo_<environment>_<public id>_<secret><checksum>`."""
        body = f"fo_{self.environment}_{self.public_id}_{self.secret}"
        return body + _checksum(body)


def new_api_key(environment: str) -> ApiKey:
    """A fresh key: 256 random bits, and a public id by which its row is found."""
    return ApiKey(environment, secrets.token_hex(_PUBLIC_BYTES), secrets.token_hex(_SECRET_BYTES))


def read_api_key(text: str) -> ApiKey | None:
    """The parts of a key, or None for a text that cannot be one (its checksum tells most mistypings)."""
    body, checksum = text[:-8], text[-8:]
    parts = _KEY.fullmatch(body)
    if parts is None or not checksum.isascii():
        return None
    if not hmac.compare_digest(_checksum(body), checksum):
        return None
    return ApiKey(*parts.groups())


class ApiKeyHashes:
    """Keyed hashes of API keys: the table alone is no use to whoever reads it."""

    def __init__(self, secret: str) -> None:
        self._key = _derived(secret, "api-key")

    def hash(self, key: ApiKey) -> bytes:
        """32 bytes to be stored."""
        return hmac.digest(self._key, key.text.encode(), hashlib.sha256)

    def matches(self, key: ApiKey, stored: bytes) -> bool:
        """Whether this is the stored key; takes the same time for every wrong one."""
        return hmac.compare_digest(self.hash(key), stored)


def new_token() -> str:
    """256 random bits as 43 URL-safe characters: of a session, a sign-in link, a browser."""
    return secrets.token_urlsafe(_SECRET_BYTES)


def token_hash(token: str) -> str:
    """What a table holds of such a token: SHA-256 as 64 hexadecimal digits. Any text has one."""
    return hashlib.sha256(token.encode("utf-8", "replace")).hexdigest()


def _derived(secret: str, purpose: str) -> bytes:
    """A key of its own per purpose, so that one kind of token never passes for another."""
    return hmac.digest(secret.encode(), f"firm-offer/{purpose}".encode(), hashlib.sha256)


def _urlsafe(raw: bytes) -> str:
    return base64.urlsafe_b64encode(raw).rstrip(b"=").decode()


def _checksum(body: str) -> str:
    return f"{zlib.crc32(body.encode()):08x}"
