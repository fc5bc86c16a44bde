"""Whether the worker beside us is healthy: `python -m adapters.worker_health`, for whoever supervises it.

The worker has no address to ask. It writes into a file, every few seconds, whether Temporal has heard it ask for all
kinds of task that its work consists of; this reads it. It imports nothing but the standard library: it is run again and again.
"""

import os
import sys
import time
from pathlib import Path
from typing import Final

SETTING: Final = "FIRM_OFFER_WORKER_HEALTH_FILE"
SECONDS: Final = 10.0
"""How often the worker writes."""

STALE_SECONDS: Final = 4 * SECONDS
"""A word older than this is none: the worker hangs, or is gone."""

_WELL: Final = "polls Temporal for all of its kinds of task"


def note(file: Path, complaint: str | None) -> None:
    """Write how the worker is: well, or what is wrong. Raises OSError."""
    draft = file.with_name(file.name + ".new")
    draft.write_text((complaint or _WELL) + "\n")
    draft.replace(file)


def complaint(file: Path, *, now: float) -> str | None:
    """What is wrong with the worker that writes this file, at a Unix time; None when it is well."""
    try:
        age, said = now - file.stat().st_mtime, file.read_text().strip()
    except OSError:
        return f"it has not written {file} yet"
    if age > STALE_SECONDS:
        return f"it has not reported for {age:.0f} seconds: it hangs, or is gone"
    return None if said == _WELL else said


def main() -> None:
    """Exit code 0 for a worker that is well; else 1, and one line that says why."""
    named = os.environ.get(SETTING)
    if not named:
        sys.exit(f"{SETTING} is not set, so the worker does not report its health")
    found = complaint(Path(named), now=time.time())
    if found is not None:
        sys.exit(f"The worker is not healthy: {found}.")


if __name__ == "__main__":
    main()
