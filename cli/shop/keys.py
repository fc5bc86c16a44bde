"""`firm-offer keys`: API keys for programs that call this installation."""

from datetime import UTC, datetime
from enum import StrEnum
from typing import Annotated

import typer

from adapters.db.parties.keys import KeyView, NewKey, list_keys, revoke_key, store_key
from adapters.tokens import ApiKeyHashes, new_api_key, read_api_key
from cli.input.arguments import read_duration
from cli.local.errors import StackError
from cli.settings import load_database_url, load_settings, read_record, write_record
from domain import wording
from domain.people import names

app = typer.Typer(no_args_is_help=True, add_completion=False, rich_markup_mode=None)
_LONGEST_NAME = 100


class Scope(StrEnum):
    """What a key may do: `quote` and `admin` may read too."""

    READ = "read"
    QUOTE = "quote"
    ADMIN = "admin"


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
        expires_at=_expiry(expires),
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
    typer.echo(_row("PUBLIC ID", "STATE", "SCOPES", "NAME"))
    now = datetime.now(UTC)
    for key in keys:
        typer.echo(_row(key.public_id, _state(key, now), ",".join(key.scopes), key.name))


@app.command()
def revoke(
    key: Annotated[
        str, typer.Argument(metavar="PUBLIC_ID", help="As `keys list` shows it; a whole key works too.")
    ],
) -> None:
    """End a key at once. This cannot be undone: create a new one instead."""
    whole = read_api_key(key.strip())
    public_id = whole.public_id if whole else key.strip()
    found = write_record(load_database_url(), lambda w: revoke_key(w, public_id))
    if found is None:
        raise StackError("There is no key with that public id; `firm-offer keys list` shows all keys.")
    typer.echo(f"Key {found.public_id} for {found.name} has been revoked.")


def _row(public_id: str, state: str, scopes: str, name: str) -> str:
    return f"{public_id:<18}  {state:<28}  {scopes:<16}  {name}"


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


def _expiry(text: str | None) -> datetime | None:
    if text is None:
        return None
    try:
        lives = read_duration(text)
    except ValueError as error:
        raise StackError(f"--expires: {error}.") from error
    if not lives:
        raise StackError("--expires: the duration must be longer than zero.")
    return datetime.now(UTC) + lives


def _state(key: KeyView, now: datetime) -> str:
    if key.revoked_at is not None:
        return f"revoked {wording.listed(key.revoked_at)}"
    if key.expires_at is None:
        return "live"
    return f"{'expired' if key.expires_at <= now else 'live until'} {wording.listed(key.expires_at)}"
