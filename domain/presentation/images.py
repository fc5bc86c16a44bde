"""Pictures by their first bytes, and in data URIs, as the seller's logo is kept."""

from base64 import b64decode
from binascii import Error as NotBase64
from typing import Final

SIGNATURES: Final = {"image/png": b"\x89PNG\r\n\x1a\n", "image/jpeg": b"\xff\xd8\xff"}
"""How a picture of each media type begins."""

_HEADS: Final = {f"data:{media_type};base64": begins for media_type, begins in SIGNATURES.items()}


def image_bytes(data_uri: str | None) -> bytes | None:
    """The PNG or JPEG in a data URI; None for anything else."""
    head, _, body = (data_uri or "").partition(",")
    signature = _HEADS.get(head)
    if signature is None:
        return None
    try:
        image = b64decode(body, validate=True)
    except NotBase64:
        return None
    return image if image.startswith(signature) else None


def media_type(image: bytes) -> str:
    """`image/png` or `image/jpeg`, of what `image_bytes` gave."""
    return "image/png" if image.startswith(SIGNATURES["image/png"]) else "image/jpeg"
