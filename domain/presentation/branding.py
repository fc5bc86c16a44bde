"""How the seller looks to customers."""

import re
from typing import Final

ACCENT: Final = "#1f4f5f"
"""The accent colour of a seller who has chosen none."""

LEAST_CONTRAST: Final = 4.5
"""For text of usual size: WCAG 2.2, success criterion 1.4.3."""

_COLOUR: Final = re.compile(r"#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})")
_LINEAR_UP_TO: Final = 0.04045
_WEIGHTS: Final = (0.2126, 0.7152, 0.0722)


def contrast_with_white(colour: str) -> float:
    """How far `#rrggbb`, in small letters, stands out against white: 1 (white itself) to 21 (black).

    By WCAG 2.2, "contrast ratio" and "relative luminance". Raises ValueError for what is no such colour.
    """
    channels = _COLOUR.fullmatch(colour)
    if channels is None:
        raise ValueError("a colour is #rrggbb, in small letters")
    luminance = sum(
        weight * _linear(int(channel, 16) / 255)
        for weight, channel in zip(_WEIGHTS, channels.groups(), strict=True)
    )
    return 1.05 / (luminance + 0.05)


def _linear(channel: float) -> float:
    """The light of an sRGB channel, both 0 to 1."""
    return channel / 12.92 if channel <= _LINEAR_UP_TO else ((channel + 0.055) / 1.055) ** 2.4
