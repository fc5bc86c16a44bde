"""When a page was opened, told by its own form: an instant that carries this shop's seal."""

import hashlib
import hmac
from datetime import datetime
from typing import Final

_SEAL_LENGTH: Final = 32


class OpenedStamps:
    """Stamps for the forms of pages. A stamp proves that this server made the page for that link at that time,
    not who read it, nor that it was read.
    """

    def __init__(self, secret: str) -> None:
        self._key = hmac.digest(secret.encode(), b"firm-offer/page-opened", hashlib.sha256)

    def stamp(self, link_id: str, at: datetime) -> str:
        """For the hidden field of a form: the instant and its seal."""
        told = at.isoformat(timespec="seconds")
        return f"{told}~{self._seal(link_id, told)}"

    def read(self, link_id: str, stamp: str) -> str | None:
        """The instant (RFC 3339) of a stamp made for that link; None for anything else."""
        told, _, seal = stamp.partition("~")
        genuine = hmac.compare_digest(seal.encode("utf-8", "replace"), self._seal(link_id, told).encode())
        return told if genuine else None

    def _seal(self, link_id: str, told: str) -> str:
        sealed = hmac.digest(self._key, f"{link_id}|{told}".encode("utf-8", "replace"), hashlib.sha256)
        return sealed.hex()[:_SEAL_LENGTH]
