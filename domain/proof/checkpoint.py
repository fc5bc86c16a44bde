"""Checkpoints: signed Merkle roots over the ends of all quotes' chains, for keeping outside the database.

The tree is RFC 6962's: a leaf is SHA-256 over 0x00 and its data, a node over 0x01 and its two children. A leaf's data is
the canonical JSON of number, sequence and hash; leaves are in the order of their numbers' characters.
"""

import hashlib
import json
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

from domain import instants
from domain.canonical import canonical_json
from domain.proof.mismatch import UNREADABLE, Mismatch


class CheckpointError(Exception):
    """A file of checkpoints does not hold together; its words say where and how."""


@dataclass(frozen=True, slots=True)
class Tip:
    """The end of a quote's chain of events."""

    number: str
    sequence: int
    hash: str

    @property
    def leaf(self) -> bytes:
        """Its leaf in the tree."""
        data = canonical_json([self.number, self.sequence, self.hash])
        return hashlib.sha256(b"\x00" + data.encode()).digest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Checkpoint:
    """One line of the file. `tips` are those that are new since the checkpoint whose root is `previous`; `root` is over
    the `quotes` that there are. `public_key` and `signature` are Ed25519's, as hexadecimal digits.
    """

    at: datetime
    quotes: int
    root: str
    previous: str | None
    tips: tuple[Tip, ...]
    public_key: str
    signature: str = ""

    @property
    def signed(self) -> bytes:
        """What the signature is over: the canonical JSON of everything else."""
        return canonical_json({k: v for k, v in self.to_data().items() if k != "signature"}).encode()

    def to_data(self) -> dict[str, Any]:
        """As it stands in the file."""
        return {
            "at": instants.stored(self.at),
            "quotes": self.quotes,
            "root": self.root,
            "previous": self.previous,
            "tips": [[tip.number, tip.sequence, tip.hash] for tip in self.tips],
            "public_key": self.public_key,
            "signature": self.signature,
        }


@dataclass
class Ledger:
    """What the checkpoints of a file say together. `anchors` are all tips that any of them told of."""

    newest: Checkpoint | None = None
    count: int = 0
    tips: dict[str, Tip] = field(default_factory=dict)
    anchors: list[Tip] = field(default_factory=list)

    def next(self, found: Iterable[Tip], *, at: datetime, public_key: str) -> Checkpoint:
        """The checkpoint that follows, not signed yet, given the tips of all quotes."""
        ends = {tip.number: tip for tip in found}
        new = tuple(ends[number] for number in sorted(ends) if ends[number] != self.tips.get(number))
        return Checkpoint(
            at=at,
            quotes=len(ends),
            root=merkle_root([ends[number].leaf for number in sorted(ends)]),
            previous=self.newest.root if self.newest else None,
            tips=new,
            public_key=public_key,
        )

    def inclusion(self, number: str) -> dict[str, Any] | None:
        """What proves to anybody who trusts the newest root that it holds the quote's tip: place, size and path (RFC 6962,
        2.1.1); None for a quote that it does not hold.
        """
        if number not in self.tips or self.newest is None:
            return None
        numbers, tip = sorted(self.tips), self.tips[number]
        path = inclusion_path([self.tips[each].leaf for each in numbers], index := numbers.index(number))
        held = {"sequence": tip.sequence, "hash": tip.hash, "leaf": tip.leaf.hex()}
        return {**held, "index": index, "size": len(numbers), "path": path, "root": self.newest.root}


def read_checkpoints(lines: Iterable[str], is_signed: Callable[[Checkpoint], bool]) -> Ledger:
    """What a file says. Raises CheckpointError for the first line that is none, is not signed by the one key that
    signed them all, does not follow the line before, or whose root is not that of its tips (of the last line).
    """
    ledger = Ledger()
    for count, line in enumerate(lines, start=1):
        found, before = _read(line, count), ledger.newest
        if before is not None and found.public_key != before.public_key:
            raise CheckpointError(f"Line {count} is signed by another key than the lines before it.")
        if not is_signed(found):
            raise CheckpointError(f"Line {count} does not have the signature of its key.")
        if found.previous != (before.root if before else None):
            raise CheckpointError(
                f"Line {count} does not follow the line before it: one was changed or removed."
            )
        ledger.newest, ledger.count = found, count
        ledger.anchors += found.tips
        ledger.tips |= {tip.number: tip for tip in found.tips}
    newest, ends = ledger.newest, sorted(ledger.tips)
    if newest and (newest.quotes, newest.root) != (
        len(ends),
        merkle_root([ledger.tips[n].leaf for n in ends]),
    ):
        raise CheckpointError(f"The root in line {ledger.count} is not the one of its quotes.")
    return ledger


def _read(line: str, count: int) -> Checkpoint:
    try:
        data = json.loads(line)
        return Checkpoint(
            **{
                **data,
                "at": instants.read(data["at"]),
                "tips": tuple(Tip(n, s, h) for n, s, h in data["tips"]),
            }
        )
    except UNREADABLE as error:
        raise CheckpointError(f"Line {count} is no checkpoint.") from error


def changed_since(anchors: Iterable[Tip], held: Mapping[str, Mapping[int, str]]) -> dict[str, Mismatch]:
    """What does not match of each quote, by its number: the first thing only. `held` are the hashes on record of the
    anchors' quotes and sequences; a quote that is not on record has no entry.
    """
    found: dict[str, Mismatch] = {}
    for tip in anchors:
        hashes = held.get(tip.number)
        if tip.number in found or (hashes is not None and hashes.get(tip.sequence) == tip.hash):
            continue
        if hashes is None:
            found[tip.number] = Mismatch(place="the quote", what="it is not there any more")
        elif tip.sequence not in hashes:
            found[tip.number] = Mismatch(place=f"event {tip.sequence}", what="it is not there any more")
        else:
            what = "it is another than at the checkpoint, or one before it is"
            found[tip.number] = Mismatch(
                place=f"event {tip.sequence}", what=what, expected=tip.hash, found=hashes[tip.sequence]
            )
    return found


def merkle_root(leaves: Sequence[bytes]) -> str:
    """The tree's root as 64 hexadecimal digits; of no leaves, SHA-256 over nothing."""
    level = list(leaves)
    while len(level) > 1:
        level = _above(level)
    return (level[0] if level else hashlib.sha256(b"").digest()).hex()


def inclusion_path(leaves: Sequence[bytes], index: int) -> list[str]:
    """The siblings on the way from the leaf to the root, the lowest first."""
    path, level = [], list(leaves)
    while len(level) > 1:
        if (sibling := index ^ 1) < len(level):
            path.append(level[sibling].hex())
        level, index = _above(level), index // 2
    return path


def root_of_path(leaf: bytes, index: int, size: int, path: Sequence[str]) -> str:
    """The root to which a leaf's path leads. Raises ValueError for a path that is none of this place and size."""
    siblings, node = iter(path), leaf
    while size > 1:
        if (sibling := index ^ 1) < size:
            other = bytes.fromhex(next(siblings, "none"))
            node = _node(other, node) if sibling < index else _node(node, other)
        index, size = index // 2, (size + 1) // 2
    if next(siblings, None) is not None:
        raise ValueError("the path is too long")
    return node.hex()


def _above(level: Sequence[bytes]) -> list[bytes]:
    """The nodes above; one without a sibling goes up as it is, which makes RFC 6962's tree."""
    pairs = [_node(level[i], level[i + 1]) for i in range(0, len(level) - 1, 2)]
    return pairs + list(level[len(pairs) * 2 :])


def _node(left: bytes, right: bytes) -> bytes:
    return hashlib.sha256(b"\x01" + left + right).digest()
