"""Mails with sign-in links: asked for by anybody, sent in the background to those who were let in.

Whoever asks is answered before anybody has looked whether the address is known, so neither the answer nor the time that it
takes tells it. Decision 0044.
"""

import asyncio
from collections.abc import Awaitable, Callable
from dataclasses import asdict, dataclass
from datetime import UTC, datetime, timedelta
from typing import Final, TypeVar
from uuid import uuid4

from adapters import logs
from adapters.db.database import Database, DatabaseUnavailableError
from adapters.db.parties.seller import get_seller
from adapters.db.parties.sign_ins import make_link
from adapters.mail.compose import UnsafeHeaderError, compose_sign_in
from adapters.mail.render import SignInMail
from adapters.mail.sender import MailError, SmtpSender, TemporaryMailError
from adapters.tokens import new_token, token_hash
from domain.people.roles import LINK_MINUTES
from domain.presentation.letterhead import letterhead

PATIENCE_SECONDS: Final = 120.0
"""For how long a record or a mail server that is away is tried again. Afterwards whoever waits has asked once more."""
_FIRST_PAUSE: Final = 0.5
_LONGEST_PAUSE: Final = 15.0
_AT_ONCE: Final = 4
_MOST_WAITING: Final = 200
_log = logs.logger(__name__)
_Result = TypeVar("_Result")


@dataclass(frozen=True, slots=True, kw_only=True)
class AskedLink:
    """What somebody typed, and the browser that it was typed in. The address is in small letters."""

    address: str
    browser_hash: str
    leads_to: str


class SignInPost:
    """Takes what is asked for at once, and sends what has to be sent soon after. What waits when the process ends is lost:
    whoever waits for it asks again.
    """

    def __init__(self, database: Database, sender: SmtpSender, *, public_url: str) -> None:
        self._database = database
        self._sender = sender
        self._public_url = public_url.rstrip("/")
        self._asked: asyncio.Queue[AskedLink] = asyncio.Queue(_MOST_WAITING)

    def ask(self, asked: AskedLink) -> None:
        """Takes the same for every address."""
        try:
            self._asked.put_nowait(asked)
        except asyncio.QueueFull:
            _log.warning("sign_in_crowded")

    async def run(self) -> None:
        """Until it is cancelled."""
        async with asyncio.TaskGroup() as group:
            for _ in range(_AT_ONCE):
                group.create_task(self._serve())

    async def _serve(self) -> None:
        while True:
            asked = await self._asked.get()
            try:
                await self._send(asked)
            except (MailError, UnsafeHeaderError) as problem:
                _log.error("sign_in_not_sent", error=str(problem))
            except Exception as error:  # noqa: BLE001 - the next one has nothing to do with it
                _log.error("sign_in_not_sent", error=type(error).__name__)  # no values in a log

    async def _send(self, asked: AskedLink) -> None:
        mail = await _tried(lambda: self._mail(asked), DatabaseUnavailableError)
        if mail is None:
            _log.info("sign_in_not_for_this_address")
            return
        await _tried(lambda: self._sender.send(compose_sign_in(mail)), TemporaryMailError)
        _log.info("sign_in_sent")

    async def _mail(self, asked: AskedLink) -> SignInMail | None:
        """The link is stored before it leaves. None for an address that was not let in, or was written to enough."""
        token, now = new_token(), datetime.now(UTC)
        async with self._database.write() as w:
            user = await make_link(
                w,
                address=asked.address,
                token_hash=token_hash(token),
                browser_hash=asked.browser_hash,
                leads_to=asked.leads_to,
            )
            if user is None:
                return None
            seller = await get_seller(w)
        return SignInMail(
            id=str(uuid4()),
            address=user.address,
            name=user.name,
            link=f"{self._public_url}/desk/sign-in/{token}",
            works_until=now + timedelta(minutes=LINK_MINUTES),
            zone=seller.time_zone,
            created_at=now,
            seller=letterhead(asdict(seller)),
        )


async def _tried(attempt: Callable[[], Awaitable[_Result]], worth: type[Exception]) -> _Result:
    """What `attempt` gives, at the first time or after pauses. Raises what it raised last."""
    loop = asyncio.get_running_loop()
    end, pause = loop.time() + PATIENCE_SECONDS, _FIRST_PAUSE
    while True:
        try:
            return await attempt()
        except worth:
            if loop.time() + pause > end:
                raise
        await asyncio.sleep(pause)
        pause = min(pause * 2, _LONGEST_PAUSE)
