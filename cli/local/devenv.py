"""`DIR/dev.env`: where everything of a running local stack is, for shells, scripts and our other commands."""

import os
from collections.abc import Mapping
from pathlib import Path

NAME = "dev.env"


def write(folder: Path, values: Mapping[str, str]) -> Path:
    """Whoever sees the file sees all of it; only its owner can. The values hold no quotes and no blanks."""
    draft = folder / f"{NAME}.new"
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as file:
        file.writelines(f"{name}={value}\n" for name, value in values.items())
    return draft.rename(folder / NAME)


def read(folder: Path) -> dict[str, str]:
    """Empty where no stack runs in that folder."""
    try:
        lines = (folder / NAME).read_text().splitlines()
    except OSError:
        return {}
    return dict(line.split("=", 1) for line in lines if "=" in line)


def remove(folder: Path) -> None:
    (folder / NAME).unlink(missing_ok=True)
