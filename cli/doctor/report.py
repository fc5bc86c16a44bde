"""What the doctor found, in words and as JSON."""

from collections.abc import Iterator, Sequence
from dataclasses import asdict
from datetime import UTC, datetime
from typing import Any

from cli.doctor.examine import Outcome


def words(outcomes: Sequence[Outcome]) -> Iterator[str]:
    """A line for each check, more where something is wrong, and the sum."""
    for outcome in outcomes:
        if outcome.is_sound:
            yield f"ok       {outcome.name}"
        if outcome.waits_for:
            yield f"skipped  {outcome.name}: look at {' and '.join(outcome.waits_for)} first"
        for finding in outcome.findings:
            yield f"PROBLEM  {outcome.name}: {finding.what}"
            if finding.since is not None:
                yield f"         since {finding.since.astimezone(UTC):%d %b %Y %H:%M:%S} UTC"
            yield f"         {finding.do}"
    problems = sum(len(outcome.findings) for outcome in outcomes)
    yield f"{problems} problem(s)." if problems else "Healthy."


def data(outcomes: Sequence[Outcome]) -> dict[str, Any]:
    """For programs: `state` is `ok`, `problem` or `skipped`."""
    return {
        "healthy": all(outcome.is_sound for outcome in outcomes),
        "checks": [
            {
                "name": outcome.name,
                "state": _state(outcome),
                "waits_for": list(outcome.waits_for),
                "findings": [
                    {**asdict(finding), "since": _instant(finding.since)} for finding in outcome.findings
                ],
            }
            for outcome in outcomes
        ],
    }


def _state(outcome: Outcome) -> str:
    if outcome.is_sound:
        return "ok"
    return "problem" if outcome.findings else "skipped"


def _instant(at: datetime | None) -> str | None:
    return at.astimezone(UTC).isoformat(timespec="seconds") if at else None
