"""Files as answers: a download, never a page of this site."""

from collections.abc import Mapping
from urllib.parse import quote

from starlette.responses import Response


def file_answer(
    content: bytes, media_type: str, *, sha256: str, name: str, headers: Mapping[str, str] | None = None
) -> Response:
    """The file as it was stored. `name` may have any letters (RFC 6266)."""
    plain = name.encode("ascii", "ignore").decode().replace('"', "")
    unlike = "" if plain == name else f"; filename*=UTF-8''{quote(name, safe='')}"
    return Response(
        content,
        media_type=media_type,
        headers={
            **(headers or {}),
            "ETag": f'"{sha256}"',
            "Content-Disposition": f'attachment; filename="{plain}"{unlike}',
            "X-Content-Type-Options": "nosniff",
            "Content-Security-Policy": "default-src 'none'; sandbox",
        },
    )
