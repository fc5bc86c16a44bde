"""The same form counts once, however often it is sent: by a second click, the back button, or another tab."""

import hashlib
import json
import re
from collections.abc import Mapping
from secrets import token_urlsafe
from typing import Any, Final
from uuid import NAMESPACE_URL, uuid5

from adapters.db.inbox.kept_answers import Idempotency
from adapters.db.parties.sessions import DeskUser
from api.desk.shell.signed_in import actor_of

_FORM_ID: Final = re.compile(r"[A-Za-z0-9_-]{16,64}")


def new_form_id() -> str:
    """What a page hides in its form, by which the form is known when it comes again."""
    return token_urlsafe(18)


def once(user: DeskUser, form_id: str, said: Any) -> Idempotency | None:
    """The same form with the same words (`said`, as JSON) is one request; with other words it is another one. None for a form
    without an id.
    """
    if _FORM_ID.fullmatch(form_id) is None:
        return None
    digest = _digest(said)
    return Idempotency(caller=actor_of(user), key=f"{form_id}.{digest[:32]}", body_hash=digest)


def id_once(user: DeskUser, form_id: str, said: Mapping[str, Any]) -> str:
    """The id of what a form makes that is no command: the same for the same form with the same words."""
    told = form_id if _FORM_ID.fullmatch(form_id) else new_form_id()
    return str(uuid5(NAMESPACE_URL, f"{actor_of(user)}/{told}/{_digest(said)}"))


def _digest(said: Any) -> str:
    text = json.dumps(said, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()
