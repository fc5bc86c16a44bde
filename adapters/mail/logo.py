"""The seller's logo as mails carry it: a part of the mail itself, never a picture that a client would have to load."""

import struct
from dataclasses import dataclass
from hashlib import sha256
from typing import Final

from domain.presentation.images import media_type

_PNG_HEAD: Final = struct.Struct(">8s4x4sII")
_JPEG: Final = b"\xff\xd8"
_MARK: Final = 0xFF
_FRAME: Final = struct.Struct(">5xHH")
_FRAMES: Final = frozenset({*range(0xC0, 0xD0)} - {0xC4, 0xC8, 0xCC})
"""JPEG's markers that are followed by height and width (ITU-T T.81, table B.1)."""

_MOST_WIDTH, _MOST_HEIGHT = 220, 56


@dataclass(frozen=True, slots=True, kw_only=True)
class Logo:
    """A PNG or JPEG, and how large it is shown, in CSS pixels."""

    content: bytes
    subtype: str
    width: int
    height: int

    @property
    def cid(self) -> str:
        """Its Content-ID: the same for the same picture."""
        return f"{sha256(self.content).hexdigest()[:32]}@logo.firm-offer.invalid"


def logo_of(content: bytes | None) -> Logo | None:
    """The picture, made small enough for a letterhead; None for what is no PNG or JPEG with a size.

    A broken logo must hold up no mail.
    """
    if content is None:
        return None
    subtype = media_type(content).removeprefix("image/")
    width, height = _png_size(content) if subtype == "png" else _jpeg_size(content)
    if not width or not height:
        return None
    scale = min(1.0, _MOST_WIDTH / width, _MOST_HEIGHT / height)
    return Logo(
        content=content,
        subtype=subtype,
        width=max(1, round(width * scale)),
        height=max(1, round(height * scale)),
    )


def _png_size(content: bytes) -> tuple[int, int]:
    """Width and height stand at the head of the first chunk."""
    if len(content) < _PNG_HEAD.size:
        return 0, 0
    _, _, width, height = _PNG_HEAD.unpack_from(content)
    return width, height


def _jpeg_size(content: bytes) -> tuple[int, int]:
    """Width and height of the first frame; what stands before it is skipped."""
    at = len(_JPEG)
    while content.startswith(_JPEG) and at + _FRAME.size <= len(content) and content[at] == _MARK:
        marker, length = content[at + 1], int.from_bytes(content[at + 2 : at + 4])
        if marker == _MARK:  # a fill byte
            at += 1
        elif marker in _FRAMES:
            height, width = _FRAME.unpack_from(content, at)
            return width, height
        else:
            at += 2 + max(2, length)
    return 0, 0
