"""Decrypts for the Temporal Web UI, by the protocol of Temporal's remote codecs."""

import secrets
from collections.abc import Awaitable, Callable, Sequence
from typing import Final

from google.protobuf.json_format import MessageToJson, Parse, ParseError
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from temporalio.api.common.v1 import Payload, Payloads

from adapters.payload_keys import PayloadKeys
from adapters.temporal.codec import EncryptionCodec, PayloadKeyError

MOST_BYTES: Final = 16 * 1024 * 1024
"""Of one request: more than a page of events holds."""

CodecStep = Callable[[Sequence[Payload]], Awaitable[list[Payload]]]


def codec_app(keys: PayloadKeys, *, secret: str, origin: str) -> Starlette:
    """Answers `POST /<secret>/decode` and `/encode`, for pages of that origin and programs that are no browser."""
    codec = EncryptionCodec(keys)
    steps: dict[str, CodecStep] = {"decode": codec.decode, "encode": codec.encode}

    async def answer(request: Request) -> Response:
        told = request.path_params["secret"].encode()
        step = steps.get(request.path_params["step"])
        if not secrets.compare_digest(told, secret.encode()) or step is None:
            return PlainTextResponse("There is no such codec endpoint.", 404)
        if request.headers.get("origin", origin) != origin:
            return PlainTextResponse(f"Only pages of {origin} are answered.", 403)
        return await _coded(request, step)

    cors = Middleware(
        CORSMiddleware,
        allow_origins=[origin],
        allow_methods=["POST"],
        allow_headers=["*"],
        allow_private_network=True,
    )
    route = Route("/{secret}/{step}", answer, methods=["POST"])
    return Starlette(routes=[route], middleware=[cors])


async def _coded(request: Request, step: CodecStep) -> Response:
    body = b""
    async for chunk in request.stream():
        body += chunk
        if len(body) > MOST_BYTES:
            return PlainTextResponse(f"At most {MOST_BYTES} bytes are taken.", 413)
    try:
        asked = Parse(body, Payloads(), ignore_unknown_fields=True)
    except (ParseError, UnicodeDecodeError):
        return PlainTextResponse("The body must be payloads in JSON, as Temporal's Web UI sends them.", 400)
    try:
        made = Payloads(payloads=await step(asked.payloads))
    except PayloadKeyError as error:
        return PlainTextResponse(f"{error}.", 400)
    return Response(MessageToJson(made), media_type="application/json")
