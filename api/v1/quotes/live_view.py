"""The workflow's own view of a quote as JSON."""

from typing import Any

from adapters.db.quotes.views import QuoteView
from adapters.settings import Settings
from api.http.times import instant
from api.v1.quotes.quote_view import is_expired, temporal_ui_url
from workflows.web_ui import LiveView


def live_data(live: LiveView, recorded: QuoteView, settings: Settings) -> dict[str, Any]:
    """What the run knows, and beside it what depends on now, from the record's clock."""
    quote = live.quote
    return {
        "quote_id": recorded.quote.id,
        "status": str(quote.status) if quote else None,
        "state_version": quote.state_version if quote else None,
        "current_version": quote.current_version if quote else None,
        "valid_until": instant(quote.valid_until) if quote else None,
        "is_expired": is_expired(recorded),
        "waiting_commands": [
            {"command_id": each.command_id, "name": each.name, "received_at": instant(each.received_at)}
            for each in live.waiting
        ],
        "deliveries": list(live.delivering),
        "next_due": instant(live.next_due),
        "next_what": live.next_what,
        "workflow_id": recorded.workflow_id,
        "temporal_ui_url": temporal_ui_url(recorded.workflow_id, settings),
    }
