"""`firm-offer checkpoint`, and what `firm-offer verify --against` says of its file."""

import json
from dataclasses import asdict
from functools import partial
from pathlib import Path
from typing import Annotated, Any

import typer

from adapters import checkpoints
from adapters.checkpoints import SigningKey
from adapters.db.database import Database
from api.checkpoints import RecordChangedError, append_checkpoint, changed, make_checkpoint
from cli.local.errors import StackError
from cli.settings import load_database_url, on_record, read_record
from domain.proof.checkpoint import Checkpoint, CheckpointError, Ledger

VARIABLE = "FIRM_OFFER_CHECKPOINT_KEY"
Key = Annotated[
    Path | None,
    typer.Option(envvar=VARIABLE, help="The file of the key that signs; made where there is none."),
]


def checkpoint(
    *,
    out: Annotated[
        Path | None, typer.Option(help="Append to this file; without it the checkpoint is printed.")
    ] = None,
    key: Key = None,
    data_dir: Annotated[Path | None, typer.Option(help="The local stack's data directory.")] = None,
) -> None:
    url, signing = load_database_url(data_dir), _key(key)
    try:
        if out is None:
            made = on_record(url, partial(_made, signing))
        else:
            made = on_record(url, partial(_appended, signing, out))
    except OSError as error:
        raise StackError(f"{out} cannot be written: {error.strerror}.") from error
    except CheckpointError as error:
        raise StackError(f"{error} Nothing was written. Begin another file, and keep this one.") from error
    except RecordChangedError as error:
        for number, found in sorted(error.found.items()):
            typer.echo(f"{number}: {found}")
        raise StackError(
            f"The record is not what {out} says any more, and no checkpoint can follow. Keep the file as it is: "
            "it proves what was there. After a restore from an older backup begin another one."
        ) from error
    if out is None:
        typer.echo(checkpoints.as_line(made), nl=False)
    told = f"{made.quotes} quote(s), {len(made.tips)} of them new or changed; root {made.root}."
    typer.echo(f"{told} Signed by {made.public_key}.", err=out is None)


async def _made(key: SigningKey, database: Database) -> Checkpoint:
    return await make_checkpoint(database, key, Ledger())


async def _appended(key: SigningKey, out: Path, database: Database) -> Checkpoint:
    made = await append_checkpoint(database, key, out)
    if made is None:
        raise AssertionError("nothing is too soon for a person")
    return made


def _key(file: Path | None) -> SigningKey:
    if file is None:
        raise StackError(
            f"Which key signs? Set {VARIABLE} (or --key) to a file outside the database; it is made where there is none."
        )
    try:
        if file.exists():
            return SigningKey.read(file)
        made = SigningKey.make(file)
    except OSError as error:
        raise StackError(f"{file} cannot be read or made: {error.strerror}.") from error
    except CheckpointError as error:
        raise StackError(f"{error} ({file})") from error
    typer.echo(f"Made the key {file}. Note down its public key, {made.public_key}, elsewhere.", err=True)
    return made


def read_against(file: Path, public_key: str | None) -> Ledger:
    """The checkpoints in `file`. Raises `StackError` where they do not hold together, or where they are not those of
    `public_key` (without one, of the key that VARIABLE names, if there is one).
    """
    try:
        ledger = checkpoints.read_file(file)
    except OSError as error:
        raise StackError(f"{file} cannot be read: {error.strerror}.") from error
    except CheckpointError as error:
        raise StackError(f"{file} does not hold together. {error}") from error
    if ledger.newest is None:
        raise StackError(f"{file} holds no checkpoint.")
    if public_key is not None and public_key.lower() != ledger.newest.public_key:
        raise StackError(f"{file} is signed by another key: {ledger.newest.public_key}.")
    return ledger


def prove_against(url: str, ledger: Ledger, *, as_json: bool) -> bool:
    """Say what of the record is another than the checkpoints say; whether nothing is."""
    newest = ledger.newest
    if newest is None:
        raise AssertionError("read_against gives one at least")
    found = read_record(url, lambda r: changed(r, ledger))
    head = {
        "checkpoints": ledger.count,
        "quotes": newest.quotes,
        "root": newest.root,
        "public_key": newest.public_key,
    }
    if as_json:
        broken: list[dict[str, Any]] = [
            {"number": number, **asdict(each), "text": str(each)} for number, each in sorted(found.items())
        ]
        typer.echo(json.dumps({**head, "at": newest.to_data()["at"], "broken": broken}, indent=2))
    else:
        for number, each in sorted(found.items()):
            typer.echo(f"{number}: {each}")
        what = f"{len(found)} do not match" if found else "everything is as it was then"
        typer.echo(
            f"{ledger.count} checkpoint(s) of {newest.quotes} quote(s), the last of {newest.to_data()['at']}: {what}.\n"
            f"Signed by {newest.public_key}: compare it with the one that you noted down."
        )
    return not found
