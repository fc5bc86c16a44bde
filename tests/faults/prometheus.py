"""A real Prometheus that watches the product by the project's own rules, in a hurry."""

import json
import re
import shutil
from collections.abc import Mapping
from pathlib import Path
from typing import Any, Self

import httpx
import yaml

from cli.local.free_ports import free_ports
from cli.local.processes.process import ChildProcess
from cli.local.processes.until import http_ok, until

MONITORING = Path(__file__).parents[2] / "deploy" / "monitoring"
PROGRAM = shutil.which("prometheus")
MISSING = "Prometheus is not on the PATH; on Debian: apt-get install --no-install-recommends prometheus"
SCRAPED = "3s"
"""How often it asks, and as long it waits for an answer."""

HURRY = 10


def hastened(rules: str) -> str:
    """The rules with every span of time a tenth as long: `for: 2m` is 12 seconds, `[5m]` half a minute. What they compare
    with stays as it is, also where that is an age.
    """
    return re.sub(
        r"(?<=for: )(\d+)m$|(?<=\[)(\d+)m(?=\])",
        lambda found: f"{int(found[1] or found[2]) * 60 // HURRY}s",
        rules,
        flags=re.MULTILINE,
    )


class Prometheus:
    """Runs while the context is open, on a free port of this machine. `targets` are addresses by the jobs of prometheus.yml."""

    def __init__(self, folder: Path, targets: Mapping[str, list[str]], key: str) -> None:
        [port] = free_ports(1)
        self._folder, self._targets, self._key, self._port = folder, targets, key, port
        address = f"--web.listen-address=127.0.0.1:{port}"
        words = [
            f"--config.file={folder / 'prometheus.yml'}",
            f"--storage.tsdb.path={folder / 'data'}",
            address,
        ]
        self._process = ChildProcess("Prometheus", [PROGRAM or "", *words], folder / "prometheus.log")
        self._http = httpx.AsyncClient(base_url=f"http://127.0.0.1:{port}/api/v1", timeout=30)

    async def __aenter__(self) -> Self:
        self._folder.mkdir(parents=True)
        (self._folder / "key").write_text(self._key)
        (self._folder / "alerts.yml").write_text(hastened((MONITORING / "alerts.yml").read_text()))
        (self._folder / "prometheus.yml").write_text(yaml.safe_dump(self._configuration()))
        self._process.start()
        try:
            await until(lambda: http_ok(self._port, "/-/ready"), self._process)
        except BaseException:
            self._process.kill()
            raise
        return self

    async def __aexit__(self, *_: object) -> None:
        self._process.kill()
        await self._http.aclose()

    def _configuration(self) -> dict[str, Any]:
        """The project's, with addresses of this machine, and in a hurry."""
        configuration: dict[str, Any] = yaml.safe_load((MONITORING / "prometheus.yml").read_text())
        configuration["global"] = dict.fromkeys(
            ("scrape_interval", "scrape_timeout", "evaluation_interval"), SCRAPED
        )
        for job in configuration["scrape_configs"]:
            job["static_configs"] = [{"targets": self._targets[job["job_name"]]}]
            if "authorization" in job:
                job["authorization"]["credentials_file"] = str(self._folder / "key")
        return configuration

    async def alerts(self, *states: str) -> set[str]:
        """The names of those that are in one of these states, `pending` or `firing`."""
        found = await self._ask("/alerts")
        return {each["labels"]["alertname"] for each in found["alerts"] if each["state"] in states}

    async def fired(self) -> set[str]:
        """The names of those that have ever fired."""
        found = await self._ask("/query", query='max_over_time(ALERTS{alertstate="firing"}[1d])')
        return {each["metric"]["alertname"] for each in found["result"]}

    async def query(self, expression: str) -> list[float]:
        """The values that an expression has now, one of each series."""
        found = await self._ask("/query", query=expression)
        return [float(each["value"][1]) for each in found["result"]]

    async def _ask(self, path: str, **asked: str) -> Any:
        answer = await self._http.get(path, params=asked)
        assert answer.status_code == httpx.codes.OK, answer.text
        return answer.json()["data"]


def panels() -> list[tuple[str, str]]:
    """Title and expression of everything that the dashboard shows."""
    dashboard = json.loads((MONITORING / "dashboard.json").read_text())
    return [(panel["title"], target["expr"]) for panel in dashboard["panels"] for target in panel["targets"]]


def rules() -> list[str]:
    """The names of all alerts."""
    groups = yaml.safe_load((MONITORING / "alerts.yml").read_text())["groups"]
    return [rule["alert"] for group in groups for rule in group["rules"]]
