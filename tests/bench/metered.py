"""A Temporal server that tells what it counts."""

import json
import re
from collections import Counter
from collections.abc import Sequence
from pathlib import Path

from cli.stack.binaries import Programs, ServerPrograms
from cli.stack.ports import free_ports
from cli.stack.temporal import Temporal
from cli.stack.waiting import http_get

_ACTION = re.compile(
    r"^(?:temporal_)?action(?:_total)?\{(?P<labels>[^}]*)\} (?P<count>[0-9.e+]+)$", re.MULTILINE
)
_TYPE = re.compile(r'action_type="([^"]*)"')
_OURS = 'namespace="default"'


class MeteredTemporal(Temporal):
    """With its metrics on a port of their own. Counting costs a little: not for measuring speed."""

    def __init__(self, folder: Path, *, ports: Sequence[int]) -> None:
        super().__init__(folder, ports=ports)
        self._metrics_port = self.ports[2]  # where the `temporal` command has them

    async def actions(self) -> Counter[str]:
        """Billable actions so far in our namespace, by type, as the server's own metric `action` has them."""
        text = (await http_get(self._metrics_port, "/metrics")).decode()
        found: Counter[str] = Counter()
        for match in _ACTION.finditer(text):
            if _OURS in match["labels"] and (kind := _TYPE.search(match["labels"])):
                found[kind[1]] += int(float(match["count"]))
        return found

    def _command(self, programs: Programs) -> list[str]:
        command = super()._command(programs)
        if isinstance(programs, ServerPrograms):
            self._metrics_port = free_ports(1)[0]
            file = self._folder / "server.yaml"
            config = json.loads(file.read_text())
            listen = {"listenAddress": f"127.0.0.1:{self._metrics_port}", "framework": "opentelemetry"}
            config["global"]["metrics"] = {"prometheus": listen}
            file.write_text(json.dumps(config, indent=1))
        return command
