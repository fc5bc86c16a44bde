"""Customers' links, as staff see and close them."""

import asyncio
import re
from datetime import datetime, timedelta

from tests.api.caller import Caller, problem

NOBODY = "00000000-0000-0000-0000-000000000009"


async def test_each_recipient_of_each_sending_has_a_link(caller: Caller) -> None:
    """Oldest first, with version and recipient; the address itself is not told."""
    quote = await caller.draft()
    await caller.done(quote, "send", {"recipients": ["a@buyer.example.com", "b@buyer.example.com"]})
    await caller.done(quote, "resend", {"recipients": ["a@buyer.example.com"]})
    answer = await caller.get(f"/quotes/{quote['id']}/links")
    found = answer.json()["data"]
    assert [link["version"] for link in found] == [1, 1, 1]
    assert sorted(link["recipient"] for link in found) == ["a@buyer.example.com"] * 2 + [
        "b@buyer.example.com"
    ]
    assert {link["viewed_at"] for link in found} == {link["revoked_at"] for link in found} == {None}
    assert not re.search(r"[A-Za-z0-9_-]{43}", answer.text)


async def test_a_closed_link_stays_closed_and_is_told_of_once(caller: Caller) -> None:
    """204, also when it is closed already or by two at once; one event by the one who closed it."""
    quote = await caller.sent()
    [link] = (await caller.get(f"/quotes/{quote['id']}/links")).json()["data"]
    answers = await asyncio.gather(*(caller.delete(f"/links/{link['id']}") for _ in range(4)))
    assert [answer.status_code for answer in answers] == [204] * 4
    [closed] = (await caller.get(f"/quotes/{quote['id']}/links")).json()["data"]
    assert closed["revoked_at"] is not None
    events = (await caller.get(f"/quotes/{quote['id']}/events?verify=true")).json()
    told = [event for event in events["data"] if event["type"] == "quote.link_revoked"]
    assert [event["data"] for event in told] == [{"link_id": link["id"], "version": 1}]
    assert told[0]["actor"].startswith("key:")
    assert events["verification"]["sound"] is True


async def test_what_is_not_there_is_404(caller: Caller) -> None:
    """A link and a quote of that id."""
    problem(await caller.delete(f"/links/{NOBODY}"), 404, "link_not_found")
    problem(await caller.get(f"/quotes/{NOBODY}/links"), 404, "quote_not_found")


async def test_a_link_tells_when_it_ends(caller: Caller) -> None:
    """90 days after the quote has ended; nothing while it has not, and nothing of one that is closed."""
    quote = await caller.draft()
    await caller.done(quote, "send", {"recipients": ["a@buyer.example.com", "b@buyer.example.com"]})
    links = f"/quotes/{quote['id']}/links"
    found = (await caller.get(links)).json()["data"]
    assert [link["ends_at"] for link in found] == [None, None]
    await caller.delete(f"/links/{found[0]['id']}")
    ended = await caller.done(quote, "reject", {"method": "phone"})
    until = datetime.fromisoformat(ended["decided_at"]) + timedelta(days=90)
    told = [link["ends_at"] for link in (await caller.get(links)).json()["data"]]
    assert told[0] is None
    assert datetime.fromisoformat(told[1]) == until
