"""Whether the servers answer, and Temporal has what quotes need: namespace, search attributes, workers."""

import asyncio
import contextlib
import http.client
import json
from urllib.parse import urlsplit

from adapters.db.contents import ping
from adapters.db.errors import FORM, MALFORMED, REFUSALS, DatabaseUnavailableError, Obstacle, first_line
from adapters.mail.sender import MailError, SmtpSender
from adapters.payload_keys import VARIABLE
from adapters.temporal.codec import PayloadKeyError, require_payload_keys
from adapters.temporal.polling import not_polled, tasks_of
from adapters.temporal.prepare import is_registered, missing_search_attributes
from cli.doctor.examine import Finding, Installation
from cli.doctor.remedies import REMEDIES, TRIED_FOR, remedy
from workflows.contract import WorkKind, mail_queue, webhook_queue

_SET_UP = "Run `firm-offer temporal-setup`, or have the server's administrator do it."


async def namespace(at: Installation) -> list[Finding]:
    """It is registered."""
    if await is_registered(at.client):
        return []
    return [Finding(what=f"{at.client.namespace} (TEMPORAL_NAMESPACE) is not registered", do=_SET_UP)]


async def search_attributes(at: Installation) -> list[Finding]:
    """All are registered, each with its type."""
    missing = await missing_search_attributes(at.client)
    if not missing:
        return []
    names = ", ".join(f"{name} ({kind})" for name, kind in missing.items())
    return [Finding(what=f"not registered, which blocks all quotes: {names}", do=_SET_UP)]


async def payload_keys(at: Installation) -> list[Finding]:
    """What the open runs were started with can be read; a worker that cannot read them does not start."""
    try:
        await require_payload_keys(at.client)
    except PayloadKeyError as error:
        do = (
            f"Put that key into the file of {VARIABLE}, behind the one that encrypts, and restart worker and API; "
            "until then nothing is decided about the quotes that were encrypted by it."
        )
        return [Finding(what=f"histories cannot be decrypted: {error}", do=do)]
    return []


async def workers(at: Installation) -> list[Finding]:
    """Somebody takes the tasks of decisions."""
    return await _idle(at, WorkKind.DECISIONS)


async def deliveries(at: Installation) -> list[Finding]:
    """Somebody takes the tasks of deliveries, which have queues of their own."""
    return await _idle(at, WorkKind.DELIVERIES)


async def _idle(at: Installation, work: WorkKind) -> list[Finding]:
    """One for each queue of the work."""
    queue = at.settings.task_queue
    until_then = {
        queue: "nothing is decided",
        mail_queue(queue): "no email is sent and no document made",
        webhook_queue(queue): "no webhook is told and no order handed over",
    }
    idle = await not_polled(at.client, tasks_of(queue, [work]))
    findings = []
    for its_queue in dict.fromkeys(tasks.queue for tasks in idle):
        missed = {tasks.name: last for tasks, last in idle.items() if tasks.queue == its_queue}
        do = (
            f"Start one (`python worker.py --only {work}`, or without --only for both kinds of work) with "
            f"FIRM_OFFER_TASK_QUEUE={queue}; until then {until_then[its_queue]}."
        )
        what = f"no worker is polling the task queue {its_queue} for {', '.join(missed)} tasks"
        since = max((seen for seen in missed.values() if seen), default=None)
        findings.append(Finding(what=what, since=since, do=do))
    return findings


LIMIT = 3.0
_OK = 200


async def postgres(at: Installation) -> list[Finding]:
    """One trivial statement."""
    try:
        async with asyncio.timeout(LIMIT), at.database.read() as r:
            await ping(r)
    except TimeoutError:
        return [Finding(what="it is not responding at DATABASE_URL", do=REMEDIES[Obstacle.UNREACHABLE])]
    except DatabaseUnavailableError as error:
        return [Finding(what=f"at DATABASE_URL it {error.obstacle.words}", do=REMEDIES[error.obstacle])]
    except MALFORMED:
        return [Finding(what="DATABASE_URL is malformed", do=f"Correct it: {FORM}.")]
    except REFUSALS as error:
        do = f"Correct DATABASE_URL ({FORM}), or what the server says."
        return [Finding(what=f"it cannot be used at DATABASE_URL: {first_line(error)}", do=do)]
    return []


async def temporal(at: Installation) -> list[Finding]:
    """The server's own health check."""
    if await at.runs.ping(limit=LIMIT):
        return []
    what = f"it is not responding at {at.settings.temporal_address} (TEMPORAL_ADDRESS)"
    do = "Start it, or correct TEMPORAL_ADDRESS; until then commands are stored, and decided afterwards."
    return [Finding(what=what, do=do)]


async def mail(at: Installation) -> list[Finding]:
    """It lets in whoever sends mails, encrypted where they have to be; no mail is sent."""
    url = at.settings.smtp_url.get_secret_value()
    requires = at.settings.smtp_starttls == "required"
    try:
        await SmtpSender(url, requires_tls=requires, step_seconds=LIMIT, whole_seconds=2 * LIMIT).try_out()
    except ValueError as wrong:
        return [Finding(what=f"SMTP_URL is malformed: {wrong}", do="Correct it.")]
    except MailError as wrong:
        parts = urlsplit(url)
        where = f"{parts.hostname}:{parts.port or 'its usual port'}"
        answer = "" if wrong.answer == str(wrong) else f" ({wrong.answer})"
        do = f"{remedy(wrong.answer)} Until then emails wait, for at most {TRIED_FOR} each."
        return [Finding(what=f"{wrong}{answer}, at {where} (SMTP_URL)", do=do)]
    return []


async def api(at: Installation) -> list[Finding]:
    """What `/readyz` says at the address that customers' links have, or at one that is ours alone."""
    url = at.settings.api_url or at.settings.public_url
    setting = "FIRM_OFFER_API_URL" if at.settings.api_url else "FIRM_OFFER_URL"
    try:
        status, body = await asyncio.to_thread(_get, url, "/readyz")
    except (OSError, http.client.HTTPException, ValueError):
        what = f"nothing is responding at {url} ({setting})"
        do = (
            "Start the API, or set FIRM_OFFER_URL to the address where customers reach it: links in "
            "emails lead there."
        )
        if at.settings.api_url:
            do = "Start the API, or set FIRM_OFFER_API_URL to the address where this machine reaches it."
        return [Finding(what=what, do=do)]
    if status == _OK:
        return []
    do = "Fix what it names; the API and this command may have different settings."
    return [Finding(what=f"{url} is not ready: {_told(body) or f'HTTP {status}'}", do=do)]


def _get(url: str, path: str) -> tuple[int, bytes]:
    parts = urlsplit(url)
    kind = http.client.HTTPSConnection if parts.scheme == "https" else http.client.HTTPConnection
    connection = kind(parts.hostname or "", parts.port, timeout=LIMIT)
    with contextlib.closing(connection):
        connection.request("GET", parts.path.rstrip("/") + path)
        answer = connection.getresponse()
        return answer.status, answer.read()


def _told(body: bytes) -> str:
    """The checks that failed, where the answer is the API's own."""
    try:
        checks = json.loads(body)["checks"]
        return ", ".join(f"{name} {state}" for name, state in checks.items() if state != "ok")
    except (ValueError, KeyError, TypeError, AttributeError):
        return ""
