"""The settings a command works with: the environment's, and behind it those of the local stack."""

import os
from pathlib import Path

from pydantic import ValidationError

from adapters.settings import Settings
from cli.stack import devenv
from cli.stack.errors import StackError

LOCAL = Path(".local")


def load_settings(data_dir: Path = LOCAL) -> Settings:
    """What the environment does not say is taken from the stack that runs in `data_dir`, if one does.

    Raises `StackError` that names the settings which are missing or malformed.
    """
    file = data_dir / devenv.NAME
    try:
        return Settings(_env_file=file if file.exists() else None)
    except ValidationError as error:
        names = ", ".join(sorted({str(problem["loc"][0]) for problem in error.errors()}))
        raise StackError(
            f"Missing or malformed: {names}. Set them, or start the local stack with `firm-offer run` first."
        ) from error


def load_database_url(data_dir: Path = LOCAL) -> str:
    """`DATABASE_URL` alone, from the same two places: for commands that need no other setting.

    Raises `StackError` when it is not set or no address of a PostgreSQL.
    """
    url = os.environ.get("DATABASE_URL") or devenv.read(data_dir).get("DATABASE_URL", "")
    if not url.startswith(("postgresql://", "postgres://")):
        raise StackError(
            "Missing or malformed: DATABASE_URL. Set it to postgresql://user:password@host:port/name, "
            "or start the local stack with `firm-offer run` first."
        )
    return url
