"""`firm-offer completion`."""

from enum import StrEnum
from typing import Annotated

import typer
from typer.completion import get_completion_script  # type: ignore[attr-defined]  # its own way, for every program

from cli.main import COMPLETE_VARIABLE

PROGRAM = "firm-offer"


class Shell(StrEnum):
    """Those that the library knows and that people have."""

    BASH = "bash"
    ZSH = "zsh"
    FISH = "fish"


def completion(shell: Annotated[Shell, typer.Argument(help="Which shell.")]) -> None:
    """Print what makes a shell complete commands: eval "$(firm-offer completion bash)"."""
    script = get_completion_script(prog_name=PROGRAM, complete_var=COMPLETE_VARIABLE, shell=shell)
    typer.echo(script)
