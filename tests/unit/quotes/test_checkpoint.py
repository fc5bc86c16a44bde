"""Checkpoints: RFC 6962's tree, one signed line after another, and what differs from them."""

import hashlib
import json
from dataclasses import replace
from pathlib import Path

import pytest

from adapters import checkpoints
from adapters.checkpoints import SigningKey
from domain.proof.checkpoint import (
    Checkpoint,
    CheckpointError,
    Ledger,
    Tip,
    changed_since,
    inclusion_path,
    merkle_root,
    read_checkpoints,
    root_of_path,
)
from tests.unit.quotes.build import START

FIRST = [Tip("Q-2026-00001", 3, "a" * 64), Tip("Q-2026-00002", 1, "b" * 64)]
SECOND = [Tip("Q-2026-00001", 5, "c" * 64), FIRST[1], Tip("Q-2026-00003", 2, "d" * 64)]


@pytest.fixture(scope="module")
def key(tmp_path_factory: pytest.TempPathFactory) -> SigningKey:
    return SigningKey.make(tmp_path_factory.mktemp("keys") / "key.pem")


def made(key: SigningKey, *steps: list[Tip]) -> list[Checkpoint]:
    """A checkpoint of each state, one after the other."""
    lines: list[Checkpoint] = []
    for tips in steps:
        ledger = read(lines)
        lines.append(key.sign(ledger.next(tips, at=START, public_key=key.public_key)))
    return lines


def read(lines: list[Checkpoint]) -> Ledger:
    return read_checkpoints(map(checkpoints.as_line, lines), checkpoints.is_signed)


def by_the_book(leaves: list[bytes]) -> bytes:
    """RFC 6962, section 2.1, word for word: split at the largest power of two below the size."""
    if not leaves:
        return hashlib.sha256(b"").digest()
    if len(leaves) == 1:
        return leaves[0]
    split = 1
    while split * 2 < len(leaves):
        split *= 2
    return hashlib.sha256(b"\x01" + by_the_book(leaves[:split]) + by_the_book(leaves[split:])).digest()


@pytest.mark.parametrize("size", [0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 13, 16, 17])
def test_the_tree_is_the_rfc_s(size: int) -> None:
    """The root of every size, and from each leaf a path that leads to it and from no other place."""
    leaves = [hashlib.sha256(bytes([0, i])).digest() for i in range(size)]
    root = merkle_root(leaves)
    assert root == by_the_book(leaves).hex()
    for index, leaf in enumerate(leaves):
        path = inclusion_path(leaves, index)
        assert root_of_path(leaf, index, size, path) == root
        assert root_of_path(b"\x00" * 32, index, size, path) != root
        with pytest.raises(ValueError, match=r"too long|hexadecimal"):
            root_of_path(leaf, index, size, [*path, root])


def test_a_leaf_is_no_node_and_tells_its_quote_apart() -> None:
    """Prefixed by 0x00, over number, sequence and hash."""
    tip = FIRST[0]
    data = b'["Q-2026-00001",3,"' + b"a" * 64 + b'"]'
    assert tip.leaf == hashlib.sha256(b"\x00" + data).digest()
    assert (
        len({tip.leaf, *(replace(tip, **c).leaf for c in ({"number": "Q"}, {"sequence": 4}, {"hash": "b"}))})
        == 4
    )


def test_each_line_tells_what_is_new_and_its_root_is_over_all(key: SigningKey) -> None:
    """The second line names the quotes that moved or came; nothing new is a line too."""
    first, second, third = made(key, FIRST, SECOND, SECOND)
    assert (first.tips, first.previous, first.quotes) == (tuple(FIRST), None, 2)
    assert (second.tips, second.previous, second.quotes) == ((SECOND[0], SECOND[2]), first.root, 3)
    assert second.root == by_the_book([tip.leaf for tip in SECOND]).hex()
    assert (third.tips, third.root, third.previous) == ((), second.root, second.root)
    ledger = read([first, second, third])
    assert (ledger.count, ledger.newest, [*ledger.tips.values()]) == (
        3,
        third,
        [SECOND[0], FIRST[1], SECOND[2]],
    )
    proof = ledger.inclusion("Q-2026-00003")
    assert proof is not None
    assert root_of_path(SECOND[2].leaf, proof["index"], proof["size"], proof["path"]) == second.root
    assert ledger.inclusion("Q-2026-00004") is None


def test_what_was_done_to_the_file_is_named(key: SigningKey, tmp_path: Path) -> None:
    """A changed figure, a line taken out or put elsewhere, another key's line, no line at all."""
    first, second = made(key, FIRST, SECOND)
    other = SigningKey.make(tmp_path / "other.pem")
    forged = other.sign(replace(second, public_key=other.public_key))
    for lines, told in (
        ([replace(first, quotes=3)], "Line 1 does not have the signature"),
        (
            [replace(first, tips=(replace(FIRST[0], hash="f" * 64), FIRST[1]))],
            "Line 1 does not have the signature",
        ),
        ([replace(first, signature="")], "Line 1 does not have the signature"),
        ([replace(first, public_key="x")], "Line 1 does not have the signature"),
        ([second], "Line 1 does not follow"),
        ([first, first], "Line 2 does not follow"),
        ([first, forged], "Line 2 is signed by another key"),
        ([key.sign(replace(first, root="0" * 64))], "The root in line 1 is not"),
    ):
        with pytest.raises(CheckpointError, match=told):
            read(lines)
    for text in ("", "{}", "[]", "1", "not json", json.dumps({**first.to_data(), "more": 1})):
        with pytest.raises(CheckpointError, match="Line 1 is no checkpoint"):
            read_checkpoints([text], checkpoints.is_signed)


def test_what_changed_since_is_named_once_a_quote() -> None:
    """Another hash at that sequence, no such event any more, no such quote any more."""
    anchors = [*FIRST, *SECOND]
    sound = {
        "Q-2026-00001": {3: "a" * 64, 5: "c" * 64},
        "Q-2026-00002": {1: "b" * 64},
        "Q-2026-00003": {2: "d" * 64},
    }
    assert changed_since(anchors, sound) == {}
    rewritten = {**sound, "Q-2026-00001": {3: "e" * 64}}
    del rewritten["Q-2026-00003"]
    rewritten["Q-2026-00002"] = {}
    assert {number: str(each) for number, each in changed_since(anchors, rewritten).items()} == {
        "Q-2026-00001": (
            "event 3: it is another than at the checkpoint, or one before it is "
            "(expected aaaaaaaaaaaa…, found eeeeeeeeeeee…)"
        ),
        "Q-2026-00002": "event 1: it is not there any more",
        "Q-2026-00003": "the quote: it is not there any more",
    }


def test_a_key_is_its_owner_s_alone_and_is_never_written_over(tmp_path: Path) -> None:
    """Mode 600; a file that is there stays; what is no Ed25519 key is told."""
    file = tmp_path / "key.pem"
    key = SigningKey.make(file)
    assert file.stat().st_mode & 0o777 == 0o600
    assert SigningKey.read(file).public_key == key.public_key
    with pytest.raises(FileExistsError):
        SigningKey.make(file)
    (tmp_path / "none.pem").write_text("no key")
    with pytest.raises(CheckpointError, match="holds no key"):
        SigningKey.read(tmp_path / "none.pem")
