"""The commands that wait for a quote's decision, in the order in which they will get it."""

import json
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime

from domain.errors import MalformedCommandError
from domain.quotes.commands import NAMES, Command, to_command, turn
from domain.quotes.envelope import Envelope, read_envelope


@dataclass(frozen=True, slots=True)
class Waiting:
    """A command beside the envelope it came in; the record compares that with the stored one.

    `command` is None, and `problem` says why, where the envelope is whole but no command can be made of it.
    """

    envelope: Envelope
    command: Command | None = None
    problem: str = ""

    @property
    def turn(self) -> tuple[datetime, int, str]:
        """Sort key: see `domain.quotes.commands.turn`; what is no command comes after equals."""
        if self.command is None:
            return (self.envelope.received_at, len(NAMES), self.envelope.command_id)
        return turn(self.command)


@dataclass
class Inbox:
    """Takes whatever a signal carries and never raises; knows each command once."""

    unreadable: int = 0
    _waiting: dict[str, Waiting] = field(default_factory=dict)
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
            waiting = Waiting(envelope, to_command(envelope))
        except MalformedCommandError as why:
            waiting = Waiting(envelope, problem=str(why))
        self._waiting[envelope.command_id] = waiting

    def add_stored(self, envelopes: Sequence[Envelope]) -> bool:
        """Commands found in the record; whether one of them was not known here."""
        before = len(self._waiting)
        for envelope in envelopes:
            self.add(envelope)
        return len(self._waiting) > before

    def first(self) -> Waiting | None:
        """Whose turn it is."""
        return min(self._waiting.values(), key=lambda w: w.turn, default=None)

    def settle(self, command_id: str) -> None:
        """The command has its outcome on record; the same id again is ignored."""
        self._waiting.pop(command_id, None)
        self._settled.add(command_id)

    def replace(self, forged: Envelope, stored: Envelope | None) -> None:
        """The command that the record holds under a forged one's id takes its place, if there is one.

        It would not be signalled again: the server drops a repeat of its request while this run is open.
        """
        self._waiting.pop(forged.command_id, None)
        if stored is not None and stored != forged:
            self.add(stored)

    def knows(self, command_id: str) -> bool:
        """Whether the command waits or has been settled in this run."""
        return command_id in self._waiting or command_id in self._settled

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
        """As many as `size` bytes hold, in their turn."""
        taken: list[Envelope] = []
        for envelope in self.envelopes:
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
