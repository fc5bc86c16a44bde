"""Which installation is asked, and by which key."""

import json
import os
import sys
from dataclasses import asdict, dataclass
from pathlib import Path
from typing import Annotated
from urllib.parse import urlsplit

import typer

from cli.local import devenv
from cli.local.errors import StackError

URL = "FIRM_OFFER_URL"
KEY = "FIRM_OFFER_API_KEY"
_LOCAL = Path(".local")
_HERE = frozenset({"localhost", "127.0.0.1", "::1"})


@dataclass(frozen=True, slots=True)
class Login:
    """`url` is where the installation is, without a path; `key` a key of its API."""

    url: str
    key: str


def file() -> Path:
    """Where `login` keeps it: readable by its owner alone (XDG Base Directory Specification)."""
    home = os.environ.get("XDG_CONFIG_HOME") or str(Path.home() / ".config")
    return Path(home) / "firm-offer" / "login.json"


def current() -> Login:
    """The environment's FIRM_OFFER_URL and FIRM_OFFER_API_KEY, else what `login` has kept, else the local stack that runs in
    `.local`. Raises StackError where there is none.
    """
    if os.environ.get(URL) and os.environ.get(KEY):
        return Login(_address(os.environ[URL]), os.environ[KEY])
    try:
        return Login(**json.loads(file().read_text()))
    except FileNotFoundError:
        pass
    except (OSError, ValueError, TypeError) as error:
        raise StackError(f"{file()} cannot be read. Log in again: firm-offer login URL.") from error
    stack = devenv.read(_LOCAL)
    if stack.get(URL) and stack.get(KEY):
        return Login(stack[URL], stack[KEY])
    from cli.quotes.calling import CallError, ExitCode  # noqa: PLC0415 - what it needs is slow to import

    raise CallError(
        f"Nobody is logged in. Log in with firm-offer login URL, or set {URL} and {KEY}; keys are made by "
        "firm-offer keys create.",
        ExitCode.NOT_ALLOWED,
    )


def login(
    url: Annotated[
        str, typer.Argument(help="Where the installation is, such as https://quotes.example.com.")
    ],
) -> None:
    """Ask for an API key, try it, and keep it for this user of this machine."""
    from cli.quotes.calling import Calls  # noqa: PLC0415 - what it needs is slow to import

    address = _address(url)
    key = os.environ.get(KEY) or _asked_key()
    new = Login(address, key.strip())
    with Calls(new) as calls:
        calls.get("/quotes", limit=1)
    keep(new)
    typer.echo(f"Logged in to {address}.", err=True)


def _asked_key() -> str:
    """Typed unseen at a terminal, or the first line of what is piped in."""
    if sys.stdin.isatty():
        typed: str = typer.prompt("API key", hide_input=True, err=True)
        return typed
    return sys.stdin.readline()


def logout() -> None:
    """Forget the key that `login` kept. It goes on working until it is revoked."""
    file().unlink(missing_ok=True)
    typer.echo("Logged out.", err=True)


def keep(new: Login) -> None:
    """Whoever sees the file sees all of it; only its owner can."""
    kept = file()
    kept.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    draft = kept.with_suffix(".new")
    draft.unlink(missing_ok=True)
    with os.fdopen(os.open(draft, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600), "w") as written:
        json.dump(asdict(new), written)
    draft.rename(kept)


def _address(url: str) -> str:
    """Raises StackError for what is none, and for one at which everybody on the way could read the key."""
    parts = urlsplit(url)
    if parts.scheme not in {"http", "https"} or not parts.hostname:
        raise StackError("The address must start with https://, such as https://quotes.example.com.")
    if parts.scheme == "http" and parts.hostname not in _HERE:
        raise StackError(
            "The address must start with https://: by http:// everybody on the way reads the key."
        )
    return f"{parts.scheme}://{parts.netloc}"
