"""On Debian, as root: an engine from Debian's packages in a temporary folder, and a file system to make images of.

Packages are installed by apt (`docker.io`, `debootstrap`) and stay. Compose 2 is in Debian from 13 on: an older Debian
gets that package's file, fetched by apt with its signatures checked, and unpacked beside the rest.
"""

import os
import platform
import shutil
import signal
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests.containers.engine import ASKING, Engine, FailedError, NotRunError, mounts_undone, require_compose

PACKAGES = {"dockerd": "docker.io", "debootstrap": "debootstrap"}
BASE = "trixie"
"""The release that the images are built on, and the first one with Compose 2."""

KEYRING = Path("/usr/share/keyrings/debian-archive-keyring.gpg")
MIRROR = "http://deb.debian.org/debian"
LONG = 600.0
_KEY = Path("/etc/docker/key.json")  # which some versions of the engine write at their start


@contextmanager
def started(folder: Path) -> Iterator[Engine]:
    """An engine whose data, programs' settings and socket are all below the folder. Raises NotRunError."""
    if os.geteuid() != 0 or shutil.which("apt-get") is None or not KEYRING.exists():
        raise NotRunError("one of our own needs root, on Debian")
    _installed()
    client = Path(shutil.which("docker") or "docker")
    settings = folder / "client"
    _compose(folder, settings / "cli-plugins")
    socket = f"unix://{folder}/docker.sock"
    engine = Engine(str(client), {"DOCKER_HOST": socket, "DOCKER_CONFIG": str(settings)}, own=True)
    require_compose(engine)
    had_key, had_folder = _KEY.exists(), _KEY.parent.exists()
    with mounts_undone(folder), (folder / "dockerd.log").open("wb") as log:
        # It touches neither the firewall nor the routing of the machine: ports are handed on by its own proxy, and
        # builds use the machine's network.
        options = ["--iptables=false", "--ip6tables=false", "--ip-forward=false", "--bridge=none"]
        places = [f"--data-root={folder}/data", f"--exec-root={folder}/run", f"--pidfile={folder}/docker.pid"]
        daemon = subprocess.Popen(
            [shutil.which("dockerd") or "dockerd", *options, *places, f"--host={socket}"],
            stdout=log,
            stderr=subprocess.STDOUT,
            start_new_session=True,
        )
        try:
            _wait(engine, daemon, folder)
            yield engine
        finally:
            _end(daemon)
            if not had_key:
                _KEY.unlink(missing_ok=True)
            if not had_folder and _KEY.parent.exists():
                _KEY.parent.rmdir()


def base_image(engine: Engine, name: str, folder: Path) -> None:
    """Make an image of that name from Debian: Python as `python`, certificates, and `nc`."""
    root = folder / "rootfs"
    packages = "python3,python3-venv,ca-certificates,netcat-openbsd"
    _run(["debootstrap", "--variant=minbase", f"--include={packages}", BASE, str(root), MIRROR])
    (root / "usr/bin/python").symlink_to("python3")
    for thrown_away in ("var/cache/apt", "var/lib/apt/lists"):
        shutil.rmtree(root / thrown_away, ignore_errors=True)
    archive = folder / "rootfs.tar"
    _run(["tar", "--directory", str(root), "--create", "--file", str(archive), "."])
    engine.ask("import", str(archive), name, seconds=LONG)
    archive.unlink()
    shutil.rmtree(root)


def _installed() -> None:
    missing = [package for program, package in PACKAGES.items() if shutil.which(program) is None]
    if not missing:
        return
    # RUNLEVEL keeps the packages from starting an engine of their own.
    quiet = {**os.environ, "DEBIAN_FRONTEND": "noninteractive", "RUNLEVEL": "1"}
    try:
        _run(["apt-get", "update", "-qq"], quiet)
        _run(["apt-get", "install", "-y", "-qq", "--no-install-recommends", *missing], quiet)
    except FailedError as error:
        raise NotRunError(f"{' and '.join(missing)} cannot be installed: {error}") from error


def _compose(folder: Path, plugins: Path) -> None:
    """Compose as the client finds it: Debian's package, unpacked, never installed."""
    plugins.mkdir(parents=True)
    apt = folder / "apt"
    for part in ("lists/partial", "cache/archives/partial"):
        (apt / part).mkdir(parents=True)
    (apt / "sources.list").write_text(f"deb [signed-by={KEYRING}] {MIRROR} {BASE} main\n")
    options = [
        f"Dir::Etc::sourcelist={apt}/sources.list",
        "Dir::Etc::sourceparts=-",
        "APT::Sandbox::User=root",
    ]
    options += [f"Dir::State::lists={apt}/lists", f"Dir::Cache={apt}/cache"]
    words = ["apt-get", "-qq", *(word for option in options for word in ("-o", option))]
    try:
        _run([*words, "update"])
        _run([*words, "download", "docker-compose"], cwd=apt)
        [package] = apt.glob("docker-compose_*.deb")
        _run(["dpkg-deb", "--extract", str(package), str(apt / "unpacked")])
        [program] = (apt / "unpacked").rglob("cli-plugins/docker-compose")
    except (FailedError, ValueError) as error:
        raise NotRunError(f"Compose cannot be had from Debian {BASE}: {error}") from error
    shutil.copy(program, plugins)
    shutil.rmtree(apt)


def _wait(engine: Engine, daemon: "subprocess.Popen[bytes]", folder: Path) -> None:
    deadline = time.monotonic() + ASKING
    while True:
        try:
            engine.ask("info")
        except FailedError as error:
            if daemon.poll() is None and time.monotonic() < deadline:
                time.sleep(0.2)
                continue
            log = (folder / "dockerd.log").read_text(errors="replace").strip().splitlines()
            why = log[-1] if log else str(error)
            raise NotRunError(f"Debian's engine does not start on this {platform.system()}: {why}") from error
        return


def _end(daemon: "subprocess.Popen[bytes]") -> None:
    daemon.send_signal(signal.SIGTERM)
    try:
        daemon.wait(timeout=60)
    except subprocess.TimeoutExpired:
        daemon.kill()
        daemon.wait()


def _run(command: list[str], env: dict[str, str] | None = None, cwd: Path | None = None) -> None:
    done = subprocess.run(
        command, env=env, cwd=cwd, capture_output=True, text=True, timeout=LONG, check=False
    )
    if done.returncode != 0:
        told = (done.stderr or done.stdout).strip().splitlines()
        raise FailedError(f"{command[0]}: {told[-1] if told else done.returncode}")
