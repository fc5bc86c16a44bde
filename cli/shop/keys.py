"""`firm-offer keys`: API keys for programs that call this installation."""

from datetime import UTC, datetime, timedelta
from typing import Annotated

import typer

from adapters.db.parties.keys import (
    KeyState,
    KeyView,
    NewKey,
    list_keys,
    revoke_key,
    rotate_key,
    store_key,
)
from adapters.tokens import ApiKey, ApiKeyHashes, new_api_key, read_api_key
from cli.input.arguments import read_duration
from cli.local.errors import StackError
from cli.settings import load_database_url, load_settings, read_record, write_record
from domain import wording
from domain.people import names
from domain.people.scopes import LONGEST_OVERLAP_HOURS, OVERLAP_HOURS, Scope

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None)
_LONGEST_NAME = 100
IdArgument = Annotated[
    str, typer.Argument(metavar="PUBLIC_ID", help="As `keys list` shows it; a whole key works too.")
]


@app.command()
def create(
    name: Annotated[str, typer.Argument(help="The program that will use it, such as ERP.")],
    scope: Annotated[
        list[Scope], typer.Option("--scope", help="What it may do; can be given several times.")
    ] = [Scope.QUOTE],  # noqa: B006 - the library's way of a default; never changed
    expires: Annotated[
        str | None, typer.Option(help="How long it is valid, such as 90d; without it, for ever.")
    ] = None,
) -> None:
    """Create a key and print it, once and never again. Only its keyed hash is stored."""
    settings = load_settings()
    key = new_api_key(settings.environment)
    new = NewKey(
        public_id=key.public_id,
        secret_hash=ApiKeyHashes(settings.secret.get_secret_value()).hash(key),
        name=_checked(name),
        scopes=tuple(each.value for each in Scope if each in scope),
        expires_at=datetime.now(UTC) + lives if (lives := _lasting(expires, "--expires")) else None,
    )
    write_record(settings.database_url.get_secret_value(), lambda w: store_key(w, new))
    typer.echo(
        f"Key {key.public_id} for {new.name}. It is shown only this once: keep it where you keep secrets.",
        err=True,
    )
    typer.echo(key.text)


@app.command(name="list")
def list_all() -> None:
    """List all keys, oldest first, without their secrets."""
    keys = read_record(load_database_url(), list_keys)
    if not keys:
        typer.echo("There is no key yet: create one with `firm-offer keys create NAME`.", err=True)
        return
    typer.echo(_row("PUBLIC ID", "STATE", "LAST USED", "SCOPES", "NAME"))
    now = datetime.now(UTC)
    for key in keys:
        used = wording.listed(key.used_at) if key.used_at else "never"
        typer.echo(_row(key.public_id, _state(key, now), used, ",".join(key.scopes), key.name))
        if key.old_until is not None and key.has_old_secret(now):
            used = wording.listed(key.old_used_at) if key.old_used_at else "never"
            until = f"until {wording.listed(key.old_until)}"
            typer.echo(_row("  its old secret", until, used, "", ""))


@app.command()
def rotate(
    key: IdArgument,
    overlap: Annotated[
        str, typer.Option(help="How long the secret in use goes on working beside the new one; 0d ends it.")
    ] = f"{OVERLAP_HOURS}h",
) -> None:
    """Give a key a new secret and print it, once and never again. A secret that was never used makes way for it."""
    settings, public_id = load_settings(), _public_id(key)
    lives = _lasting(overlap, "--overlap", may_be_nothing=True) or timedelta()
    if lives > timedelta(hours=LONGEST_OVERLAP_HOURS):
        raise StackError(f"--overlap: at most {LONGEST_OVERLAP_HOURS // 24} days.")
    fresh = ApiKey(settings.environment, public_id, new_api_key(settings.environment).secret)
    hashed = ApiKeyHashes(settings.secret.get_secret_value()).hash(fresh)
    found = write_record(
        settings.database_url.get_secret_value(), lambda w: rotate_key(w, public_id, hashed, overlap=lives)
    )
    if found is None:
        raise StackError(
            "There is no live key with that public id; `firm-offer keys list` shows all keys, and `keys create` makes one."
        )
    until = f"; the secret in use works until {wording.listed(found.old_until)}" if found.old_until else ""
    typer.echo(
        f"Key {found.public_id} for {found.name} has a new secret{until}. It is shown only this once.",
        err=True,
    )
    typer.echo(fresh.text)


@app.command()
def revoke(key: IdArgument) -> None:
    """End a key at once. This cannot be undone: create a new one instead."""
    public_id = _public_id(key)
    found = write_record(load_database_url(), lambda w: revoke_key(w, public_id))
    if found is None:
        raise StackError("There is no key with that public id; `firm-offer keys list` shows all keys.")
    typer.echo(f"Key {found.public_id} for {found.name} has been revoked.")


def _public_id(key: str) -> str:
    whole = read_api_key(key.strip())
    return whole.public_id if whole else key.strip()


def _row(public_id: str, state: str, used: str, scopes: str, name: str) -> str:
    return f"{public_id:<18}  {state:<28}  {used:<17}  {scopes:<16}  {name}".rstrip()


def _checked(name: str) -> str:
    try:
        kept = names.cleaned(name)
    except ValueError:
        kept = ""
    if not kept or len(kept) > _LONGEST_NAME or not kept.isprintable():
        raise StackError(
            f"A key's name must be one line of 1 to {_LONGEST_NAME} characters, with a letter or a digit."
        )
    return kept


def _lasting(text: str | None, option: str, *, may_be_nothing: bool = False) -> timedelta | None:
    if text is None:
        return None
    try:
        lives = read_duration(text)
    except ValueError as error:
        raise StackError(f"{option}: {error}.") from error
    if not lives and not may_be_nothing:
        raise StackError(f"{option}: the duration must be longer than zero.")
    return lives


def _state(key: KeyView, now: datetime) -> str:
    if key.revoked_at is not None:
        return f"revoked {wording.listed(key.revoked_at)}"
    if key.expires_at is None:
        return "live"
    told = "expired" if key.state(now) is KeyState.EXPIRED else "live until"
    return f"{told} {wording.listed(key.expires_at)}"
