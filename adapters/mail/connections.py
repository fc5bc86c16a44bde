"""Connections to the mail server that are kept for the next mail."""

import asyncio
from typing import Final

import aiosmtplib

MOST_KEPT: Final = 4
IDLE_SECONDS: Final = 10.0
_ANSWER_SECONDS: Final = 2.0


class KeptConnections:
    """Open connections on which a mail was taken: at most MOST_KEPT, each for `idle_seconds` after its last mail."""

    def __init__(self, *, idle_seconds: float = IDLE_SECONDS) -> None:
        self._idle_seconds = idle_seconds
        self._idle: dict[aiosmtplib.SMTP, asyncio.Task[None]] = {}
        self._leaving: set[asyncio.Task[None]] = set()

    async def take(self) -> aiosmtplib.SMTP | None:
        """The one used last, if its server still answers, else None and none is kept any more."""
        if not self._idle:
            return None
        client, retiring = self._idle.popitem()
        retiring.cancel()
        try:
            await client.rset(timeout=_ANSWER_SECONDS)
        except (aiosmtplib.SMTPException, OSError):
            client.close()
            self._leave_all()
            return None
        except BaseException:
            client.close()
            raise
        return client

    def keep(self, client: aiosmtplib.SMTP) -> None:
        """Keep it, or say goodbye to it where enough are kept."""
        if len(self._idle) < MOST_KEPT:
            self._idle[client] = asyncio.create_task(self._retire(client))
        else:
            self._leave(client)

    async def close(self) -> None:
        """Say goodbye to all, and wait until that is done."""
        self._leave_all()
        await asyncio.gather(*self._leaving)

    def _leave_all(self) -> None:
        idle, self._idle = self._idle, {}
        for client, retiring in idle.items():
            retiring.cancel()
            self._leave(client)

    def _leave(self, client: aiosmtplib.SMTP) -> None:
        """Beside the mails: a server that is slow to say goodbye must not make a taken mail look like one that
        was not.
        """
        leaving = asyncio.create_task(_goodbye(client))
        self._leaving.add(leaving)
        leaving.add_done_callback(self._leaving.discard)

    async def _retire(self, client: aiosmtplib.SMTP) -> None:
        await asyncio.sleep(self._idle_seconds)
        self._idle.pop(client, None)
        await _goodbye(client)


async def _goodbye(client: aiosmtplib.SMTP) -> None:
    try:
        await client.quit(timeout=_ANSWER_SECONDS)
    except (aiosmtplib.SMTPException, OSError):
        pass  # its mails have been taken; how the server says goodbye does not matter
    finally:
        client.close()
