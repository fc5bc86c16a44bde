"""Processor time of the processes that take part, theirs and their children's."""

import os
from collections.abc import Mapping

import psutil


def seconds(pid: int) -> float:
    """User and system time so far, of children too."""
    process = psutil.Process(pid)
    total = sum(process.cpu_times()[:4])  # own user and system, then those of children that have ended
    for child in process.children(recursive=True):
        try:
            total += sum(child.cpu_times()[:2])
        except psutil.NoSuchProcess:
            continue
    return float(total)


class CpuMeter:
    """Reads the processes' times at its making; `per_job` tells what was used since, in milliseconds.

    `driver` is this process: the one that calls.
    """

    def __init__(self, pids: Mapping[str, int]) -> None:
        self._pids = dict(pids) | {"driver": -1}
        self._before = self._now()

    def per_job(self, jobs: int) -> dict[str, float]:
        """Milliseconds per job by process."""
        now = self._now()
        return {name: (now[name] - self._before[name]) * 1000 / jobs for name in self._pids}

    def _now(self) -> dict[str, float]:
        own = sum(os.times()[:2])
        return {name: own if pid < 0 else seconds(pid) for name, pid in self._pids.items()}
