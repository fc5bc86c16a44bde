"""`ETag` and `If-Match`: a quote's `state_version`, so that nobody changes what they have not seen."""

import re
from typing import Annotated, Final

from fastapi import Depends, Header
from pydantic import WithJsonSchema

from api.http.idempotency import bad_header
from api.http.problem import ProblemError

_OURS: Final = re.compile(r'"([0-9]{1,9})"')
_ANY_TAG: Final = re.compile(r'(W/)?"[\x21\x23-\x7e]*"')
IF_MATCH: Final = rf"^(\*|{_OURS.pattern})$"
"""What the OpenAPI document says: a tag of ours, since any other is refused with 412."""


def etag(state_version: int) -> str:
    """The strong entity tag of a quote in this state."""
    return f'"{state_version}"'


async def expected_version(
    if_match: Annotated[
        str | None,
        Header(
            description=(
                'The quote\'s `ETag`, such as `"3"`. If the quote has changed since, the request is refused '
                "with 412."
            )
        ),
        WithJsonSchema({"type": "string", "pattern": IF_MATCH}),
    ] = None,
) -> int | None:
    """The state version that the caller has seen; None without the header, or for `*`.

    Raises ProblemError: 400 `bad_header`, 412 `stale_state` for a tag that no quote of ours ever had.
    """
    if if_match is None or if_match.strip() == "*":
        return None
    tag = if_match.strip()
    if ours := _OURS.fullmatch(tag):
        return int(ours.group(1))
    if _ANY_TAG.fullmatch(tag):
        raise ProblemError("stale_state", "The If-Match tag is not one that this quote has ever had.")
    raise bad_header("If-Match", 'must be one entity tag such as "3", or *')


ExpectedVersion = Annotated[int | None, Depends(expected_version)]
