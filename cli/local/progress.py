"""Says what takes long, in one line that is renewed on a terminal and rare in a log."""

import sys
import time

RARELY = 30.0  # seconds between two lines of a log


class Progress:
    def __init__(self, what: str) -> None:
        self._what = what
        self._began = time.monotonic()
        self._said = 0.0
        self._terminal = sys.stderr.isatty()

    def show(self, detail: str) -> None:
        """The time so far and `detail`; call it as often as you like."""
        now = time.monotonic()
        if self._terminal:
            sys.stderr.write(f"\r\033[K{self._line(detail)}")
        elif now - self._said >= RARELY:
            self._said = now
            sys.stderr.write(self._line(detail) + "\n")
        sys.stderr.flush()

    def done(self, detail: str = "done") -> None:
        sys.stderr.write(("\r\033[K" if self._terminal else "") + self._line(detail) + "\n")
        sys.stderr.flush()

    def _line(self, detail: str) -> str:
        minutes, seconds = divmod(int(time.monotonic() - self._began), 60)
        return f"  {self._what} ({minutes}:{seconds:02d}): {detail}"
