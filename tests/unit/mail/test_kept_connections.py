"""Connections that are kept for the next mail lose none and double none."""

import asyncio

import pytest

from adapters.mail.compose import compose
from adapters.mail.connections import MOST_KEPT
from adapters.mail.sender import PermanentMailError, SmtpSender, TemporaryMailError
from tests.unit.mail.samples import mail as sample
from tests.unit.mail.smtp_server import mailroom

MAIL = compose(sample())


async def test_one_connection_carries_one_mail_after_the_other() -> None:
    """Proves that a connection is opened once, and that the end of the sender says goodbye on it."""
    async with mailroom() as room:
        sender = SmtpSender(room.url)
        for _ in range(3):
            await sender.send(MAIL)
        assert (len(room.taken), len(room.connections), room.goodbyes) == (3, 1, 0)
        await sender.close()
        assert room.goodbyes == 1


async def test_mails_at_once_wait_for_none_and_few_connections_stay() -> None:
    """Proves that each has a connection of its own, of which a few are kept."""
    async with mailroom() as room:
        sender = SmtpSender(room.url)
        await asyncio.gather(*(sender.send(MAIL) for _ in range(MOST_KEPT + 3)))
        assert (len(room.taken), len(room.connections)) == (MOST_KEPT + 3, MOST_KEPT + 3)
        async with asyncio.timeout(30):
            while room.goodbyes < 3:  # noqa: ASYNC110 - the sender does it beside the mails
                await asyncio.sleep(0.01)
        await asyncio.gather(*(sender.send(MAIL) for _ in range(MOST_KEPT)))
        assert len(room.connections) == MOST_KEPT + 3
        await sender.close()


async def test_a_connection_that_is_not_used_is_closed() -> None:
    """Proves that no server has to end it."""
    async with mailroom() as room:
        sender = SmtpSender(room.url, idle_seconds=0.05)
        await sender.send(MAIL)
        async with asyncio.timeout(30):
            while not room.goodbyes:  # noqa: ASYNC110 - the sender does it
                await asyncio.sleep(0.01)
        await sender.send(MAIL)
        assert (len(room.taken), len(room.connections)) == (2, 2)
        await sender.close()


async def test_a_server_that_was_started_anew_gets_the_mail_once() -> None:
    """Proves that closed connections are found out before the mail is offered, and none of them is tried twice."""
    async with mailroom() as room:
        sender = SmtpSender(room.url)
        await asyncio.gather(*(sender.send(MAIL) for _ in range(3)))
        room.hang_up()
        await asyncio.sleep(0)
        await sender.send(MAIL)
        assert (len(room.taken), len(room.connections)) == (4, 4)
        await sender.close()


@pytest.mark.parametrize("reply", ["421 4.7.0 too many", "452 4.5.3 too many", "550 5.7.0 too many"])
async def test_a_server_that_is_tired_of_a_connection_gets_the_mail_on_a_new_one(reply: str) -> None:
    """Proves that what is refused on a kept connection is neither given up nor put off."""
    async with mailroom() as room:
        sender = SmtpSender(room.url)
        room.tired = reply
        for _ in range(3):
            await sender.send(MAIL)
        assert (len(room.taken), len(room.connections)) == (3, 3)
        await sender.close()


async def test_a_refusal_counts_when_it_is_said_on_a_new_connection() -> None:
    """Proves that a mail which is refused there too is refused for good."""
    async with mailroom() as room:
        sender = SmtpSender(room.url)
        await sender.send(MAIL)
        room.data = "554 5.7.1 spam"
        with pytest.raises(PermanentMailError):
            await sender.send(MAIL)
        assert (len(room.taken), len(room.connections)) == (1, 2)


async def test_a_kept_connection_cut_after_the_mail_repeats_nothing_by_itself() -> None:
    """Proves that a mail whose answer was lost is not offered again at once: nobody knows whether it was taken."""
    async with mailroom() as room:
        sender = SmtpSender(room.url)
        await sender.send(MAIL)
        room.cut = True
        with pytest.raises(TemporaryMailError):
            await sender.send(MAIL)
        assert (len(room.taken), len(room.connections)) == (2, 1)


async def test_a_kept_connection_that_hangs_is_left_and_not_used_again() -> None:
    """Proves that a mail given up halfway leaves no connection in the middle of something."""
    async with mailroom() as room:
        sender = SmtpSender(room.url, whole_seconds=0.3)
        await sender.send(MAIL)
        room.hang = True
        with pytest.raises(TemporaryMailError):
            await sender.send(MAIL)
        room.hang = False
        await sender.send(MAIL)
        assert (len(room.taken), len(room.connections)) == (2, 2)
        await sender.close()


async def test_a_slow_goodbye_makes_no_taken_mail_a_doubtful_one() -> None:
    """Proves that a mail counts as taken when it was, however long the server takes to say goodbye after it."""
    async with mailroom() as room:
        room.clinging = True
        sender = SmtpSender(room.url, whole_seconds=0.5)
        await asyncio.gather(*(sender.send(MAIL) for _ in range(MOST_KEPT + 3)))
        assert len(room.taken) == MOST_KEPT + 3
        room.clinging = False
        await sender.close()
