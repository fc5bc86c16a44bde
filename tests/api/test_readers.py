"""Who is told of a quote: named by the quote, added to, and sent to by default."""

from typing import Any

from tests.api.caller import SIGNER, Caller, problem

ADA, BOB, CY = "ada@buyer.example.com", "bob@buyer.example.com", "cy@buyer.example.com"


def readers(quote: dict[str, Any]) -> dict[str, bool]:
    """Addresses, each with whether it may accept."""
    return {reader["address"]: reader["may_accept"] for reader in quote["readers"]}


async def recipients(caller: Caller, quote: dict[str, Any], kind: str, version: int) -> list[str]:
    """Who got mails of that kind about that version."""
    found = (await caller.get(f"/quotes/{quote['id']}/messages")).json()["data"]
    return sorted(each["recipient"] for each in found if (each["kind"], each["version"]) == (kind, version))


async def test_a_version_goes_to_the_readers_of_the_one_before(caller: Caller) -> None:
    """First the customer; then whoever was added and not taken out, each with the same rights; the list says it too."""
    customer = await caller.customer(email=ADA)
    quote = await caller.draft(customer_id=customer["id"])
    assert readers(quote) == {}
    quote = await caller.done(quote, "send")
    assert readers(quote) == {ADA: True}
    quote = await caller.done(quote, "resend", {"recipients": [BOB, CY], "read_only": [BOB.upper()]})
    assert readers(quote) == {ADA: True, BOB: False, CY: True}
    links = (await caller.get(f"/quotes/{quote['id']}/links")).json()["data"]
    assert {link["recipient"]: link["may_accept"] for link in links} == readers(quote)
    [of_cy] = [link["id"] for link in links if link["recipient"] == CY]
    assert (await caller.delete(f"/links/{of_cy}")).status_code == 204
    assert (await caller.put(f"/quotes/{quote['id']}/pricing", {"reprice": True})).status_code == 200
    quote = await caller.done(quote, "send")
    assert (quote["current_version"], readers(quote)) == (2, {ADA: True, BOB: False})
    assert await recipients(caller, quote, "sent", 2) == [ADA, BOB]
    assert await recipients(caller, quote, "superseded", 2) == []
    [listed] = (await caller.get(f"/quotes?number={quote['number']}")).json()["data"]
    assert readers(listed) == readers(quote)
    quote = await caller.done(quote, "resend")
    assert await recipients(caller, quote, "sent", 2) == [ADA, ADA, BOB, BOB]


async def test_a_confirmation_is_sent_again(caller: Caller) -> None:
    """Once accepted, `resend` is allowed and confirms: to those named, else to all readers."""
    customer = await caller.customer(email=ADA)
    quote = await caller.done(await caller.draft(customer_id=customer["id"]), "send")
    quote = await caller.done(quote, "accept", SIGNER | {"signer_email": ADA})
    assert quote["allowed_actions"] == ["resend", "annul", "hand_over"]
    assert await recipients(caller, quote, "accepted", 1) == sorted([ADA, "quotes@tooling.example.com"])
    quote = await caller.done(quote, "resend", {"recipients": [CY], "message": "For your books."})
    assert (quote["status"], readers(quote)) == ("accepted", {ADA: True, CY: True})
    quote = await caller.done(quote, "resend")
    told = [ADA, ADA, CY, CY, "quotes@tooling.example.com"]
    assert await recipients(caller, quote, "accepted", 1) == told
    events = (await caller.get(f"/quotes/{quote['id']}/events?verify=true")).json()
    assert events["verification"]["sound"] is True


async def test_who_is_refused(caller: Caller) -> None:
    """A reader who is no recipient, and a sending to nobody, by field and rule."""
    quote = await caller.draft()
    for body in ({"read_only": [ADA]}, {"recipients": [BOB], "read_only": [ADA]}):
        refused = await caller.post(f"/quotes/{quote['id']}/send", body)
        told = problem(refused, 422, "validation_failed")
        assert [(each["pointer"], each["code"]) for each in told["errors"]] == [
            ("/read_only", "not_a_recipient")
        ]
    told = problem(await caller.post(f"/quotes/{quote['id']}/send", {"recipients": []}), 422, "no_recipient")
    assert [each["pointer"] for each in told["errors"]] == ["/recipients"]
    assert "recipients: at least one address" in told["detail"]
