"""Waits for a Temporal server until quotes can live on it: ours, or the one that the environment names."""

from collections.abc import Callable

from cli.local.processes import Process
from cli.local.waiting import until
from cli.temporal_prepare import named_in_environment, of_our_own

FIRST_ANSWER = 5.0  # seconds for a server that is not ours, which runs already or does not run
PATIENCE = 60.0


async def make_ready(address: str, server: Process) -> None:
    """Registers what is missing on our own server; returns when a workflow can be started and listed by every
    attribute. Raises `StackError` when the process ends before.
    """
    preparation = of_our_own(address)
    await until(preparation.answers, server)
    await until(preparation.done, server)


async def make_named_ready(say: Callable[[str], None]) -> None:
    """The same on the server that TEMPORAL_ADDRESS names, in the namespace that TEMPORAL_NAMESPACE names."""
    preparation = named_in_environment()
    server = f"Temporal for {preparation.where} (TEMPORAL_ADDRESS)"
    await until(preparation.answers, server, seconds=FIRST_ANSWER)
    await preparation.within(PATIENCE, say)
