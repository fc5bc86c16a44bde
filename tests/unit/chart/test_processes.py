"""The chart starts the processes that docker-compose.yml starts, with the same settings, and each of them starts with those."""

import json
import os
import subprocess
import sys
import threading
from base64 import b64encode
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, HTTPServer
from inspect import signature
from pathlib import Path
from typing import Any

import pytest
from temporalio.envconfig import ClientConfig

import worker
from adapters.settings import Settings
from api.app import create_app
from api.serve import SERVED
from cli.migrate import migrate
from tests.unit.chart.rendered import (
    LEAST,
    SETS,
    VALUES,
    Manifest,
    container,
    doing,
    environment,
    installation,
    of_kind,
    template,
    workloads,
)
from tests.unit.test_deployment import OURS, SERVICES

SERVING = {"api": "api", "worker": "decisions", "deliveries": "deliveries"}
"""Services of docker-compose.yml, and components of the chart."""

ONCE = ("migrate", "temporal-setup")
COMPONENTS = {**SERVING, **dict.fromkeys(ONCE)}
KNOWN = {str(field.alias): field for field in Settings.model_fields.values()}
LOCAL = {"MAIL_URL", "FIRM_OFFER_TIME_MACHINE"}
"""Settings of the local run alone."""

INSTEAD = {"FIRM_OFFER_WORKER_HEALTH_FILE": "FIRM_OFFER_WORKER_ADDRESS"}
"""Compose reads a file beside the worker; Kubernetes asks an address."""

SECRET_WORDS = {
    "DATABASE_URL": "postgresql://firm_offer:p@postgres/firm_offer",
    "DATABASE_OWNER_URL": "postgresql://firm_offer_owner:p@postgres/firm_offer",
    "FIRM_OFFER_SECRET": 32 * "x",
    "SMTP_URL": "smtps://u:p@mail.example.com:465",
    "FIRM_OFFER_ORDER_SECRET": "whsec_" + 12 * "QUJD",
    "TEMPORAL_API_KEY": "a-key",
    "OTEL_EXPORTER_OTLP_HEADERS": "authorization=a-key",
}
EVERYTHING, CLOUD, VERSIONS = (VALUES / f"{name}.yaml" for name in ("everything", "cloud", "versions"))

each_set = pytest.mark.parametrize("values", SETS, ids=lambda file: file.stem)


def told(values: Path, component: str) -> dict[str, Any]:
    return environment(doing(installation(values), component), installation(values))


def filled(values: Path, component: str) -> dict[str, str]:
    """With what stands in the Secrets."""
    return {
        name: SECRET_WORDS[name] if isinstance(value, dict) else value
        for name, value in told(values, component).items()
    }


def test_the_chart_runs_what_compose_runs() -> None:
    """The same processes by the same commands, of the same program."""
    manifests = installation(LEAST)
    components = {SERVING.get(name, name) for name in OURS}
    assert components == {container(pod)["name"] for _, pod in workloads(manifests)} - {"doctor"}
    for service in OURS:
        started = container(doing(manifests, SERVING.get(service, service)))
        assert started["command"] == SERVICES[service]["command"]


@pytest.mark.parametrize("service", list(OURS))
def test_the_chart_tells_a_process_what_compose_tells_it(service: str) -> None:
    """A setting that is added to the one is added to the other."""
    composed = set(SERVICES[service]["environment"])
    wanted = {INSTEAD.get(name, name) for name in composed}
    assert wanted - set(told(EVERYTHING, SERVING.get(service, service))) == set()


def test_every_setting_can_be_set_and_no_other() -> None:
    """A setting that is added to the product is added to the chart."""
    given = {name for component in SERVING.values() for name in told(EVERYTHING, component)}
    uvicorn = {"FORWARDED_ALLOW_IPS"}
    by_libraries = {name for name in given if name.startswith(("TEMPORAL_TLS", "OTEL_"))}
    assert given - uvicorn - by_libraries == set(KNOWN) - LOCAL - set(INSTEAD)


@each_set
@pytest.mark.parametrize("component", SERVING.values())
def test_api_and_workers_start_with_these_settings(values: Path, component: str, tmp_path: Path) -> None:
    """Nothing is missing or malformed; what is secret comes from a Secret."""
    keys = tmp_path / "keys"
    keys.write_text(f"first {b64encode(bytes(32)).decode()}\n")
    given = filled(values, component)
    if "FIRM_OFFER_PAYLOAD_KEYS" in given:
        given["FIRM_OFFER_PAYLOAD_KEYS"] = str(keys)
    settings = Settings.model_validate(given)
    assert settings.environment == "live"
    assert (settings.worker_address is not None) == (component != "api")
    for name, value in told(values, component).items():
        if name in KNOWN:
            secret = "SecretStr" in str(KNOWN[name].annotation)
            assert isinstance(value, dict) == secret, name


@each_set
def test_no_process_gets_a_secret_that_it_does_not_need(values: Path) -> None:
    """The owner of the tables migrates and does nothing else, unless an admin is to forget people at the desk."""
    owner = installation(values)
    owners = {name for name, pod in workloads(owner) if _has(pod, told(values, "migrate")["DATABASE_URL"])}
    forgets = {name for name, pod in workloads(owner) if "DATABASE_OWNER_URL" in environment(pod, owner)}
    assert {name for name in owners if name.endswith("migrate")} | forgets == owners
    assert all(name.endswith("-api") for name in forgets)
    assert bool(forgets) == (values == EVERYTHING)
    grant = signature(migrate).parameters["grant_to"].annotation.__metadata__[0].envvar
    assert set(told(values, "migrate")) == {"DATABASE_URL", grant}
    if values != CLOUD:
        assert all(name.startswith("TEMPORAL_") for name in told(values, "temporal-setup"))


def _has(pod: Manifest, reference: dict[str, str]) -> bool:
    return any(each.get("valueFrom", {}).get("secretKeyRef") == reference for each in container(pod)["env"])


def test_the_set_up_steps_come_before_everything_in_their_order() -> None:
    """At each installation and upgrade; a job of the last time is no obstacle."""
    steps = of_kind(installation(LEAST), "Job").values()
    told = [each["metadata"]["annotations"] for each in steps]
    assert {each["helm.sh/hook"] for each in told} == {"pre-install,pre-upgrade"}
    assert all("before-hook-creation" in each["helm.sh/hook-delete-policy"] for each in told)
    weights = {
        each["spec"]["template"]["spec"]["containers"][0]["name"]: int(
            each["metadata"]["annotations"]["helm.sh/hook-weight"]
        )
        for each in steps
    }
    assert weights["migrate"] < weights["temporal-setup"] < 0
    assert "temporal-setup" not in {each["spec"]["template"]["spec"]["containers"][0]["name"] for each in of_kind(installation(CLOUD), "Job").values()}  # fmt: skip
    made = {name for kind in ("ConfigMap", "ServiceAccount") for name in of_kind(installation(LEAST), kind)}
    for each in steps:  # these are made after the jobs
        pod = each["spec"]["template"]["spec"]
        assert "envFrom" not in container(pod)
        assert pod.get("serviceAccountName") not in made


@pytest.mark.parametrize(("service", "component"), SERVING.items())
def test_each_process_has_time_to_end(service: str, component: str) -> None:
    """What it waits for itself, and no less than compose gives it."""
    pod = doing(installation(LEAST), component)
    before = container(pod).get("lifecycle", {}).get("preStop", {}).get("sleep", {}).get("seconds", 0)
    own = SERVED["timeout_graceful_shutdown"] if component == "api" else worker.SHUTDOWN.total_seconds()
    assert pod["terminationGracePeriodSeconds"] >= before + own + 5
    assert pod["terminationGracePeriodSeconds"] >= int(
        SERVICES[service]["stop_grace_period"].removesuffix("s")
    )


def test_deliveries_come_last_where_processor_time_is_scarce() -> None:
    """As in compose: what a container asks for is its share."""
    asked = {}
    for component in SERVING.values():
        cpu = container(doing(installation(LEAST), component))["resources"]["requests"]["cpu"]
        asked[component] = int(cpu.removesuffix("m"))
        assert "cpu" not in container(doing(installation(LEAST), component))["resources"]["limits"]
    assert 0 < asked["deliveries"] <= asked["decisions"] / 4


def test_probes_ask_what_answers() -> None:
    """Addresses of the API and of a worker; no API is taken out of service for what all of them share."""
    api = container(doing(installation(LEAST), "api"))
    paths = set(create_app().openapi()["paths"])
    assert (
        {api[f"{kind}Probe"]["httpGet"]["path"] for kind in ("readiness", "liveness")} == {"/livez"} <= paths
    )
    assert "/readyz" in api["startupProbe"]["exec"]["command"][-1]
    for component in ("decisions", "deliveries"):
        of_worker = container(doing(installation(LEAST), component))
        probes = {kind: of_worker[f"{kind}Probe"]["httpGet"] for kind in ("startup", "readiness", "liveness")}
        assert [probe["path"] for probe in probes.values()] == ["/livez", "/readyz", "/livez"]
        port = told(LEAST, component)["FIRM_OFFER_WORKER_ADDRESS"].rpartition(":")[2]
        assert of_worker["ports"] == [{"name": "health", "containerPort": int(port)}]


ALL_WELL = {"database": "ok", "migrations": "ok", "writes": "ok", "temporal": "ok", "namespace": "ok"}


@pytest.mark.parametrize(
    ("status", "checks", "serves"),
    [
        (200, ALL_WELL, True),
        (503, {**ALL_WELL, "temporal": "unreachable", "namespace": "unreachable"}, True),
        (503, {**ALL_WELL, "migrations": "failed"}, True),
        (503, {**ALL_WELL, "writes": "read_only"}, False),
        (503, {**ALL_WELL, "database": "unreachable", "writes": "unreachable"}, False),
        (500, {}, False),
    ],
)
def test_an_api_serves_once_it_could_store_a_command(
    status: int, checks: dict[str, str], serves: bool
) -> None:
    """Also while Temporal is away, and after a rollback; not with a database that it cannot use."""
    with _answering(status, {"checks": checks} if checks else {}) as port:
        assert (_asked(port).returncode == 0) == serves


def test_an_api_that_does_not_answer_does_not_serve() -> None:
    """One line says so."""
    with _answering(200, {}) as port:
        pass
    done = _asked(port)
    assert done.returncode == 1
    assert len(done.stderr.splitlines()) == 1


def _asked(port: int) -> subprocess.CompletedProcess[str]:
    """The probe as the container runs it, against another port."""
    *_, script = container(doing(installation(LEAST), "api"))["startupProbe"]["exec"]["command"]
    assert "127.0.0.1:8000/" in script
    command = [sys.executable, "-c", script.replace("127.0.0.1:8000/", f"127.0.0.1:{port}/")]
    env = {name: value for name, value in os.environ.items() if "proxy" not in name.lower()}
    return subprocess.run(command, capture_output=True, text=True, check=False, timeout=60, env=env)


@contextmanager
def _answering(status: int, body: dict[str, Any]) -> Iterator[int]:
    class Answer(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.send_response(status)
            self.end_headers()
            self.wfile.write(json.dumps(body).encode())

        def log_message(self, *_: object) -> None:
            """Nothing."""

    with HTTPServer(("127.0.0.1", 0), Answer) as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server.server_port
        server.shutdown()
        thread.join()


def test_temporal_is_reached_as_the_sdk_understands_it(tmp_path: Path) -> None:
    """By a key in the cloud, by certificates with everything on, in the clear within a cluster."""
    cloud = _understood(filled(CLOUD, "decisions"))
    assert (cloud["api_key"], cloud["namespace"]) == ("a-key", "quotes.a1b2c")
    assert cloud["tls"]
    assert not _understood(filled(LEAST, "api")).get("tls")
    given = filled(EVERYTHING, "temporal-setup")
    for name in ("CLIENT_CERT", "CLIENT_KEY", "SERVER_CA_CERT"):
        volume = {mount["mountPath"]: mount for mount in _mounts("temporal-setup")}
        assert str(Path(given[f"TEMPORAL_TLS_{name}_PATH"]).parent) in volume
        file = tmp_path / name
        file.write_text(name)
        given[f"TEMPORAL_TLS_{name}_PATH"] = str(file)
    tls = _understood(given)["tls"]
    assert (tls.domain, tls.client_cert, tls.client_private_key, tls.server_root_ca_cert) == (
        "temporal.example.com",
        b"CLIENT_CERT",
        b"CLIENT_KEY",
        b"SERVER_CA_CERT",
    )


def _mounts(component: str) -> list[dict[str, Any]]:
    mounts: list[dict[str, Any]] = container(doing(installation(EVERYTHING), component))["volumeMounts"]
    return mounts


def _understood(env: dict[str, str]) -> dict[str, Any]:
    return dict(ClientConfig.load_client_connect_config(disable_file=True, override_env_vars=env))


def test_files_of_the_settings_lie_where_they_are_mounted() -> None:
    """From the Secret and by the key that the values name."""
    pod = doing(installation(EVERYTHING), "api")
    mounted = {mount["mountPath"]: mount["name"] for mount in container(pod)["volumeMounts"]}
    volumes = {volume["name"]: volume for volume in pod["volumes"]}
    files = {
        name: Path(value) for name, value in told(EVERYTHING, "api").items() if str(value).startswith("/")
    }
    assert {"FIRM_OFFER_PAYLOAD_KEYS", "FIRM_OFFER_CHECKPOINT_KEY", "FIRM_OFFER_CHECKPOINT_FILE"} <= set(
        files
    )
    for name, file in files.items():
        volume = volumes[mounted[str(file.parent)]]
        if secret := volume.get("secret"):
            entries = {item["path"] for item in secret.get("items", [])} or {"tls.crt", "tls.key"}
            assert file.name in entries, name
        else:
            assert volume["persistentVolumeClaim"] == {"claimName": "quotes-checkpoints"}


def test_the_next_version_s_workers_do_not_touch_the_ones_before() -> None:
    """They go on with their image and version until they are taken out; and the API waits for its turn."""
    deployments = of_kind(installation(VERSIONS), "Deployment")
    images = {
        name: container(each["spec"]["template"]["spec"])["image"] for name, each in deployments.items()
    }
    tags = {
        name.removeprefix("shop-firm-offer-"): image.split("firm-offer")[1] for name, image in images.items()
    }
    digest = "@sha256:e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855"
    assert tags == {
        "api": ":0.1.0",
        "decisions-3f2c9aa": ":0.2.0",
        "deliveries-3f2c9aa": ":0.2.0",
        "decisions-0-1-0-9c01d2e": ":0.1.0",
        "deliveries-0-1-0-9c01d2e": ":0.1.0",
        "decisions": digest,
        "deliveries": digest,
    }
    versions = {
        name: environment(each["spec"]["template"]["spec"], installation(VERSIONS)).get(
            "FIRM_OFFER_WORKER_VERSION"
        )
        for name, each in deployments.items()
    }
    assert versions["shop-firm-offer-decisions-0-1-0-9c01d2e"] == "0.1.0-9c01d2e"
    assert versions["shop-firm-offer-decisions"] is None
    earlier = template(LEAST, sets=('image.tag="0.1.0"', 'workers.version="0.1.0-9c01d2e"'))
    before = of_kind(earlier, "Deployment")
    for name in ("shop-firm-offer-decisions-0-1-0-9c01d2e", "shop-firm-offer-deliveries-0-1-0-9c01d2e"):
        assert before[name]["spec"] == deployments[name]["spec"], "its pods would be replaced"
    selectors = [json.dumps(each["spec"]["selector"], sort_keys=True) for each in deployments.values()]
    assert len(set(selectors)) == len(selectors)
