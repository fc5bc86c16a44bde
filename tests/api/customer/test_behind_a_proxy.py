"""The proxies of docs/proxy.md before the API: the real programs with the text that stands there."""

import asyncio
import re
import shutil
import socket
import ssl
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager, suppress
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import httpx
import psutil
import pytest
import pytest_asyncio
import sqlalchemy as sa

from adapters.settings import Settings
from cli.local.free_ports import LOOPBACK, free_ports
from tests.api.conftest import api_key, served
from tests.api.customer.reading import read
from tests.api.customer.shop import Shop

DOCUMENT = Path(__file__).parents[3] / "docs" / "proxy.md"
CUSTOMER = "127.0.0.2"
"""Another address of this machine than that of proxy and API."""

LARGE = 21 * 1024 * 1024
NGINX = """
daemon off;
master_process off;
pid {folder}/pid;
error_log {folder}/error.log;
events {{ }}
http {{
client_body_temp_path {folder}/body;
proxy_temp_path {folder}/proxy;
fastcgi_temp_path {folder}/fastcgi;
uwsgi_temp_path {folder}/uwsgi;
scgi_temp_path {folder}/scgi;
{snippet}
}}
"""


def snippet(language: str) -> str:
    """As it stands in the document, but for the times in which a request has to come."""
    (found,) = re.findall(rf"^```{language}\n(.*?)^```$", DOCUMENT.read_text(), re.DOTALL | re.MULTILINE)
    return re.sub(r"\b(20|120)s", "1s", found)


def put(text: str, places: dict[str, str]) -> str:
    """The text with what is different here, each of which must stand in it."""
    for there, here in places.items():
        assert there in text
        text = text.replace(there, here)
    return text


def nginx(folder: Path, port: int, upstream: int) -> list[str]:
    """The command, with its file."""
    places = {
        "127.0.0.1:8000": f"{LOOPBACK}:{upstream}",
        "listen 443 ssl": f"listen {LOOPBACK}:{port} ssl",
        "listen 80": f"listen unix:{folder}/http",
        "/etc/ssl/certs/quotes.pem": f"{folder}/certificate.pem",
        "/etc/ssl/private/quotes.key": f"{folder}/key.pem",
        "/var/log/nginx": str(folder),
    }
    file = folder / "nginx.conf"
    file.write_text(NGINX.format(folder=folder, snippet=put(snippet("nginx"), places)))
    return ["nginx", "-p", str(folder), "-e", f"{folder}/error.log", "-c", str(file)]


def caddy(folder: Path, port: int, upstream: int) -> list[str]:
    """The command, with its file: certificates are not asked for, and port 80 is not ours."""
    places = {
        "127.0.0.1:8000": f"{LOOPBACK}:{upstream}",
        "quotes.example.com {": f"https://{LOOPBACK}:{port} {{\n\ttls {folder}/certificate.pem {folder}/key.pem",
        "\tservers {": "\tadmin off\n\tauto_https disable_redirects\n\tservers {",
    }
    file = folder / "Caddyfile"
    file.write_text(put(snippet("caddyfile"), places))
    return ["caddy", "run", "--adapter", "caddyfile", "--config", str(file)]


COMMANDS = {"nginx": nginx, "caddy": caddy}


@dataclass(frozen=True, kw_only=True)
class Proxy:
    """One that runs before the API at `upstream`."""

    folder: Path
    port: int
    upstream: int
    pid: int
    tls: ssl.SSLContext

    @property
    def logged(self) -> str:
        """All that it wrote."""
        return "".join(file.read_text() for file in self.folder.glob("*.log"))

    @asynccontextmanager
    async def customer(self) -> AsyncIterator[httpx.AsyncClient]:
        """A browser elsewhere."""
        transport = httpx.AsyncHTTPTransport(verify=self.tls, local_address=CUSTOMER)
        url = f"https://{LOOPBACK}:{self.port}"
        async with httpx.AsyncClient(transport=transport, base_url=url, timeout=60) as http:
            yield http

    async def connect(self) -> tuple[asyncio.StreamReader, asyncio.StreamWriter]:
        """A connection, for what no browser does."""
        return await asyncio.open_connection(LOOPBACK, self.port, ssl=self.tls)


@asynccontextmanager
async def running_proxy(name: str, folder: Path, upstream: int) -> AsyncIterator[Proxy]:
    """The program, which is installed, until the end of the block."""
    tls = await certified(folder)
    (port,) = free_ports(1)
    environment = {"HOME": str(folder), "XDG_DATA_HOME": str(folder), "PATH": "/usr/bin:/usr/sbin:/bin:/sbin"}
    with (folder / "output.log").open("wb") as output:
        process = await asyncio.create_subprocess_exec(
            *COMMANDS[name](folder, port, upstream), env=environment, stdout=output, stderr=output
        )
    proxy = Proxy(folder=folder, port=port, upstream=upstream, pid=process.pid, tls=tls)
    try:
        while True:
            assert process.returncode is None, proxy.logged
            try:
                _, writer = await proxy.connect()
            except OSError:
                await asyncio.sleep(0.05)
            else:
                writer.close()
                break
        yield proxy
    finally:
        process.kill()  # asked kindly, Caddy waits for the slow ones
        await process.wait()


async def certified(folder: Path) -> ssl.SSLContext:
    """A certificate for this machine in the folder, and who believes it."""
    certificate, key = folder / "certificate.pem", folder / "key.pem"
    command = "openssl req -x509 -newkey ec -pkeyopt ec_paramgen_curve:prime256v1 -nodes -days 1 -subj /CN=localhost"
    extra = ["-addext", "subjectAltName=IP:127.0.0.1", "-keyout", str(key), "-out", str(certificate)]
    quiet = asyncio.subprocess.DEVNULL
    made = await asyncio.create_subprocess_exec(*command.split(), *extra, stdout=quiet, stderr=quiet)
    assert await made.wait() == 0
    return ssl.create_default_context(cafile=str(certificate))


@pytest.fixture(scope="module", params=list(COMMANDS))
def name(request: pytest.FixtureRequest) -> str:
    """Of a proxy that is installed."""
    for program in (request.param, "openssl"):
        if shutil.which(program) is None:
            pytest.skip(f"{program} is not installed: apt-get install {program}")
    return str(request.param)


@pytest_asyncio.fixture(scope="module", loop_scope="session")
async def proxy(
    name: str, page_settings: Settings, tmp_path_factory: pytest.TempPathFactory
) -> AsyncIterator[Proxy]:
    """The proxy before the API, behind which no worker is."""
    with socket.create_server((LOOPBACK, 0)) as listening:
        upstream = listening.getsockname()[1]
        async with (
            served(page_settings.model_copy(update={"task_queue": "nobody-listens"}), listening),
            running_proxy(name, tmp_path_factory.mktemp(name), upstream) as proxy,
        ):
            yield proxy


async def test_the_customer_s_own_address_is_kept(proxy: Proxy, shop: Shop) -> None:
    """Proves that what they say themselves counts for nothing, and that the API knows of TLS."""
    quote_id = await shop.sent_quote()
    (path,) = await shop.paths(quote_id)
    async with proxy.customer() as http:
        said = {"X-Forwarded-For": "203.0.113.9", "X-Forwarded-Proto": "http"}
        answer = await http.post(f"{path}/reject", data={"version": "1"}, headers=said)
    read(answer, 202)
    assert answer.headers["strict-transport-security"].startswith("max-age=")
    statement = sa.text("SELECT payload FROM commands WHERE quote_id = CAST(:id AS uuid) AND name = 'reject'")
    async with shop.database.read() as r:
        assert (await r.value(statement, {"id": quote_id}))["ip"] == CUSTOMER


async def test_connections_to_the_api_are_kept(proxy: Proxy) -> None:
    """Proves HTTP/1.1 on that side: a second request goes over the connection of the first."""
    async with proxy.customer() as http:
        for _ in range(2):
            assert (await http.get("/livez")).json() == {"status": "alive"}
    kept = [
        each.laddr
        for each in psutil.Process(proxy.pid).net_connections("tcp")
        if each.status == psutil.CONN_ESTABLISHED and each.raddr.port == proxy.upstream
    ]
    assert len(kept) == 1


async def test_large_headers_do_not_reach_the_api(proxy: Proxy) -> None:
    """Proves it by the answer, which is not the API's."""
    async with proxy.customer() as http:
        headers = {f"X-{n}": "a" * 7_000 for n in range(6)}
        answer = await http.get("/livez", headers=headers)
    assert answer.status_code in {400, 431}
    assert "Request line and headers may have" not in answer.text


async def test_a_large_body_does_not_reach_the_api(proxy: Proxy, page_settings: Settings) -> None:
    """Proves it with one that says nothing of its length; one just as long as the API takes goes through. A client that
    is still sending may see the end of the connection instead of the answer.
    """
    key = await api_key(page_settings.database_url.get_secret_value(), "quote")

    async def sent(size: int) -> httpx.Response:
        async def parts() -> Any:
            for _ in range(size // 65_536):
                yield b"%PDF-1.7".ljust(65_536)

        headers = {"Authorization": f"Bearer {key}", "Content-Type": "application/pdf"}
        async with proxy.customer() as http:
            return await http.post("/api/v1/files", content=parts(), headers=headers)

    with suppress(httpx.ReadError, httpx.WriteError):
        refused = await sent(LARGE)
        assert refused.status_code == 413
        assert refused.headers.get("content-type") != "application/problem+json"
    assert (await sent(20 * 1024 * 1024)).status_code == 201


@pytest.mark.parametrize(
    "begun", [b"GET /livez HTTP/1.1\r\nHost: 127.0.0.1\r\nA: ", None], ids=["head", "body"]
)
async def test_who_is_slow_is_shown_out(proxy: Proxy, begun: bytes | None) -> None:
    """Proves that the connection ends, though nobody here ends it."""
    body = (
        f"POST /q/x/accept HTTP/1.1\r\nHost: {LOOPBACK}:{proxy.port}\r\nContent-Length: 9\r\n\r\n12".encode()
    )
    reader, writer = await proxy.connect()
    writer.write(begun or body)
    try:
        async with asyncio.timeout(30):
            answer = await reader.read()
    except ConnectionError:
        answer = b""
    finally:
        writer.close()
    assert b" 200 " not in answer


async def test_links_are_in_no_log(name: str, tmp_path: Path) -> None:
    """Proves it where the API is away, which is an error, and of what was answered."""
    (nobody,) = free_ports(1)
    async with running_proxy(name, tmp_path, nobody) as proxy, proxy.customer() as http:
        answer = await http.get("/q/secret-of-a-customer?c=secret-of-a-customer")
        assert answer.status_code == 502
    assert "secret-of-a-customer" not in proxy.logged
