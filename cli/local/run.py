"""`firm-offer run`."""

from pathlib import Path
from typing import Annotated

import typer

from cli.local.datadir import DataDir
from cli.local.processes.stopping import run_until_stopped
from cli.local.stack import LocalStack


def say(text: str) -> None:
    print(text, flush=True)


def run(
    data_dir: Annotated[Path, typer.Option(help="Where everything is kept.")] = Path(".local"),
    port: Annotated[int, typer.Option(min=0, max=65535, help="The product's port; 0 is a free one.")] = 8000,
) -> None:
    with DataDir(data_dir) as data:
        stack = LocalStack(data, port=port, say=say)
        run_until_stopped(stack.run())
        say("Stopped.")
