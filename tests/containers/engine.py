"""A container engine with Compose 2: the one that is there, or on Debian one of our own that is ended again."""

import os
import re
import shutil
import subprocess
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

COMPOSE = (2, 24)
"""The oldest that knows all that docker-compose.yml and our additions to it use."""

ASKING = 30.0
PULLING = 600.0


class NotRunError(Exception):
    """Nothing could be tried: no engine, or no images for it. Its words say why."""


class FailedError(Exception):
    """Something that was tried went wrong."""


@dataclass(frozen=True)
class Engine:
    """How the engine is called. `own` is one that we started: in it images may be made under others' names."""

    program: str
    env: Mapping[str, str] = field(default_factory=dict)
    own: bool = False

    def ask(self, *words: str, seconds: float = ASKING, stdin: bytes | None = None) -> str:
        """Standard output of a command that must succeed. Raises FailedError."""
        return self.run(words, seconds=seconds, stdin=stdin).decode()

    def run(
        self,
        words: Sequence[str],
        *,
        seconds: float,
        stdin: bytes | None = None,
        env: Mapping[str, str] | None = None,
    ) -> bytes:
        """As `ask`, with an environment added; raw."""
        try:
            done = subprocess.run(
                [self.program, *words],
                env={**os.environ, **self.env, **(env or {})},
                input=stdin,
                capture_output=True,
                timeout=seconds,
                check=False,
            )
        except subprocess.TimeoutExpired as late:
            raise FailedError(f"{' '.join(words[:6])} took longer than {seconds:.0f} s") from late
        if done.returncode != 0:
            told = (done.stderr or done.stdout).decode(errors="replace").strip()[-4000:]
            raise FailedError(f"`{self.program} {' '.join(words)}` ended with {done.returncode}: {told}")
        return done.stdout

    def has(self, image: str) -> bool:
        """Whether the image is there, or can be pulled."""
        for words, seconds in ((("image", "inspect", image), ASKING), (("pull", "--quiet", image), PULLING)):
            try:
                self.ask(*words, seconds=seconds)
            except FailedError:
                continue
            return True
        return False


def found() -> Engine:
    """One that runs on this machine. Raises NotRunError that says of each why it will not do."""
    reasons = []
    for name in ("docker", "podman"):
        program = shutil.which(name)
        if program is None:
            reasons.append(f"{name} is not installed")
            continue
        engine = Engine(program)
        try:
            engine.ask("info")
        except FailedError:
            reasons.append(f"{name} is installed, but no engine answers it")
            continue
        try:
            require_compose(engine)
        except NotRunError as why:
            reasons.append(f"{name}: {why}")
            continue
        return engine
    raise NotRunError("; ".join(reasons))


def require_compose(engine: Engine) -> str:
    """Compose's version. Raises NotRunError where it is missing or too old."""
    try:
        told = engine.ask("compose", "version")
    except FailedError as missing:
        raise NotRunError("it has no Compose") from missing
    version = re.search(r"\bv?(\d+)\.(\d+)[.\d-]*", told)
    if version is None or (int(version[1]), int(version[2])) < COMPOSE:
        raise NotRunError(f"Compose is older than {COMPOSE[0]}.{COMPOSE[1]}")
    return version[0]


@contextmanager
def mounts_undone(folder: Path) -> Iterator[None]:
    """Whatever is mounted below the folder is taken off afterwards: an engine leaves some behind."""
    try:
        yield
    finally:
        lines = Path("/proc/mounts").read_text().splitlines()
        below = [place for line in lines if (place := line.split()[1]).startswith(f"{folder}/")]
        for place in reversed(below):
            subprocess.run([shutil.which("umount") or "umount", "--lazy", place], check=False)
