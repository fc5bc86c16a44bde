"""The mails of the story: each is waited for, told, and counted."""

import asyncio
import re
from typing import Any, Final

from cli.local.demo.telling import StoryError, Teller, check
from cli.local.mail import Mail

_PATIENCE: Final = 40.0
_LINK: Final = re.compile(r"https?://\S+/q/[A-Za-z0-9_-]{43}")


class Mails:
    """What arrives at the catching mail server."""

    def __init__(self, server: Mail, teller: Teller) -> None:
        self._server = server
        self._teller = teller
        self._told: set[str] = set()

    async def arrives(self, subject: str, to: str) -> dict[str, Any]:
        """The next mail with that beginning of its subject to that person, which has not been told yet."""
        try:
            async with asyncio.timeout(_PATIENCE):
                while True:
                    for mail in await self._server.messages():
                        if self._is_new(mail, subject, to):
                            self._told.add(mail["id"])
                            self._teller.mail(mail)
                            return mail
                    await asyncio.sleep(0.1)
        except TimeoutError:
            raise StoryError(f"The story went otherwise: no mail “{subject}…” came to {to}.") from None

    async def are_all_told(self) -> int:
        """How many there were; none that the story knows nothing of, and none twice."""
        caught = await self._server.messages()
        unknown = [mail["subject"] for mail in caught if mail["id"] not in self._told]
        check(not unknown, f"no other mail than those told (there is “{', '.join(unknown)}”)")
        check(len({mail["message_id"] for mail in caught}) == len(caught), "each mail once")
        return len(caught)

    def _is_new(self, mail: dict[str, Any], subject: str, to: str) -> bool:
        return mail["id"] not in self._told and mail["subject"].startswith(subject) and to in mail["to"]


def link_in(mail: dict[str, Any]) -> str:
    """The customer's own link."""
    found = _LINK.search(mail["text"] or "")
    check(found, f"a link in the mail “{mail['subject']}”")
    return found[0] if found else ""
