"""Starts the development server with the dynamic configuration that the real server would be given."""

import os
import re
from pathlib import Path

told = re.findall(
    r"^([\w.]+):\n  - value: (\S+)$", Path(os.environ["DYNAMIC_CONFIG_FILE_PATH"]).read_text(), re.MULTILINE
)
command = [
    "temporal",
    "server",
    "start-dev",
    "--headless",
    "--ip",
    os.environ["BIND_ON_IP"],
    "--port",
    "7233",
]
command += ["--db-filename", "/data/temporal.db", "--log-level", os.environ["LOG_LEVEL"]]
for name, value in told:
    command += ["--dynamic-config-value", f"{name}={value}"]
os.execvp(command[0], command)  # noqa: S606 - it is the server from here on
