"""A logo is read as far as its size, and shown small enough for a letterhead."""

from struct import pack

import pytest

from adapters.mail.logo import Logo, logo_of


def png(width: int, height: int) -> bytes:
    """The head of a PNG."""
    return b"\x89PNG\r\n\x1a\n" + pack(">I4sII", 13, b"IHDR", width, height)


def jpeg(width: int, height: int, *, before: bytes = b"") -> bytes:
    """A JPEG up to its frame's size; `before` are segments that come first."""
    return b"\xff\xd8" + before + b"\xff\xc2" + pack(">HBHH", 17, 8, height, width) + b"\x03"


SEGMENTS = b"\xff\xe0" + pack(">H", 16) + bytes(14) + b"\xff\xc4" + pack(">H", 4) + b"\xff\xc0\xff\xff"
"""An application's segment and Huffman tables (a marker in the frames' range), then a fill byte."""


@pytest.mark.parametrize(
    ("content", "shown"),
    [
        (png(100, 40), ("png", 100, 40)),
        (png(2200, 280), ("png", 220, 28)),
        (png(500, 1000), ("png", 28, 56)),
        (png(100_000, 1), ("png", 220, 1)),
        (jpeg(440, 112), ("jpeg", 220, 56)),
        (jpeg(440, 112, before=SEGMENTS), ("jpeg", 220, 56)),
    ],
)
def test_a_picture_is_made_small_and_never_large(content: bytes, shown: tuple[str, int, int]) -> None:
    """Proves kind and size, with the sides in proportion."""
    logo = logo_of(content)
    assert logo == Logo(content=content, subtype=shown[0], width=shown[1], height=shown[2])


@pytest.mark.parametrize(
    "content",
    [
        None,
        b"",
        b"GIF89a\x01\x00\x01\x00",
        png(10, 10)[:20],
        png(0, 10),
        jpeg(0, 10),
        jpeg(10, 10)[:8],
        b"\xff\xd8\xff\xe0\x00\x00\xff\xe0\x00\x00",
        b"\xff\xd8" + b"\xff" * 100,
        b"\xff\xd8\xff\xe0\xff\xff" + bytes(10),
        b"\xff\xd8 no marker at all",
    ],
)
def test_what_is_no_picture_is_left_out(content: bytes | None) -> None:
    """Proves that a broken logo holds up no mail."""
    assert logo_of(content) is None


def test_equal_pictures_have_one_name() -> None:
    """Proves that a mail which is sent again names its logo as before, and another logo otherwise."""
    first, again, other = (logo_of(png(width, 10)) for width in (10, 10, 11))
    assert first is not None
    assert again is not None
    assert other is not None
    assert first.cid == again.cid != other.cid
