"""What routes work with: made once per process, or handed in by a test."""

import asyncio
import time
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from typing import Annotated, Final

from fastapi import Depends
from starlette.requests import Request

from adapters import logs
from adapters.db.contents import WriteProbe
from adapters.db.database import Database, DatabaseUnavailableError
from adapters.db.inbox.kept_answers import forget_answers
from adapters.db.inbox.outcomes import Outcomes
from adapters.db.parties.keys import KeyRing
from adapters.db.parties.sessions import forget_signed_in
from adapters.db.quotes.watching import QuoteWatch
from adapters.db.record.feed import FeedNews
from adapters.db.record.webhooks import forget_deliveries
from adapters.logs import configure_logging
from adapters.mail.sender import SmtpSender
from adapters.pdf.drafts import DraftPdf
from adapters.settings import Settings
from adapters.temporal.client import connect
from adapters.tokens import ApiKeyHashes, LinkTokens, WebhookSecrets
from api.checkpoints import log_checkpoints
from api.desk.sign_in.asking import SignInPost
from api.dispatch.backlog import Backlog
from api.dispatch.breaker import Breaker
from api.dispatch.relay import Relay
from api.dispatch.runs import QuoteRuns
from api.dispatch.submit import CommandDispatcher
from api.dispatch.wake_webhooks import wake_webhooks

PAUSE_SECONDS: Final = 3600.0
WEBHOOK_LOG_DAYS: Final = 30
"""How long the log keeps what has been told to an endpoint, or was given up."""
_log = logs.logger(__name__)


async def keep_house(database: Database) -> None:
    """Runs until it is cancelled; a database that is away is tried again an hour later."""
    while True:
        try:
            async with database.write() as writing:
                forgotten = await forget_answers(writing)
                if ended := await forget_signed_in(writing):
                    _log.info("sign_ins_forgotten", count=ended)
                await forget_deliveries(writing, WEBHOOK_LOG_DAYS)
        except DatabaseUnavailableError:
            forgotten = 0
        except Exception as error:  # noqa: BLE001  # must not end what runs beside it
            forgotten = 0
            _log.error("housekeeping_failed", error=type(error).__name__)  # no values in a log
        if forgotten:
            _log.info("answers_forgotten", count=forgotten)
        else:
            await asyncio.sleep(PAUSE_SECONDS)


def _unnoted(public_id: str, error: Exception) -> None:
    _log.warning("key_use_not_noted", public_id=public_id, error=type(error).__name__)


@dataclass(frozen=True, slots=True, kw_only=True)
class Services:
    """The API's adapters and the one way of submitting commands."""

    settings: Settings
    database: Database
    tokens: LinkTokens
    runs: QuoteRuns
    commands: CommandDispatcher
    key_hashes: ApiKeyHashes
    keys: KeyRing
    probe: WriteProbe
    sign_ins: SignInPost
    watch: QuoteWatch
    news: FeedNews
    webhook_secrets: WebhookSecrets
    batch_turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    """One batch of prices at a time: each takes a second of processor time and tens of megabytes."""
    list_turn: asyncio.Lock = field(default_factory=asyncio.Lock)
    """One parts list at a time: a hostile one takes what its bounds allow."""
    drafts: DraftPdf = field(default_factory=DraftPdf)


def services_of(request: Request) -> Services:
    """The services of the app that answers `request`."""
    services: Services = request.app.state.services
    return services


async def _services(request: Request) -> Services:
    # A dependency that is no coroutine would be run in a thread.
    return services_of(request)


ServicesDep = Annotated[Services, Depends(_services)]


@asynccontextmanager
async def opened_services(settings: Settings) -> AsyncIterator[Services]:
    """The services of a process, with relay and housekeeping beside them while the context is open.

    Neither database nor Temporal has to be there at the start: `/readyz` tells when they are.
    """
    configure_logging(settings.log_level)
    database = Database.connect(settings.database_url.get_secret_value())
    tokens = LinkTokens(settings.secret.get_secret_value())
    backlog = Backlog(time.monotonic)
    watch = QuoteWatch(database)

    def heard() -> None:
        backlog.decided()
        watch.hear()

    outcomes = Outcomes(database, heard=heard)
    breaker = Breaker(time.monotonic)
    news = FeedNews(database)
    runs = QuoteRuns(await connect(settings), task_queue=settings.task_queue)
    sender = SmtpSender(
        settings.smtp_url.get_secret_value(), requires_tls=settings.smtp_starttls == "required"
    )
    sign_ins = SignInPost(database, sender, public_url=settings.public_url)
    await outcomes.start()
    watch.start()
    keys = KeyRing(database, time.monotonic, _unnoted)
    beside = [
        asyncio.create_task(Relay(database=database, runs=runs, breaker=breaker).run(), name="relay"),
        asyncio.create_task(wake_webhooks(database, runs), name="webhooks"),
        asyncio.create_task(keep_house(database), name="housekeeping"),
        asyncio.create_task(log_checkpoints(database, settings), name="checkpoints"),
        asyncio.create_task(sign_ins.run(), name="sign-ins"),
    ]
    try:
        yield Services(
            settings=settings,
            database=database,
            tokens=tokens,
            runs=runs,
            commands=CommandDispatcher(
                database=database,
                outcomes=outcomes,
                runs=runs,
                breaker=breaker,
                backlog=backlog,
                clock=time.monotonic,
            ),
            key_hashes=ApiKeyHashes(settings.secret.get_secret_value()),
            keys=keys,
            probe=WriteProbe(database),
            sign_ins=sign_ins,
            watch=watch,
            news=news,
            webhook_secrets=WebhookSecrets(settings.secret.get_secret_value()),
        )
    finally:
        for task in beside:
            task.cancel()
        await asyncio.gather(*beside, return_exceptions=True)
        await sender.close()
        await watch.close()
        await keys.close()
        await news.close()
        await outcomes.close()
        await database.close()
