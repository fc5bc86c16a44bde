"""Free loopback ports, the same at every start of one data directory."""

import contextlib
import json
import secrets
import socket
from pathlib import Path
from urllib.parse import urlsplit

LOOPBACK = "127.0.0.1"

# Below the range from which kernels serve outgoing connections, so that no connection of this machine
# sits on a port between our choice and its use.
RANGE = range(20_000, 32_000)
PORTS = range(1, 65_536)


def bound(port: int) -> socket.socket | None:
    """A socket bound to the loopback port, or None where the port is taken."""
    sock = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    sock.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    try:
        sock.bind((LOOPBACK, port))
    except OSError:
        sock.close()
        return None
    return sock


def is_free(port: int) -> bool:
    sock = bound(port)
    if sock is None:
        return False
    sock.close()
    return True


def free_ports(count: int) -> list[int]:
    """`count` different ports, each free at this moment."""
    with contextlib.ExitStack() as held:
        found: list[int] = []
        while len(found) < count:
            port = secrets.choice(RANGE)
            # Sockets that do not listen yet may share a port.
            sock = None if port in found else bound(port)
            if sock is not None:
                held.enter_context(sock)
                found.append(port)
        return found


class PortBook:
    """Remembers which server got which port, so that a bookmarked address goes on working."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._ports = _read(path)

    def holds(self, address: str) -> bool:
        """Whether `address` (a URL, or host:port) is one of ours on this machine, from an earlier start."""
        try:
            parts = urlsplit(address if "://" in address else f"//{address}")
            return parts.hostname == LOOPBACK and parts.port in self._ports.values()
        except ValueError:
            return False

    def take(self, *names: str) -> list[int]:
        """One port per name: the remembered one where it is free, else a new one, which is remembered."""
        kept = {name: port for name in names if (port := self._ports.get(name)) and is_free(port)}
        fresh = iter(free_ports(len(names) - len(kept)))
        taken = {name: kept.get(name) or next(fresh) for name in names}
        self._ports.update(taken)
        self._path.write_text(json.dumps(self._ports, indent=1))
        return [taken[name] for name in names]


def _read(path: Path) -> dict[str, int]:
    # A file that somebody spoilt costs a few bookmarks, not the start.
    try:
        stored = json.loads(path.read_text())
    except (OSError, ValueError):
        return {}
    if not isinstance(stored, dict):
        return {}
    return {name: port for name, port in stored.items() if isinstance(port, int) and port in PORTS}
