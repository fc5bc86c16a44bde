"""The API as a process: `python -m api.serve --port 8000`. Every start goes this way, so that each has the same bounds.

uvicorn's own variables count: `FORWARDED_ALLOW_IPS`, and `WEB_CONCURRENCY` for several processes.
"""

import argparse
import gc
from typing import Any, Final

import uvicorn

from api.serve.bounded_http import KEEP_ALIVE_SECONDS

SERVED: Final[dict[str, Any]] = {
    "http": "api.serve.bounded_http:BoundedHttp",
    "ws": "none",
    "access_log": False,  # it would hold customers' links
    "timeout_keep_alive": KEEP_ALIVE_SECONDS,
    "timeout_graceful_shutdown": 5,
}
"""uvicorn's settings, wherever the API is started."""


def main() -> None:
    """Serve until told to end."""
    parser = argparse.ArgumentParser(prog="python -m api.serve", description="Serve the API.")
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    options = parser.parse_args()
    gc.disable()  # while the app is imported, all of which stays; its start enables it again
    uvicorn.run("api.app:create_app", factory=True, host=options.host, port=options.port, **SERVED)
