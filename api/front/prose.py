"""Descriptions of the OpenAPI document as HTML: paragraphs, and code between backticks. Nothing else is known."""

import re
from typing import Final

from markupsafe import Markup, escape

_BLANK_LINE: Final = re.compile(r"\n\s*\n")
_CODE: Final = re.compile(r"`([^`\n]+)`")


def prose(text: str) -> Markup:
    """Escaped, so that whatever stands in a description stays text."""
    return Markup("\n").join(
        Markup("<p>{}</p>").format(_inline(part)) for part in _BLANK_LINE.split(text.strip()) if part
    )


def _inline(text: str) -> Markup:
    *pairs, last = _CODE.split(text)
    told = (
        Markup("{}<code>{}</code>").format(before, code)
        for before, code in zip(pairs[::2], pairs[1::2], strict=True)
    )
    return Markup("").join([*told, escape(last)])
