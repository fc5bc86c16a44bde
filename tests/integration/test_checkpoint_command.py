"""`firm-offer checkpoint` and `verify --against`: what a whole new chain, or no chain at all, cannot hide."""

import asyncio
import json
from datetime import timedelta
from pathlib import Path

import sqlalchemy as sa
import structlog.testing
from typer.testing import Result

from adapters.checkpoints import SigningKey
from adapters.db.database import Database
from adapters.db.quotes.verification import find_record
from adapters.settings import Settings
from api.checkpoints import append_checkpoint, log_checkpoints
from cli.local import devenv
from domain.proof.verify import chain_hash
from domain.quotes.events import Event, EventType
from tests.api.conftest import SECRET
from tests.integration.db.desk import Desk
from tests.integration.db.test_acceptance import FULL
from tests.integration.test_verify_command import force, number_of
from tests.shell import firm_offer


async def run(database: Database, folder: Path, *arguments: str) -> Result:
    """A command as a person calls it, with a key of its own."""
    devenv.write(folder, {"DATABASE_URL": database.url})
    words = [arguments[0], "--data-dir", str(folder), *arguments[1:]]
    environment = {"FIRM_OFFER_CHECKPOINT_KEY": str(folder / "key.pem")}
    return await firm_offer(*words, env=environment)


async def rewrite(database: Database, quote_id: str) -> None:
    """A new chain from its beginning by the product's own functions, and its end in the quote's row: nothing in the
    database contradicts it.
    """
    async with database.read() as r:
        record = await find_record(r, quote_id)
    assert record is not None
    previous = ""
    for event in record.events:
        actor = "key:eve" if event.type == EventType.EXTENDED else event.actor
        told = Event(type=EventType(event.type), at=event.at, actor=actor, data=event.data)
        hash_ = chain_hash(quote_id=quote_id, sequence=event.sequence, event=told, previous_hash=previous)
        change = "actor = :actor, previous_hash = :previous, hash = :hash WHERE quote_id = :id AND sequence = :sequence"
        values = {"actor": actor, "previous": previous, "hash": hash_, "sequence": event.sequence}
        await force(database, f"UPDATE quote_events SET {change}", id=quote_id, **values)  # noqa: S608 - a literal
        previous = hash_
    await force(database, "UPDATE quotes SET last_hash = :hash WHERE id = :id", hash=previous, id=quote_id)
    if any(event.type == EventType.EXTENDED for event in record.events):
        command = "UPDATE commands SET actor = 'key:eve' WHERE quote_id = :id AND name = 'extend'"
        await force(database, command, id=quote_id)


async def remove(database: Database, quote_id: str) -> None:
    """Every trace of a quote, from every table."""
    tables = (
        "messages",
        "customer_links",
        "acceptances",
        "documents",
        "quote_events",
        "quote_versions",
        "commands",
    )
    async with database.write() as w:
        await w.run(sa.text("SET LOCAL session_replication_role = replica"))
        for table in tables:
            await w.run(sa.text(f"DELETE FROM {table} WHERE quote_id = :id"), {"id": quote_id})  # noqa: S608 - from above
        await w.run(sa.text("DELETE FROM quotes WHERE id = :id"), {"id": quote_id})


async def test_what_the_record_alone_cannot_show_is_named(
    desk: Desk, database: Database, tmp_path: Path
) -> None:
    """A chain made anew and a quote removed: `verify` finds the record sound, and the file names both."""
    lines = tmp_path / "checkpoints.jsonl"
    file = str(lines)
    kept, changed, gone = await desk.sent(), await desk.sent(), await desk.draft()
    await desk.do(changed, "extend", {"valid_days": 60})
    numbers = [await number_of(database, each) for each in (changed, gone)]
    first = await run(database, tmp_path, "checkpoint", "--out", file)
    assert first.exit_code == 0, first.output
    assert "Made the key" in first.stderr
    assert "3 quote(s), 3 of them new or changed" in first.stdout
    await desk.do(kept, "accept", FULL)
    second = await run(database, tmp_path, "checkpoint", "--out", file)
    assert "3 quote(s), 1 of them new or changed" in second.stdout
    await desk.do(kept, "cancel")  # what came since is nothing to complain of
    sound = await run(database, tmp_path, "verify", "--against", file)
    assert (sound.exit_code, "2 checkpoint(s) of 3 quote(s)" in sound.stdout) == (0, True), sound.output

    await rewrite(database, changed)
    await remove(database, gone)
    assert (await run(database, tmp_path, "verify")).exit_code == 0  # what the file is for
    found = await run(database, tmp_path, "verify", "--against", file)
    assert found.exit_code == 1
    assert f"{numbers[0]}: event 3: it is another than at the checkpoint" in found.stdout
    assert f"{numbers[1]}: the quote: it is not there any more" in found.stdout
    assert "2 do not match" in found.stdout
    as_json = json.loads((await run(database, tmp_path, "verify", "--against", file, "--json")).stdout)
    assert [each["number"] for each in as_json["broken"]] == numbers
    one = await run(database, tmp_path, "verify", numbers[1] or "", "--against", file)
    assert (one.exit_code, "it is not there any more" in one.stdout) == (1, True)
    before = lines.read_text()
    refused = await run(database, tmp_path, "checkpoint", "--out", file)
    assert (refused.exit_code, "no checkpoint can follow" in refused.stderr) == (1, True)
    assert lines.read_text() == before


async def test_one_quote_against_what_was_kept(desk: Desk, database: Database, tmp_path: Path) -> None:
    """With its number, the whole proof and its checkpoints; for programs also the path to the root. A tip that a
    customer holds is found in the chain, or is not.
    """
    file = str(tmp_path / "checkpoints.jsonl")
    quote_id = await desk.sent()
    await desk.do(quote_id, "extend", {"valid_days": 60})
    number = await number_of(database, quote_id) or ""
    made = await run(database, tmp_path, "checkpoint", "--out", file)
    told = json.loads((await run(database, tmp_path, "verify", number, "--against", file, "--json")).stdout)
    assert (told["broken"], told["inclusion"]["root"] in made.stdout) == ([], True)
    tip = told["inclusion"]["hash"]
    held = await run(database, tmp_path, "verify", number, "--tip", tip)
    assert (held.exit_code, held.stdout.split(" of ")[0]) == (0, "Event 3 (quote.extended)")
    await rewrite(database, quote_id)
    lost = await run(database, tmp_path, "verify", number, "--tip", tip)
    assert (lost.exit_code, "no event of it has the hash that you hold" in lost.stdout) == (1, True)
    changed = await run(database, tmp_path, "verify", number, "--against", file)
    assert (changed.exit_code, "event 3: it is another" in changed.stdout) == (1, True)


async def test_what_cannot_be_used_is_told(database: Database, tmp_path: Path) -> None:
    """No key, no file, a damaged one, another's: a sentence each and no traceback."""
    file = tmp_path / "checkpoints.jsonl"
    plain = await run(database, tmp_path, "checkpoint")
    line = json.loads(plain.stdout)
    assert (line["quotes"], line["previous"]) == (0, None)
    await run(database, tmp_path, "checkpoint", "--out", str(file))
    for arguments, told in (
        (("verify", "--against", str(tmp_path / "none")), "cannot be read"),
        (("verify", "--against", str(file), "--public-key", "0" * 64), "is signed by another key"),
        (("verify", "--tip", "0" * 64), "--tip wants the quote's number"),
        (("checkpoint", "--key", str(file)), "holds no key"),
        (("checkpoint", "--key", str(tmp_path / "other.pem"), "--out", str(file)), "begun with another key"),
    ):
        found = await run(database, tmp_path, *arguments)
        assert (found.exit_code, told in found.stderr) == (1, True), found.output
    file.write_text(file.read_text().replace('"quotes":0', '"quotes":1'))
    found = await run(database, tmp_path, "verify", "--against", str(file))
    assert "does not hold together. Line 1 does not have the signature of its key" in found.stderr
    bare = await firm_offer("checkpoint", "--data-dir", tmp_path)
    assert "Set FIRM_OFFER_CHECKPOINT_KEY" in bare.stderr


async def test_the_api_makes_one_a_day(desk: Desk, database: Database, tmp_path: Path) -> None:
    """Into the log and the file; a second process that starts now leaves it at that. Without a key, nothing."""
    await desk.sent()
    file = tmp_path / "checkpoints.jsonl"
    await run(database, tmp_path, "checkpoint")
    given = {"DATABASE_URL": database.url, "FIRM_OFFER_SECRET": SECRET}
    keyed = {**given, "FIRM_OFFER_CHECKPOINT_KEY": tmp_path / "key.pem", "FIRM_OFFER_CHECKPOINT_FILE": file}
    await log_checkpoints(database, Settings.model_validate(given))
    with structlog.testing.capture_logs() as logged:
        task = asyncio.create_task(log_checkpoints(database, Settings.model_validate(keyed)))
        async with asyncio.timeout(30):
            while not logged:  # noqa: ASYNC110 - a log has no event to wait for
                await asyncio.sleep(0.01)
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)
    [told] = logged
    assert (told["event"], told["root"]) == ("checkpoint", json.loads(file.read_text())["root"])
    key = SigningKey.read(tmp_path / "key.pem")
    assert await append_checkpoint(database, key, file, no_sooner=timedelta(hours=23)) is None
    assert file.read_text().count("\n") == 1
