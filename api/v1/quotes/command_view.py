"""A command and its outcome as JSON."""

from typing import Any

from adapters.db.quotes.views import CommandView
from api.dispatch.submit import Undecided
from api.http.times import instant
from api.v1.quotes.quote_view import PREFIX


def command_data(command: CommandView, quote: dict[str, Any] | None) -> dict[str, Any]:
    """How a command ended, with the quote as it is now where there is one."""
    return {
        "command_id": command.id,
        "quote_id": command.quote_id,
        "name": command.name,
        "status": str(command.status),
        "code": command.code,
        "detail": command.detail,
        "current_status": str(command.current_status) if command.current_status else None,
        "allowed_actions": list(command.allowed_actions),
        "received_at": instant(command.received_at),
        "decided_at": instant(command.decided_at),
        "quote": quote,
        "links": _links(command.id, command.quote_id),
    }


def undecided_data(undecided: Undecided) -> dict[str, Any]:
    """The body of a 202: what was stored, and what the workflow said of it."""
    return {
        "command_id": undecided.command_id,
        "quote_id": undecided.quote_id,
        "number": undecided.number,
        "status": "pending",
        "workflow": undecided.said,
        "links": _links(undecided.command_id, undecided.quote_id),
    }


def command_path(command_id: str) -> str:
    """Where a command's outcome is told."""
    return f"{PREFIX}/commands/{command_id}"


def quote_path(quote_id: str) -> str:
    """Where a quote is read."""
    return f"{PREFIX}/quotes/{quote_id}"


def _links(command_id: str, quote_id: str) -> dict[str, str]:
    return {"self": command_path(command_id), "quote": quote_path(quote_id)}
