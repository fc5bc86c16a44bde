"""Addresses that would lead into our own networks are refused, however they are written."""

from collections.abc import Sequence
from typing import Any

import pytest

from adapters.webhooks.targets import RefusedAddressError, Target, read_networks, read_target, resolved

WRONG_AS_WRITTEN = [
    "", "erp.example.com", "//erp.example.com/", "ftp://erp.example.com/", "file:///etc/passwd", "gopher://erp.example.com/",
    "javascript:alert(1)", "http://erp.example.com/", "https://", "https:///hook", "https://:443/", "https://erp.example.com:0/",
    "https://erp.example.com:65536/", "https://erp.example.com:port/", "https://user@erp.example.com/",
    "https://user:password@erp.example.com/", "https://erp.example.com@127.0.0.1/", "https://erp.example.com/#part",
    "https://erp.example.com/\r\nHost: other", "https://erp.example.com/a b", "https://erp.example.com\\@127.0.0.1/",
    "https://erp.example.com/é", "https://\uff41.example.com/", "https://127.0.0.1/", "https://127.0.0.1:8000/api",
    "https://127.1/", "https://127.0.1/", "https://2130706433/", "https://0x7f000001/", "https://0x7f.0.0.1/",
    "https://0177.0.0.1/", "https://017700000001/", "https://127.0.0.01/", "https://127.0.0.0x1/", "https://0/", "https://0.0.0.0/",
    "https://127.255.255.254/", "https://10.0.0.1/", "https://10.255.255.255/", "https://172.16.0.1/", "https://172.31.255.255/",
    "https://192.168.1.1/", "https://169.254.169.254/latest/meta-data/", "https://100.64.0.1/", "https://100.100.100.200/",
    "https://192.0.0.1/", "https://192.0.2.1/", "https://198.18.0.1/", "https://198.51.100.7/", "https://203.0.113.9/",
    "https://224.0.0.1/", "https://239.255.255.255/", "https://240.0.0.1/", "https://255.255.255.255/", "https://192.88.99.1/",
    "https://[::1]/", "https://[::]/", "https://[0:0:0:0:0:0:0:1]/", "https://[::ffff:127.0.0.1]/", "https://[::ffff:7f00:1]/",
    "https://[::ffff:10.0.0.1]/", "https://[::ffff:8.8.8.8]/", "https://[::127.0.0.1]/", "https://[64:ff9b::7f00:1]/",
    "https://[64:ff9b::8.8.8.8]/", "https://[64:ff9b:1::a00:1]/", "https://[2002:7f00:1::]/", "https://[2001::1]/",
    "https://[2001:db8::1]/", "https://[fc00::1]/", "https://[fd12:3456::1]/", "https://[fe80::1]/", "https://[fe80::1%25eth0]/",
    "https://[ff02::1]/", "https://[fec0::1]/", "https://[100::1]/", "https://[3fff::1]/", "https://[5f00::1]/", "https://localhost/",
    "https://LOCALHOST./", "https://db.localhost/", "https://printer.local/", "https://metadata.google.internal/",
    "https://router.home.arpa/", "https://-erp.example.com/", "https://erp..example.com/", "https://erp.example.1/",
    "https://erp.example.com/" + "a" * 2000,
]  # fmt: skip


@pytest.mark.parametrize("url", WRONG_AS_WRITTEN)
def test_refused_as_it_is_written(url: str) -> None:
    """Before any name is asked for."""
    with pytest.raises(RefusedAddressError):
        read_target(url, ())


def test_there_are_eighty() -> None:
    """A table that shrinks is noticed."""
    assert len(set(WRONG_AS_WRITTEN)) == len(WRONG_AS_WRITTEN) >= 80


@pytest.mark.parametrize(
    ("url", "target"),
    [
        ("https://erp.example.com", Target("erp.example.com", 443, "/", is_encrypted=True)),
        ("https://ERP.example.com./a?b=c", Target("erp.example.com", 443, "/a?b=c", is_encrypted=True)),
        ("https://erp.example.com:8443/x", Target("erp.example.com", 8443, "/x", is_encrypted=True)),
        ("https://8.8.8.8/", Target("8.8.8.8", 443, "/", is_encrypted=True)),
        ("https://[2606:4700::1111]:444/", Target("2606:4700::1111", 444, "/", is_encrypted=True)),
    ],
)
def test_taken(url: str, target: Target) -> None:
    """Names and numbers of the Internet."""
    assert read_target(url, ()) == target


def test_names_of_our_own_are_taken_where_a_network_is_allowed() -> None:
    """As an intranet calls its systems; what they lead to is held to what is allowed, as of every name."""
    allowed = read_networks("10.1.0.0/16")
    for url in ("https://erp.local/", "http://erp.corp.internal/orders", "https://localhost/"):
        assert read_target(url, allowed).host in url
    with pytest.raises(RefusedAddressError, match="FIRM_OFFER_WEBHOOK_ALLOW does not name it"):
        read_target("https://10.2.0.1/", allowed)


class Names:
    """A resolver that gives these addresses, whatever is asked."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch, *addresses: str) -> None:
        self.addresses = addresses
        monkeypatch.setattr("asyncio.base_events.BaseEventLoop.getaddrinfo", self._found)

    async def _found(self, *_: Any, **__: Any) -> Sequence[Any]:
        return [(0, 0, 0, "", (each, 443)) for each in self.addresses]


TARGET = Target("erp.example.com", 443, "/", is_encrypted=True)


@pytest.mark.parametrize(
    "addresses",
    [
        ("127.0.0.1",), ("8.8.8.8", "10.0.0.1"), ("2606:4700::1111", "::1"), ("::ffff:10.0.0.1",), ("64:ff9b::a00:1",),
        ("169.254.169.254",), ("fe80::1%eth0",), (),
    ],
)  # fmt: skip
async def test_a_name_that_leads_to_one_of_ours_is_refused(
    monkeypatch: pytest.MonkeyPatch, addresses: tuple[str, ...]
) -> None:
    """Also where others of its addresses are the world's."""
    Names(monkeypatch, *addresses)
    with pytest.raises(RefusedAddressError):
        await resolved(TARGET, ())


async def test_a_network_that_is_allowed(monkeypatch: pytest.MonkeyPatch) -> None:
    """It opens that one, and http:// for it alone."""
    allowed = read_networks("10.1.0.0/16, fd00::/8")
    plain = read_target("http://erp.example.com/", allowed)
    assert read_target("http://10.1.2.3/", allowed).port == 80
    with pytest.raises(RefusedAddressError):
        read_target("http://10.2.0.1/", allowed)
    Names(monkeypatch, "10.1.0.7")
    assert [str(each) for each in await resolved(plain, allowed)] == ["10.1.0.7"]
    Names(monkeypatch, "8.8.8.8")
    assert await resolved(TARGET, allowed)
    with pytest.raises(RefusedAddressError):
        await resolved(plain, allowed)
