"""What helps, by the cause that was seen."""

import re
from datetime import timedelta
from typing import Final

from activities.delivery import NO_DOCUMENT
from adapters.db.errors import Obstacle
from domain.quotes.notices import GIVE_UP_AFTER
from domain.wording import counted

TRIED_FOR: Final = counted(GIVE_UP_AFTER // timedelta(hours=1), "hour")
"""How long a mail is."""

REPAIR: Final = "`firm-offer doctor --repair` starts a run for a quote whose run is missing."

REMEDIES: Final = {
    Obstacle.UNREACHABLE: "Start it, or correct DATABASE_URL; until then every request is answered with 503.",
    Obstacle.READ_ONLY: "Let DATABASE_URL lead to the server that takes changes, or take back what makes this one read-only "
    "(default_transaction_read_only, a standby that is not promoted).",
    Obstacle.FULL: "Make room on the disk of PostgreSQL's data, or give it a larger one; nothing need be started again.",
    Obstacle.CROWDED: "Raise PostgreSQL's max_connections, or run fewer processes: each of the product's takes ten.",
    Obstacle.SHORT: "Look at PostgreSQL's log, which names what it lacks.",
    Obstacle.BUSY: "Look in pg_stat_activity for a session that holds locks for long, and end that.",
}
"""Where the database cannot do what it is asked."""

_MAILS: Final = (
    (
        re.escape(NO_DOCUMENT),
        "Look for document_not_made in the worker's log; an email that has waited long enough goes out without it.",
    ),
    (
        "the seller has no e?mail address",
        "Give the seller an email address with `firm-offer seller set FILE`.",
    ),
    (
        "the mail server offers no STARTTLS",
        "Let it offer STARTTLS, use smtps:// in SMTP_URL, or take back SMTP_STARTTLS=required.",
    ),
    (
        "the mail server offers no encryption",
        "Let it offer STARTTLS, or use smtps:// in SMTP_URL: the password is not sent in clear text.",
    ),
    (
        r"53[0458]\b",
        "Correct user and password in SMTP_URL: the mail server does not let us in with these.",
    ),
    (
        "no mail server|the connection broke|the mail server takes",
        "Start the mail server, or correct SMTP_URL: it could not be reached.",
    ),
    (
        r"4\d\d\b",
        "Look at the mail server's answer and at its log: it is responding, but defers these.",
    ),
    (
        r"5\d\d\b|(no|an) address that",
        "Correct the address, or whatever else the mail server's answer names: it is responding, but refuses these.",
    ),
    (".", "Look at the worker's log for message_delayed and message_failed."),
)
"""By the beginning of what the last attempt came to: the mail server's own answer, or our words for what it met."""

OTHER: Final = _MAILS[-1][1]
NO_ATTEMPT: Final = f"No attempt is on record: look at the worker's log. {REPAIR}"


def remedy(error: str) -> str:
    """What helps a mail whose last attempt came to `error`; "" where no attempt is on record."""
    return next((do for start, do in _MAILS if re.match(start, error)), "")
