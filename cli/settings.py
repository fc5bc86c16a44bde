"""The settings a command works with: the environment's, and behind it those of the local stack."""

import os
from pathlib import Path
from typing import TYPE_CHECKING

from cli.local import devenv
from cli.local.errors import StackError

if TYPE_CHECKING:
    from adapters.settings import Settings

LOCAL = Path(".local")


def load_settings(data_dir: Path | None = None, *, local: bool = True) -> "Settings":
    """Those of the stack that runs in `data_dir`, whatever the environment says. Without one: the environment's,
    and what it does not say is taken from the stack that runs in `.local`, if one does and `local` lets it.

    Raises `StackError` that names the settings which are missing or malformed.
    """
    # Slow to import; many commands need no more than the database's address.
    from pydantic import ValidationError  # noqa: PLC0415

    from adapters.settings import Settings  # noqa: PLC0415

    file = LOCAL / devenv.NAME
    try:
        if data_dir is not None:
            return Settings.model_validate(_of_stack(data_dir))
        return Settings(_env_file=file if local and file.exists() else None)
    except ValidationError as error:
        names = ", ".join(sorted({str(problem["loc"][0]) for problem in error.errors()}))
        raise StackError(
            f"Missing or malformed: {names}. Set them, or start the local stack with `firm-offer run` first."
        ) from error


def _of_stack(data_dir: Path) -> dict[str, str]:
    """The address file of the stack in `data_dir`; a shell's addresses of another one must not get in between."""
    values = devenv.read(data_dir)
    if not values:
        raise StackError(
            f"No stack runs in {data_dir}. Start it with `firm-offer run --data-dir {data_dir}` first."
        )
    return values


def load_database_url(data_dir: Path | None = None) -> str:
    """`DATABASE_URL` alone, from the same two places: for commands that need no other setting.

    Raises `StackError` when it is not set or no address of a PostgreSQL.
    """
    if data_dir is not None:
        return _of_stack(data_dir)["DATABASE_URL"]
    url = os.environ.get("DATABASE_URL") or devenv.read(LOCAL).get("DATABASE_URL", "")
    if not url.startswith(("postgresql://", "postgres://")):
        raise StackError(
            "Missing or malformed: DATABASE_URL. Set it to postgresql://user:password@host:port/name, "
            "or start the local stack with `firm-offer run` first."
        )
    return url
