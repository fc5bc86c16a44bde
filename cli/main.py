"""The command `firm-offer`. Each subcommand is a file of its own, imported only when it is called."""

import importlib
from typing import Any, cast

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from cli.stack.errors import StackError

# What is called, and where it lives: a function is one command, a `typer.Typer` a group of them.
COMMANDS = {
    "run": "cli.run:run",
    "setup": "cli.setup:setup",
    "migrate": "cli.migrate:migrate",
    "db-revision": "cli.db_revision:db_revision",
    "fast-forward": "cli.fast_forward:fast_forward",
}


class Commands(TyperGroup):
    """Finds commands by the table, and turns what a person can mend into one sentence and exit code 1."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - the library's signature
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> TyperCommand | TyperGroup | None:  # noqa: ARG002 - as above
        if cmd_name not in COMMANDS:
            return None
        module, _, name = COMMANDS[cmd_name].partition(":")
        found = getattr(importlib.import_module(module), name)
        if not isinstance(found, typer.Typer):
            single = typer.Typer(add_completion=False)
            single.command(cmd_name)(found)
            found = single
        return cast("TyperCommand | TyperGroup", get_command(found))

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except StackError as error:
            typer.echo(f"firm-offer: {error}", err=True)
            raise typer.Exit(1) from error


app = typer.Typer(
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
