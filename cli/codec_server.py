"""`firm-offer codec-server`: decrypts for the Temporal Web UI, by the protocol of Temporal's remote codecs.

The Web UI's page asks it from the browser, so it is for whoever sits there: it listens on this machine alone, lets in the
pages of one address, and whoever asks must know the random part of its own address, which is another at each start.
"""

import secrets
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path
from typing import Annotated, Final
from urllib.parse import urlsplit

import typer
import uvicorn
from google.protobuf.json_format import MessageToJson, Parse, ParseError
from starlette.applications import Starlette
from starlette.middleware import Middleware
from starlette.middleware.cors import CORSMiddleware
from starlette.requests import Request
from starlette.responses import PlainTextResponse, Response
from starlette.routing import Route
from temporalio.api.common.v1 import Payload, Payloads

from adapters.payload_keys import VARIABLE, PayloadKeys, read_payload_keys
from adapters.temporal.codec import EncryptionCodec, PayloadKeyError
from cli.local.errors import StackError

MOST_BYTES: Final = 16 * 1024 * 1024
"""Of one request: more than a page of events holds."""

Step = Callable[[Sequence[Payload]], Awaitable[list[Payload]]]


def codec_server(
    *,
    keys: Annotated[
        Path | None, typer.Option(envvar=VARIABLE, help="The file of the keys that encrypt histories.")
    ] = None,
    web_ui: Annotated[
        str,
        typer.Option(envvar="TEMPORAL_UI_URL", help="Where the Temporal Web UI is; no other page is let in."),
    ] = "http://127.0.0.1:8233",
    host: Annotated[str, typer.Option(help="The address to listen on.")] = "127.0.0.1",
    port: Annotated[int, typer.Option(help="The port to listen on.", min=1, max=65535)] = 8081,
) -> None:
    if keys is None:
        raise StackError(f"There are no keys to decrypt by: set {VARIABLE} to their file, or give --keys.")
    try:
        held = read_payload_keys(keys)
    except ValueError as error:
        raise StackError(f"{VARIABLE}: {error}.") from error
    secret = secrets.token_urlsafe(24)
    app = codec_app(held, secret=secret, origin=_origin(web_ui))
    typer.echo(
        f"Codec endpoint: http://{host}:{port}/{secret}\n"
        f"Name it in the Temporal Web UI at {web_ui} (Codec Server), or as --codec-endpoint of the program\n"
        "`temporal`. Whoever knows it can decrypt; it is another at each start. Ctrl+C ends it."
    )
    uvicorn.run(app, host=host, port=port, log_level="warning", access_log=False)


def codec_app(keys: PayloadKeys, *, secret: str, origin: str) -> Starlette:
    """Answers `POST /<secret>/decode` and `/encode`, for pages of that origin and programs that are no browser."""
    codec = EncryptionCodec(keys)
    steps: dict[str, Step] = {"decode": codec.decode, "encode": codec.encode}

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


async def _coded(request: Request, step: Step) -> Response:
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


def _origin(web_ui: str) -> str:
    """Scheme, host and port, as a browser names them."""
    parts = urlsplit(web_ui)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise StackError(f"{web_ui} is no address of a Web UI: it must start with http:// or https://.")
    return f"{parts.scheme}://{parts.netloc.lower()}"
