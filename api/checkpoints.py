"""Making a checkpoint: by housekeeping once a day, and by `firm-offer checkpoint`."""

import asyncio
import os
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Final

from adapters import checkpoints, logs
from adapters.checkpoints import SigningKey
from adapters.db.database import Database, Reading
from adapters.db.quotes.verification import all_tips, held_hashes
from adapters.settings import Settings
from domain.proof.checkpoint import Checkpoint, CheckpointError, Ledger, changed_since
from domain.proof.mismatch import Mismatch

PAUSE: Final = timedelta(days=1)
_LITTLE: Final = timedelta(hours=1)
_log = logs.logger(__name__)


class RecordChangedError(Exception):
    """The record is no longer what a checkpoint says; `found` is what does not match, by the quotes' numbers."""

    def __init__(self, found: dict[str, Mismatch]) -> None:
        super().__init__(f"{len(found)} quotes")
        self.found = found


async def make_checkpoint(database: Database, key: SigningKey, ledger: Ledger) -> Checkpoint:
    """The signed checkpoint that follows those of `ledger`.

    Raises CheckpointError where those are another key's, and RecordChangedError where the record has changed since: then
    there is nothing to follow.
    """
    if ledger.newest and ledger.newest.public_key != key.public_key:
        raise CheckpointError("The file was begun with another key.")
    async with database.read() as r:
        if found := await changed(r, ledger):
            raise RecordChangedError(found)
        tips = await all_tips(r)
    return await asyncio.to_thread(
        lambda: key.sign(ledger.next(tips, at=datetime.now(UTC), public_key=key.public_key))
    )


async def changed(r: Reading, ledger: Ledger) -> dict[str, Mismatch]:
    """What of the record is another than the checkpoints say, by the quotes' numbers."""
    return changed_since(ledger.anchors, await held_hashes(r, ledger.anchors))


async def append_checkpoint(
    database: Database, key: SigningKey, file: Path, *, no_sooner: timedelta = timedelta(0)
) -> Checkpoint | None:
    """Append a checkpoint to `file`; None, and nothing is written, where the last one is younger than `no_sooner`.

    Raises OSError, and as `make_checkpoint`. What reads and writes runs in a thread, so that nobody waits for a lock.
    """
    opened = checkpoints.appending(file)
    ledger, stream = await asyncio.to_thread(opened.__enter__)
    try:
        if ledger.newest and datetime.now(UTC) - ledger.newest.at < no_sooner:
            return None
        made = await make_checkpoint(database, key, ledger)
        stream.write(checkpoints.as_line(made))
        stream.flush()
        await asyncio.to_thread(os.fsync, stream.fileno())
        return made
    finally:
        opened.__exit__(None, None, None)


async def log_checkpoints(database: Database, settings: Settings) -> None:
    """Runs until it is cancelled: once a day a checkpoint's root into the log, and into the file where one is named.

    Does nothing without a key. Whatever stands in the way is logged, and tried again in an hour.
    """
    while settings.checkpoint_key is not None:
        pause = PAUSE
        try:
            key = await asyncio.to_thread(SigningKey.read, settings.checkpoint_key)
            made: Checkpoint | None
            if settings.checkpoint_file is None:
                made = await make_checkpoint(database, key, Ledger())
            else:
                made = await append_checkpoint(
                    database, key, settings.checkpoint_file, no_sooner=PAUSE - _LITTLE
                )
            if made is not None:
                told = {name: value for name, value in made.to_data().items() if name != "tips"}
                _log.info("checkpoint", **told)
        except RecordChangedError as changed:
            _log.error(
                "checkpoint_refused", reason="the record has changed", quotes=sorted(changed.found)[:20]
            )
        except CheckpointError as error:
            _log.error("checkpoint_refused", reason=str(error))
        except Exception as error:  # noqa: BLE001  # must not end what runs beside it
            pause = _LITTLE
            _log.error("checkpoint_failed", error=type(error).__name__)
        await asyncio.sleep(pause.total_seconds())
