"""Images in data URIs, as the seller's logo is kept."""

from base64 import b64decode
from binascii import Error as NotBase64
from typing import Final

_SIGNATURES: Final = {
    "data:image/png;base64": b"\x89PNG\r\n\x1a\n",
    "data:image/jpeg;base64": b"\xff\xd8\xff",
}


def image_bytes(data_uri: str | None) -> bytes | None:
    """The PNG or JPEG in a data URI; None for anything else."""
    head, _, body = (data_uri or "").partition(",")
    signature = _SIGNATURES.get(head)
    if signature is None:
        return None
    try:
        image = b64decode(body, validate=True)
    except NotBase64:
        return None
    return image if image.startswith(signature) else None


def media_type(image: bytes) -> str:
    """`image/png` or `image/jpeg`, of what `image_bytes` gave."""
    return "image/png" if image.startswith(b"\x89PNG") else "image/jpeg"
