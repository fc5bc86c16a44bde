"""The chart renders to what Kubernetes takes, may do little, and refuses values that are wrong by their names."""

import re
import tarfile
import tomllib
from pathlib import Path
from typing import Any

import kubernetes_validate
import pytest
import yaml

from cli.main import COMMANDS
from tests.unit.chart.rendered import (
    CHART,
    LEAST,
    ROOT,
    SETS,
    VALUES,
    Manifest,
    RefusedError,
    container,
    installation,
    of_kind,
    run,
    template,
    workloads,
)

ABOUT = yaml.safe_load((CHART / "Chart.yaml").read_text())
OLDEST = ABOUT["kubeVersion"].removeprefix(">=").removesuffix(".0-0")
NEWEST = kubernetes_validate.latest_version()
OPERATORS = {"ServiceMonitor", "PodMonitor", "PrometheusRule"}
"""Kinds of Prometheus' operator, of which Kubernetes has no schema."""

each_set = pytest.mark.parametrize("values", SETS, ids=lambda file: file.stem)


def names(values: Any, before: str = "") -> set[str]:
    """Dotted names of all values."""
    if not isinstance(values, dict):
        return {before}
    return {name for key, value in values.items() for name in names(value, f"{before}.{key}".lstrip("."))}


def pods(manifests: tuple[Manifest, ...]) -> list[Manifest]:
    """The templates of pods of all Deployments."""
    return [each["spec"]["template"] for each in of_kind(manifests, "Deployment").values()]


def matches(selector: Manifest, labels: dict[str, str]) -> bool:
    wanted = selector.get("matchLabels", {}).items() <= labels.items()
    return wanted and all(
        labels.get(each["key"]) in each["values"] for each in selector.get("matchExpressions", [])
    )


def test_the_chart_is_of_the_product_s_version() -> None:
    """Whoever installs the chart installs this program."""
    version = tomllib.loads((ROOT / "pyproject.toml").read_text())["project"]["version"]
    assert ABOUT["version"] == ABOUT["appVersion"] == version
    for _, pod in workloads(installation(LEAST)):
        assert container(pod)["image"] == f"registry.example.com/firm-offer:{version}"


@each_set
@pytest.mark.parametrize("version", [OLDEST, NEWEST])
def test_kubernetes_takes_every_manifest(values: Path, version: str) -> None:
    """By its own schema, and with no field that it does not know, from the oldest version that the chart names."""
    checked = set()
    for manifest in installation(values):
        if manifest["kind"] not in OPERATORS:
            kubernetes_validate.validate(manifest, version, strict=True)
            checked.add(manifest["kind"])
    assert checked >= {"Deployment", "Service", "ConfigMap", "Job", "Pod", "PodDisruptionBudget"}


def test_the_schema_would_see_a_field_that_does_not_exist() -> None:
    """A check that cannot fail proves nothing."""
    [api] = [
        each for name, each in of_kind(installation(LEAST), "Deployment").items() if name.endswith("api")
    ]
    wrong = {**api, "spec": {**api["spec"], "replica": 2}}
    with pytest.raises(kubernetes_validate.ValidationError, match="replica"):
        kubernetes_validate.validate(wrong, NEWEST, strict=True)


@each_set
def test_helm_s_own_check_finds_nothing(values: Path) -> None:
    """Warnings count as faults."""
    run("lint", CHART, "--strict", "--quiet", "--values", values)


def test_every_option_is_rendered_once() -> None:
    """The set with everything on has each kind of object that the chart can make."""
    made = {each["kind"] for each in installation(VALUES / "everything.yaml")}
    written = set(re.findall(r"^kind: (\w+)$", "\n".join(map(Path.read_text, templates())), re.MULTILINE))
    assert made == written


def templates() -> list[Path]:
    return [file for file in (CHART / "templates").rglob("*") if file.suffix in {".yaml", ".tpl"}]


def test_every_value_is_read_and_every_value_that_is_read_exists() -> None:
    """A value without effect is a lie; the schema has each, and no other."""
    text = "\n".join(map(Path.read_text, [*templates(), CHART / "templates/NOTES.txt"]))
    sections = set(re.findall(r"\.Values\.(\w+)", text))
    defaults = yaml.safe_load((CHART / "values.yaml").read_text())
    assert sections == set(defaults)
    words = set(re.findall(r"\.(\w+)", text))
    plain = {name for name in names(defaults) if not name.endswith((".cpu", ".memory", ".grafana_dashboard"))}
    assert {name for name in plain if name.rpartition(".")[2] not in words} == set()


@pytest.mark.parametrize(
    ("given", "named"),
    [
        ('image.repository=""', "/image/repository"),
        ('image.digest="latest"', "/image/digest"),
        ('url="http://quotes.example.com"', "/url"),
        ('url="https://quotes.example.com/shop"', "/url"),
        ('temporal.address="temporal"', "/temporal/address"),
        ('temporal.adress="temporal:7233"', "'adress' not allowed"),
        ('environment="local"', "/environment"),
        ("linkDays=-1", "/linkDays"),
        ("api.replicas=0", "/api/replicas"),
        ('api.replicas="2"', "/api/replicas"),
        ('api.resources={"requests":{"cpu":"lots"}}', "/api/resources/requests/cpu"),
        ('orders.way="http"', "/orders/url"),
        ('orders.way="fax"', "/orders/way"),
        ('trustedProxies=["*"]', "/trustedProxies/0"),
        ('webhookNetworks=["10.1.0.0"]', "/webhookNetworks/0"),
        ('secrets.database={"name":"","key":"uri"}', "/secrets/database/name"),
        ('secrets.database.value="postgresql://u:hunter2@h/d"', "'value' not allowed"),
        ("monitoring.enabled=true", "/secrets/metricsKey/name"),
        ('checkpoints.claim="x"', "/secrets/checkpointKey/name"),
        ('workers.version="3F2C_9AA"', "/workers/version"),
        ('workers.previous=[{"version":"a1"}]', "/workers/previous/0"),
        ("api.autoscaling.minReplicas=9", "api.autoscaling: minReplicas (9)"),
        ('workers={"version":"a.1","previous":[{"version":"a-1","tag":"x"}]}', 'workers.previous: "a-1"'),
        ("database.forgetAtDesk=1", "/database/forgetAtDesk"),
    ],
)
def test_wrong_values_are_refused_by_name(given: str, named: str) -> None:
    """Before anything is sent to a cluster; and what was wrong is named."""
    with pytest.raises(RefusedError) as refused:
        template(LEAST, sets=(given,))
    assert named in refused.value.words
    assert "hunter2" not in refused.value.words


@each_set
def test_no_manifest_holds_a_secret(values: Path) -> None:
    """None is made, and what is secret is a reference; there is no other place to write one into."""
    assert of_kind(installation(values), "Secret") == {}
    for name, pod in workloads(installation(values)):
        for each in container(pod).get("env", []):
            is_secret = re.search(r"SECRET|_URL$|API_KEY|PASSWORD|_HEADERS$", each["name"])
            assert ("valueFrom" in each) == bool(is_secret), (name, each["name"])


@each_set
def test_pods_may_do_little(values: Path) -> None:
    """As the strictest of Kubernetes' pod security standards wants it, and with nothing to write to but /tmp."""
    for name, pod in workloads(installation(values)):
        assert pod["automountServiceAccountToken"] is False, name
        assert pod["enableServiceLinks"] is False, name
        own = pod["securityContext"]
        assert own["runAsNonRoot"] is True
        assert f"USER {own['runAsUser']}:{own['runAsGroup']}" in (ROOT / "Dockerfile").read_text()
        assert own["seccompProfile"] == {"type": "RuntimeDefault"}
        assert container(pod)["securityContext"] == {
            "allowPrivilegeEscalation": False,
            "readOnlyRootFilesystem": True,
            "capabilities": {"drop": ["ALL"]},
        }
        assert {"requests", "limits"} <= set(container(pod)["resources"])
        writable = {
            mount["mountPath"] for mount in container(pod)["volumeMounts"] if not mount.get("readOnly")
        }
        assert writable <= {"/tmp", "/var/lib/firm-offer"}  # noqa: S108 - a container's own
        assert not {"hostNetwork", "hostPID", "hostIPC"} & set(pod)


@each_set
def test_what_is_referred_to_is_there(values: Path) -> None:
    """Volumes, ports, the settings, the ServiceAccount; and selectors find the pods that they are for."""
    manifests = installation(values)
    for name, pod in workloads(manifests):
        mounts = {mount["name"] for mount in container(pod)["volumeMounts"]}
        assert mounts == {volume["name"] for volume in pod["volumes"]}, name
        ports = {port["name"] for port in container(pod).get("ports", [])}
        probes = [container(pod).get(f"{kind}Probe", {}) for kind in ("startup", "readiness", "liveness")]
        assert {probe["httpGet"]["port"] for probe in probes if "httpGet" in probe} <= ports
        account = pod.get("serviceAccountName", "default")
        assert account == "default" or account in of_kind(manifests, "ServiceAccount")
    for kind in ("PodDisruptionBudget", "PodMonitor"):
        for each in of_kind(manifests, kind).values():
            found = [
                pod for pod in pods(manifests) if matches(each["spec"]["selector"], pod["metadata"]["labels"])
            ]
            assert found, each["metadata"]["name"]
    [service] = of_kind(manifests, "Service").values()
    served = [
        pod
        for pod in pods(manifests)
        if service["spec"]["selector"].items() <= pod["metadata"]["labels"].items()
    ]
    assert [pod["spec"]["containers"][0]["name"] for pod in served] == ["api"]
    for ingress in of_kind(manifests, "Ingress").values():
        [rule] = ingress["spec"]["rules"]
        assert rule["host"] == "quotes.example.com"
        assert rule["http"]["paths"][0]["backend"]["service"]["name"] == service["metadata"]["name"]
    for scaler in of_kind(manifests, "HorizontalPodAutoscaler").values():
        target = of_kind(manifests, "Deployment")[scaler["spec"]["scaleTargetRef"]["name"]]
        assert "replicas" not in target["spec"], "it would be set back at each upgrade"


def test_prometheus_gets_the_one_file_of_alerts_under_the_jobs_that_it_asks_for() -> None:
    """Rules, dashboard and jobs stand once, in deploy/monitoring."""
    manifests = installation(VALUES / "everything.yaml")
    monitoring = ROOT / "deploy/monitoring"
    [rules] = of_kind(manifests, "PrometheusRule").values()
    assert rules["spec"] == yaml.safe_load((monitoring / "alerts.yml").read_text())
    [dashboard] = [
        each for name, each in of_kind(manifests, "ConfigMap").items() if name.endswith("dashboard")
    ]
    assert dashboard["data"]["firm-offer.json"].strip() == (monitoring / "dashboard.json").read_text().strip()
    asked = {
        job["job_name"]
        for job in yaml.safe_load((monitoring / "prometheus.yml").read_text())["scrape_configs"]
    }
    told = set()
    for monitor in [
        *of_kind(manifests, "ServiceMonitor").values(),
        *of_kind(manifests, "PodMonitor").values(),
    ]:
        assert monitor["metadata"]["labels"]["release"] == "prometheus"
        [endpoint] = monitor["spec"].get("endpoints", monitor["spec"].get("podMetricsEndpoints"))
        assert endpoint["path"] == "/metrics"
        told |= {each["replacement"] for each in endpoint["relabelings"] if each["targetLabel"] == "job"}
    assert told == asked


def test_a_packed_chart_is_whole(tmp_path: Path) -> None:
    """Links to files outside of it become files."""
    run("package", CHART, "--destination", tmp_path)
    [packed] = tmp_path.iterdir()
    with tarfile.open(packed) as opened:
        alerts = opened.extractfile("firm-offer/alerts.yml")
        assert alerts is not None
        assert alerts.read() == (ROOT / "deploy/monitoring/alerts.yml").read_bytes()
        inside = {Path(name).relative_to("firm-offer") for name in opened.getnames()}
    assert inside == {file.relative_to(CHART) for file in CHART.rglob("*") if file.is_file()}


def test_the_notes_name_commands_that_exist() -> None:
    """Of the product, and objects of the chart."""
    given = ["--values", str(VALUES / "versions.yaml"), "--namespace", "sales", "--dry-run=client"]
    notes = run("install", "shop", CHART, *given).partition("NOTES:\n")[2]
    called = set(re.findall(r"-- firm-offer ([a-z-]+)", notes))
    assert called >= {"seller", "user", "keys", "worker-versions"}
    assert called <= set(COMMANDS)
    named = set(re.findall(r"deployment/([\w-]+)", notes))
    assert named <= set(of_kind(installation(VALUES / "versions.yaml"), "Deployment"))
