"""`firm-offer codec-server`.

The Web UI's page asks it from the browser, so it is for whoever sits there: it listens on this machine alone, lets in the
pages of one address, and whoever asks must know the random part of its own address, which is another at each start.
"""

import secrets
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer
import uvicorn

from adapters.payload_keys import VARIABLE, read_payload_keys
from adapters.temporal.remote_codec import codec_app
from cli.local.errors import StackError


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
    port: Annotated[
        int, typer.Option(help="The port to listen on; 0 for a free one.", min=0, max=65535)
    ] = 8081,
) -> None:
    if keys is None:
        raise StackError(f"There are no keys to decrypt by: set {VARIABLE} to their file, or give --keys.")
    try:
        held = read_payload_keys(keys)
    except ValueError as error:
        raise StackError(f"{VARIABLE}: {error}.") from error
    secret = secrets.token_urlsafe(24)
    app = codec_app(held, secret=secret, origin=_origin(web_ui))
    config = uvicorn.Config(app, host=host, port=port, log_level="warning", access_log=False)
    listening = config.bind_socket()
    typer.echo(
        f"Codec endpoint: http://{host}:{listening.getsockname()[1]}/{secret}\n"
        f"Name it in the Temporal Web UI at {web_ui} (Codec Server), or as --codec-endpoint of the program\n"
        "`temporal`. Whoever knows it can decrypt; it is another at each start. Ctrl+C ends it."
    )
    uvicorn.Server(config).run(sockets=[listening])


def _origin(web_ui: str) -> str:
    """Scheme, host and port, as a browser names them."""
    parts = urlsplit(web_ui)
    if parts.scheme not in {"http", "https"} or not parts.netloc:
        raise StackError(f"{web_ui} is no address of a Web UI: it must start with http:// or https://.")
    return f"{parts.scheme}://{parts.netloc.lower()}"
