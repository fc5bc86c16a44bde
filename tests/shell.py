"""Commands as a person calls them in a shell, in the tests' own process: a process for each would take half a second.

What the shell says is told to Python alone. The C library's `setenv` may move the environment while a thread of the
Temporal SDK, or of a look-up of names, reads it, which ends the process by a segmentation fault.
"""

import asyncio
import os
from collections.abc import Mapping
from unittest import mock

from typer.testing import CliRunner, Result

from cli.main import app


def call(*words: object, env: Mapping[str, str | None] | None = None, stdin: str | None = None) -> Result:
    """`firm-offer` with these words, in a shell that says `env` besides; None takes a variable away. It ends as a
    program does, never by an exception or with a traceback.
    """
    with mock.patch.multiple(os, putenv=_kept_from_c, unsetenv=_kept_from_c):
        ended = CliRunner().invoke(app, [str(word) for word in words], env=env, input=stdin)
    assert ended.exception is None or isinstance(ended.exception, SystemExit), ended.exception
    assert "Traceback" not in ended.output
    return ended


async def firm_offer(
    *words: object, env: Mapping[str, str | None] | None = None, stdin: str | None = None
) -> Result:
    """As `call`, beside whatever runs in the tests' loop."""
    return await asyncio.to_thread(call, *words, env=env, stdin=stdin)


def refused(ended: Result) -> str:
    """What a command that did nothing says: one sentence or a few, to standard error, and exit code 1."""
    assert (ended.exit_code, ended.stdout) == (1, ""), ended.output
    assert ended.stderr.startswith("firm-offer: ")
    return str(ended.stderr)


def _kept_from_c(*_: object) -> None:
    """Takes a change of the environment and does nothing."""
