"""The commands that wait for a quote's decision, in the order in which they will get it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from domain.errors import MalformedCommandError
from domain.quotes.commands import Command, to_command, turn, turn_of
from domain.quotes.envelope import Envelope, read_envelope
from domain.quotes.payloads import for_decision
from domain.quotes.record import RecordResult, RecordStatus


@dataclass(frozen=True, slots=True)
class ReceivedCommand:
    """A command beside the envelope it came in; the record compares that with the stored one.

    `command` is None, and `problem` says why, where the envelope is whole but no command can be made of it.
    """

    envelope: Envelope
    command: Command | None = None
    problem: str = ""

    @property
    def turn(self) -> tuple[datetime, int, str]:
        """Sort key: see `domain.quotes.commands.turn`."""
        return turn(self.command) if self.command else turn_of(self.envelope)


@dataclass
class Inbox:
    """Takes whatever a signal carries and never raises; knows each command once. `passed_over` are those that the record
    holds just so and will not take a decision about.
    """

    unreadable: int = 0
    passed_over: tuple[str, ...] = ()
    _waiting: dict[str, ReceivedCommand] = field(default_factory=dict)
    _settled: set[str] = field(default_factory=set)

    def take(self, name: str, args: Sequence[object]) -> None:
        """A signal's arguments: one, a command's envelope; anything else counts as unreadable."""
        try:
            self.add(read_envelope(name, args[0] if len(args) == 1 else None))
        except MalformedCommandError:
            self.unreadable += 1

    def add(self, envelope: Envelope) -> None:
        """An envelope that could be read."""
        if self.knows(envelope.command_id):
            return
        try:
            waiting = ReceivedCommand(envelope, to_command(envelope))
        except MalformedCommandError as why:
            waiting = ReceivedCommand(envelope, problem=str(why))
        self._waiting[envelope.command_id] = waiting

    def add_stored(self, envelopes: Sequence[Envelope]) -> bool:
        """Commands found in the record; whether one of them was not known here."""
        before = len(self._waiting)
        for envelope in envelopes:
            self.add(envelope)
        return len(self._waiting) > before

    def take_first(self, envelopes: Sequence[Envelope]) -> None:
        """Commands that the record wants decided first, whatever was known of them here: it holds no outcome of them."""
        for envelope in envelopes:
            self._waiting.pop(envelope.command_id, None)
            self._settled.discard(envelope.command_id)
            self.add(envelope)

    def first(self) -> ReceivedCommand | None:
        """Whose turn it is."""
        return min(self._waiting.values(), key=lambda w: w.turn, default=None)

    def note(self, decided: Envelope, result: RecordResult) -> None:
        """What the record says to a decision; one that it finds stale is made anew."""
        if result.status is RecordStatus.MALFORMED:
            self.replace(decided, result.stored)
        elif result.status is RecordStatus.PRECEDED:
            self.take_first(result.earlier)
        elif result.status is not RecordStatus.STALE:
            self.settle(decided.command_id)

    def settle(self, command_id: str) -> None:
        """The command has its outcome on record; the same id again is ignored."""
        self._waiting.pop(command_id, None)
        self._settled.add(command_id)

    def replace(self, forged: Envelope, stored: Envelope | None) -> None:
        """The command that the record holds under a forged one's id takes its place, if there is one.

        It would not be signalled again: the server drops a repeat of its request while this run is open.
        """
        self._waiting.pop(forged.command_id, None)
        if stored == forged:
            self.passed_over += (forged.command_id,)
        elif stored is not None:
            self.add(stored)

    def knows(self, command_id: str) -> bool:
        """Whether the command waits, or has been settled or passed over in this run."""
        return any(command_id in ids for ids in (self._waiting, self._settled, self.passed_over))

    def receipt(self, command_id: str) -> str:
        """`decided`, `waiting` (also while being decided), or `unknown` to this run."""
        if command_id in self._settled:
            return "decided"
        return "waiting" if command_id in self._waiting else "unknown"

    @property
    def envelopes(self) -> tuple[Envelope, ...]:
        """The waiting commands in their turn, to travel into a next run or to be shown."""
        waiting = sorted(self._waiting.values(), key=lambda w: w.turn)
        return tuple(w.envelope for w in waiting)

    def first_envelopes(self, size: int) -> tuple[Envelope, ...]:
        """As many as `size` bytes hold, in their turn, each without what an earlier program may have signalled of persons."""
        taken: list[Envelope] = []
        for envelope in map(for_decision, self.envelopes):
            size -= len(
                json.dumps(envelope.to_data(), ensure_ascii=False, default=str).encode(errors="replace")
            )
            if size < 0:
                break
            taken.append(envelope)
        return tuple(taken)

    @property
    def is_empty(self) -> bool:
        """Whether nothing waits, not even something unreadable."""
        return not self._waiting and not self.unreadable
