"""`ETag` and `If-Match`: nobody changes a state that they have not seen."""

import asyncio

import pytest

from tests.api.caller import PART, SIGNER, Caller, problem


async def test_a_change_of_the_state_that_was_read_is_applied(caller: Caller) -> None:
    """And the answer carries the next tag."""
    draft = await caller.draft()
    answer = await caller.post(f"/quotes/{draft['id']}/send", headers={"If-Match": '"1"'})
    assert (answer.status_code, answer.headers["etag"]) == (200, '"2"')


@pytest.mark.parametrize("tag", ['"7"', 'W/"1"', '"abc"'])
async def test_a_change_of_another_state_is_refused(caller: Caller, tag: str) -> None:
    """412 for every kind of change, and nothing happens. A weak tag never matches."""
    draft = await caller.draft()
    path, headers = f"/quotes/{draft['id']}", {"If-Match": tag}
    for answer in (
        await caller.post(f"{path}/send", headers=headers),
        await caller.post(f"{path}/extend", {"valid_days": 5}, headers=headers),
        await caller.post(f"{path}/cancel", headers=headers),
        await caller.put(f"{path}/pricing", {"specification": PART}, headers=headers),
        await caller.delete(path, headers=headers),
    ):
        problem(answer, 412, "stale_state")
    assert (await caller.get(path)).json()["state_version"] == 1


async def test_any_state_will_do_for_a_star(caller: Caller) -> None:
    """As HTTP has it."""
    draft = await caller.draft()
    assert (await caller.post(f"/quotes/{draft['id']}/send", headers={"If-Match": "*"})).status_code == 200


@pytest.mark.parametrize("tag", ["1", '"1', '"1", "2"'])
async def test_a_condition_that_cannot_be_read(caller: Caller, tag: str) -> None:
    """400: a condition that we would ignore could cost somebody's work."""
    draft = await caller.draft()
    problem(await caller.post(f"/quotes/{draft['id']}/send", headers={"If-Match": tag}), 400, "bad_header")


async def test_of_two_who_have_seen_the_same_state_one_changes_it(caller: Caller) -> None:
    """The other one is told that it has changed."""
    draft = await caller.draft()
    path, headers = f"/quotes/{draft['id']}/extend", {"If-Match": '"1"'}
    answers = await asyncio.gather(*(caller.post(path, {"valid_days": n}, headers=headers) for n in (5, 6)))
    assert sorted(answer.status_code for answer in answers) == [200, 412]


async def test_accept_reject_and_cancel_at_once_have_one_winner(caller: Caller) -> None:
    """Every loser learns how it was decided."""
    sent = await caller.sent()
    path = f"/quotes/{sent['id']}"
    answers = await asyncio.gather(
        *(
            caller.post(f"{path}/accept", {**SIGNER, "signer_email": f"a{n}@acme.example.com"})
            for n in range(5)
        ),
        *(caller.post(f"{path}/reject", {"reason": "no"}) for _ in range(5)),
    )
    late = [answer for answer in answers if answer.status_code == 202]  # a busy machine is no defect
    ends = [(await caller.decided(answer))["status"] for answer in late]
    assert [answer.status_code for answer in answers].count(200) + ends.count("applied") == 1
    for answer in answers:
        if answer.status_code not in {200, 202}:
            assert problem(answer, 409, "already_decided")["current_status"] in {"accepted", "rejected"}
