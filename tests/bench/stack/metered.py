"""What a Temporal server counts of itself."""

import re
from collections import Counter

from cli.local.processes.until import http_get
from cli.local.temporal.server import Temporal

_ACTION = re.compile(
    r"^(?:temporal_)?action(?:_total)?\{(?P<labels>[^}]*)\} (?P<count>[0-9.e+]+)$", re.MULTILINE
)
_TYPE = re.compile(r'action_type="([^"]*)"')
_OURS = 'namespace="default"'


async def actions(temporal: Temporal) -> Counter[str]:
    """Billable actions so far in our namespace, by type, as the server's own metric `action` has them."""
    text = (await http_get(temporal.metrics_port, "/metrics")).decode()
    found: Counter[str] = Counter()
    for match in _ACTION.finditer(text):
        if _OURS in match["labels"] and (kind := _TYPE.search(match["labels"])):
            found[kind[1]] += int(float(match["count"]))
    return found
