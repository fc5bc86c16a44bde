"""Careful clients behind breaking ways: they repeat what was not answered, under the same key or from the same form, and keep
their own history of what they sent when, and what they were told.
"""

import asyncio
import re
import time
from collections.abc import Awaitable, Callable
from contextlib import suppress
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any, Final
from uuid import uuid4

import httpx

from tests.api.caller import PART, Caller
from tests.api.customer.reading import hidden
from tests.faults.ledger import AGAIN, OK, STORED, Wish
from tests.unit.mail.smtp_server import Mailroom

PATIENCE: Final = 180.0
"""Seconds for which a client goes on repeating one wish. Then it gives up, and what it asked for may be done or not, but must be
decided in the end.
"""
PAUSE: Final = 0.3

SEES_OTHER: Final = 303
REASON: Final = {"reason": "too dear"}


@dataclass
class Attempt:
    """One sending (times in seconds since 1970) and what came back; status 0 is a broken connection."""

    id: str
    sent: float
    status: int = 0
    body: str = ""


@dataclass
class Asked(Wish):
    """A wish with the story of its attempts; `name` is the command's."""

    name: str = ""
    attempts: list[Attempt] = field(default_factory=list)

    async def put(self, caller: Caller) -> httpx.Response:
        """Ask once, as `Wish` does."""
        headers = {"Idempotency-Key": self.key}
        return await self.send(caller, "/api/v1" + self.path, headers, json=self.body)

    async def send(self, caller: Caller, path: str, headers: dict[str, str], **body: Any) -> httpx.Response:
        """Send it once more, and keep what happened. Raises httpx.TransportError."""
        attempt = Attempt(uuid4().hex, time.time())
        self.attempts.append(attempt)
        headers = {**headers, "X-Attempt": attempt.id}
        answer = await caller.http.request(self.method, path, headers=headers, **body)
        attempt.status, attempt.body = answer.status_code, answer.text
        self.answers.append(answer.status_code)
        return answer

    @property
    def final(self) -> Attempt | None:
        """The first answer that decides it."""
        return next((a for a in self.attempts if a.status not in {0, STORED, *AGAIN}), None)


@dataclass
class Filled(Asked):
    """A form of the customer's page, sent again as it was until something else than a break comes back."""

    async def insist(self, caller: Caller, *, seconds: float = PATIENCE) -> httpx.Response:
        """Until the page says how it ended. While it is being processed the page is looked at, and nothing is sent again."""
        async with asyncio.timeout(seconds):
            while True:
                with suppress(httpx.TransportError):
                    answer = await self.send(caller, self.path, {}, data=self.body)
                    if answer.status_code not in {*AGAIN, STORED}:
                        return answer
                    if answer.status_code == STORED:
                        await looked_at(caller, self.path.rpartition("/")[0])
                await asyncio.sleep(PAUSE)


async def looked_at(caller: Caller, path: str) -> httpx.Response:
    """The page, when it is there and nothing is being processed."""
    while True:
        with suppress(httpx.TransportError):
            answer = await caller.http.get(path)
            if answer.status_code not in {*AGAIN, STORED}:
                return answer
        await asyncio.sleep(PAUSE)


@dataclass
class Life:
    """One quote's history. `deadline` is set where clicks are put around it: those in `early` before, those in `late` after."""

    kind: str
    customer_id: str = ""
    email: str = ""
    quote_id: str = ""
    deadline: datetime | None = None
    asked: list[Asked] = field(default_factory=list)
    early: list[Asked] = field(default_factory=list)
    late: list[Asked] = field(default_factory=list)
    wrong: list[str] = field(default_factory=list)
    gave_up: bool = False


class Client:
    """Lives lives by one API, and reads the mails in that mailroom. `ahead` are the seconds until a deadline that is crossed."""

    def __init__(self, caller: Caller, room: Mailroom, *, ahead: float) -> None:
        self._caller = caller
        self._room = room
        self._ahead = ahead

    async def live(self, kind: str, chance: float) -> Life:
        """One life of that kind; `chance` (0 to 1) says where in its range a click near the deadline lies."""
        life = Life(kind, email=f"{uuid4().hex}@buyer.example.com")
        buyer = {"name": "ACME", "email": life.email}
        try:
            answer = await Asked("POST", "/customers", buyer).insist(self._caller, seconds=PATIENCE)
            life.customer_id = answer.json()["id"]
            if kind in CROSSING:
                await self._cross(life, chance)
            else:
                await self._create(life)
                await KINDS[kind](self, life)
        except TimeoutError:
            life.gave_up = True
        except (AssertionError, KeyError, ValueError) as wrong:
            # A deadline that passed before the offer had been sent leaves nothing to click on.
            if not (life.deadline and life.deadline <= datetime.now(UTC) and not (life.early or life.late)):
                life.wrong.append(f"{type(wrong).__name__}: {wrong}; {self._state(life)}")
        return life

    async def _create(self, life: Life, **fields: Any) -> None:
        body = {"customer_id": life.customer_id, "specification": PART, **fields}
        life.quote_id = (await self._done(life, "create", path="/quotes", body=body)).json()["id"]
        await self._done(life, "send")

    async def _done(
        self, life: Life, name: str, body: Any = None, *, path: str = "", method: str = "POST"
    ) -> httpx.Response:
        """A wish that must be applied."""
        asked = Asked(method, path or f"/quotes/{life.quote_id}/{name}", body, name=name)
        life.asked.append(asked)
        answer = await asked.insist(self._caller, seconds=PATIENCE)
        assert answer.status_code in OK, f"{name}: {answer.status_code} {answer.text[:300]}"
        return answer

    async def _revise(self, life: Life) -> None:
        body = {"specification": {**PART, "quantity": 30}}
        await self._done(life, "revise", body, path=f"/quotes/{life.quote_id}/pricing", method="PUT")

    async def _form(self, life: Life, name: str, **typed: str) -> Filled:
        """The form of that name as the customer fills it in, on the page that the mail leads to."""
        path = await self._link(life)
        async with asyncio.timeout(PATIENCE):
            answer = await looked_at(self._caller, path)
        command = {"change": "request_change"}.get(name, name)
        return Filled("POST", f"{path}/{name}", hidden(answer, name) | typed, name=command)

    async def _fill(self, life: Life, name: str, **typed: str) -> None:
        form = await self._form(life, name, **typed)
        life.asked.append(form)
        answer = await form.insist(self._caller)
        assert answer.status_code == SEES_OTHER, f"the form {name}: {answer.status_code}"

    async def _link(self, life: Life) -> str:
        """Of the offer's mail, which has to come."""
        async with asyncio.timeout(PATIENCE):
            while True:
                own = [mail for mail in self._room.taken if life.email in str(mail["To"])]
                if own:
                    break
                await asyncio.sleep(PAUSE)
        part = own[-1].get_body(("plain",))
        found = re.search(r"https?://[^/]+(/q/[\w.~-]+)", part.get_content() if part else "")
        assert found is not None, "the offer's mail has no link"
        return found[1]

    async def _cross(self, life: Life, chance: float) -> None:
        """Clicks on both sides of the deadline, each repeated until it is answered."""
        until = datetime.now(UTC).replace(microsecond=0) + timedelta(seconds=self._ahead)
        life.deadline = until
        await self._create(life, valid_until=until.isoformat())
        early, late = CROSSING[life.kind]
        if early == "accept_page":
            life.early.append(await self._form(life, "accept", **_typed(life)))
        elif early:
            life.early.append(_click(life, early))
        if late:
            life.late.append(_click(life, late))
        clicks = [
            *((click, -0.4 - 2 * chance) for click in life.early),
            *((click, 1.05 + 2 * chance) for click in life.late),
        ]
        await asyncio.gather(*(self._at(click, until + timedelta(seconds=s)) for click, s in clicks))

    async def _at(self, click: Asked, moment: datetime) -> None:
        await asyncio.sleep(max(0.0, moment.timestamp() - time.time()))
        await click.insist(self._caller, seconds=PATIENCE)

    @staticmethod
    def _state(life: Life) -> str:
        return "; ".join(f"{a.name} {[each.status for each in a.attempts][-5:]}" for a in life.asked[-2:])


def _typed(life: Life) -> dict[str, str]:
    return {"signer_name": "Maria Huber", "signer_email": life.email, "consent": "yes"}


def _click(life: Life, name: str) -> Asked:
    body = {"accept": _by_phone(), "extend": {"valid_days": 5}}.get(name)
    return Asked("POST", f"/quotes/{life.quote_id}/{name}", body, name=name)


def _by_phone() -> dict[str, str]:
    return {"signer_name": "P. Hone", "signer_email": f"{uuid4().hex}@acme.example.com", "method": "phone"}


async def _accepted(client: Client, life: Life) -> None:
    await client._done(life, "accept", _by_phone())


async def _accepted_by_page(client: Client, life: Life) -> None:
    await client._fill(life, "accept", **_typed(life))


async def _changed(client: Client, life: Life) -> None:
    await client._fill(life, "change", wish="In blue, please.")
    await client._revise(life)
    await client._done(life, "send")
    await client._done(life, "accept", _by_phone())


async def _rejected(client: Client, life: Life) -> None:
    await client._done(life, "reject", REASON)


async def _cancelled(client: Client, life: Life) -> None:
    await client._done(life, "cancel")


async def _extended(client: Client, life: Life) -> None:
    await client._done(life, "extend", {"valid_days": 60})
    await client._done(life, "accept", _by_phone())


async def _reopened(client: Client, life: Life) -> None:
    await client._done(life, "reject", REASON)
    await client._revise(life)
    await client._done(life, "cancel")


KINDS: Final[dict[str, Callable[[Client, Life], Awaitable[None]]]] = {
    "accepted": _accepted,
    "accepted by page": _accepted_by_page,
    "changed": _changed,
    "rejected": _rejected,
    "cancelled": _cancelled,
    "extended": _extended,
    "reopened": _reopened,
}
CROSSING: Final = {
    "a yes in time, a cancel too late": ("accept", "cancel"),
    "a yes by page in time": ("accept_page", ""),
    "a yes too late": ("", "accept"),
    "an extension in time, a yes after it": ("extend", "accept"),
}
"""What is clicked shortly before the deadline and shortly after it."""
