"""Where a webhook may go: into the Internet, and into networks that the settings name; never into our own."""

import asyncio
import re
import socket
from collections.abc import Sequence
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network, ip_address, ip_network
from typing import Final
from urllib.parse import urlsplit

IpAddress = IPv4Address | IPv6Address
Networks = Sequence[IPv4Network | IPv6Network]

_MOST_CHARACTERS: Final = 2_000
_NOT_ALLOWED: Final = ", and FIRM_OFFER_WEBHOOK_ALLOW does not name it"
_CHARACTERS: Final = re.compile(r"[!-~]+")
_NAME: Final = re.compile(
    r"(?=.{1,253}\Z)(?:[a-z0-9_](?:[a-z0-9_-]{0,61}[a-z0-9])?\.)*[a-z0-9](?:[a-z0-9-]{0,61}[a-z0-9])?"
)
_NUMBER: Final = re.compile(r"[0-9]+|0x[0-9a-f]*")

# By the registries of special purposes (IANA, RFC 6890), of 2026. Python's `is_global` says less in some releases.
_OWN_4: Final = tuple(
    IPv4Network(each)
    for each in (
        *("0.0.0.0/8", "10.0.0.0/8", "100.64.0.0/10", "127.0.0.0/8", "169.254.0.0/16", "172.16.0.0/12"),
        *("192.0.0.0/24", "192.0.2.0/24", "192.31.196.0/24", "192.52.193.0/24", "192.88.99.0/24"),
        *("192.168.0.0/16", "192.175.48.0/24", "198.18.0.0/15", "198.51.100.0/24", "203.0.113.0/24"),
        *("224.0.0.0/4", "240.0.0.0/4"),
    )
)
_WORLD_6: Final = IPv6Network("2000::/3")
# Tunnels and translations (2002::, Teredo in 2001::/23) lead to IPv4 addresses; 64:ff9b:: is outside the world's.
_OWN_6: Final = tuple(
    IPv6Network(each)
    for each in ("2001::/23", "2001:db8::/32", "2002::/16", "2620:4f:8000::/48", "3fff::/20")
)


class RefusedAddressError(Exception):
    """A webhook may not go there; the text says why, and names no address that was found out."""


@dataclass(frozen=True, slots=True)
class Target:
    """An address as it was read: `path` with its query, as it is asked for."""

    host: str
    port: int
    path: str
    is_encrypted: bool

    @property
    def authority(self) -> str:
        """The value of the header Host."""
        host = f"[{self.host}]" if ":" in self.host else self.host
        return host if self.port == (443 if self.is_encrypted else 80) else f"{host}:{self.port}"


def read_networks(text: str) -> Networks:
    """Networks with commas between them. Raises ValueError."""
    return tuple(ip_network(each.strip()) for each in text.split(",") if each.strip())


def read_target(url: str, allowed: Networks) -> Target:
    """An https:// address, or http:// where networks of our own are allowed. Raises RefusedAddressError; what a name
    leads to is asked when it is sent to.
    """
    if len(url) > _MOST_CHARACTERS or not _CHARACTERS.fullmatch(url) or "\\" in url:
        raise RefusedAddressError(
            "it must be an address of at most 2,000 ASCII characters, none of them a blank"
        )
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise RefusedAddressError("it is no address") from None
    if parts.scheme not in {"https", "http"} or not parts.hostname or port == 0:
        raise RefusedAddressError("it must start with https:// and name a host")
    if parts.scheme == "http" and not allowed:
        raise RefusedAddressError("it must start with https://")
    if "@" in parts.netloc or parts.fragment:
        raise RefusedAddressError("it must have neither a user or password nor a fragment (#)")
    host = parts.hostname.lower().rstrip(".")
    literal = _literal(host, allowed)
    if literal is not None:
        check(literal, allowed)
    path = (parts.path or "/") + (f"?{parts.query}" if parts.query else "")
    encrypted = parts.scheme == "https"
    return Target(str(literal or host), port or (443 if encrypted else 80), path, encrypted)


def _literal(host: str, allowed: Networks) -> IpAddress | None:
    """The number that a host is, None for a name. Raises RefusedAddressError for numbers that readers differ about, for
    what is neither, and for a name of our own where no network of ours is allowed: where one is, it is asked what the name leads to.
    """
    try:
        return ip_address(host)
    except ValueError:
        pass
    if not _NAME.fullmatch(host) or _NUMBER.fullmatch(host.rpartition(".")[2]):
        raise RefusedAddressError("its host must be a name, or a number as four decimals or in [brackets]")
    is_own = host == "localhost" or host.endswith((".localhost", ".local", ".internal", ".home.arpa"))
    if is_own and not allowed:
        raise RefusedAddressError(f"its host is a name of a network of one's own{_NOT_ALLOWED}")
    return None


def check(address: IpAddress, allowed: Networks) -> None:
    """Raises RefusedAddressError for an address that is neither the Internet's nor allowed."""
    if isinstance(address, IPv6Address) and address.scope_id:
        raise RefusedAddressError("it is in a network of one's own")
    if _is_in(address, allowed):
        return
    if isinstance(address, IPv4Address):
        is_own = any(address in network for network in _OWN_4)
    else:
        is_own = address not in _WORLD_6 or any(address in network for network in _OWN_6)
    if is_own:
        raise RefusedAddressError(f"it is in a network of one's own, or of a special purpose{_NOT_ALLOWED}")


async def resolved(target: Target, allowed: Networks) -> Sequence[IpAddress]:
    """The addresses to connect to: all that the name leads to, each of which may be connected to. Raises
    RefusedAddressError where one may not, OSError where there is none.
    """
    found = await asyncio.get_running_loop().getaddrinfo(target.host, target.port, type=socket.SOCK_STREAM)
    addresses = list(dict.fromkeys(ip_address(each[4][0]) for each in found))
    if not addresses:
        raise RefusedAddressError("its name leads nowhere")
    for address in addresses:
        check(address, allowed)
        if not target.is_encrypted and not _is_in(address, allowed):
            raise RefusedAddressError(
                "without encryption only what FIRM_OFFER_WEBHOOK_ALLOW names is sent to"
            )
    return addresses


def _is_in(address: IpAddress, networks: Networks) -> bool:
    return any(address.version == network.version and address in network for network in networks)
