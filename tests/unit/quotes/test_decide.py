"""Every command from every status, and the guards of each."""

from dataclasses import replace
from datetime import timedelta

import pytest

from domain.offer.content import ContentRef
from domain.quotes import commands as c
from domain.quotes.decide import Applied, decide, expire
from domain.quotes.events import EventType
from domain.quotes.guards import allowed_actions
from domain.quotes.status import Action, QuoteStatus
from domain.quotes.validity import Validity
from tests.unit.quotes.build import (
    START,
    after,
    applied,
    command,
    content,
    create,
    expired,
    in_status,
    refused,
    repriced,
)

S, A = QuoteStatus, Action
LATER = START + timedelta(days=1)
AFTER_EXPIRY = START + timedelta(days=40)

OUTCOMES = {
    (A.REVISE, S.DRAFT): S.DRAFT,
    (A.REVISE, S.SENT): S.SENT,
    (A.REVISE, S.ACCEPTED): "quote_not_modifiable",
    (A.REVISE, S.REJECTED): S.DRAFT,
    (A.REVISE, S.EXPIRED): S.DRAFT,
    (A.REVISE, S.CANCELLED): "quote_not_modifiable",
    (A.SEND, S.DRAFT): S.SENT,
    (A.SEND, S.SENT): "quote_not_sendable",
    (A.SEND, S.ACCEPTED): "quote_not_sendable",
    (A.SEND, S.REJECTED): "quote_not_sendable",
    (A.SEND, S.EXPIRED): "quote_expired",
    (A.SEND, S.CANCELLED): "quote_not_sendable",
    (A.RESEND, S.DRAFT): "quote_not_resendable",
    (A.RESEND, S.SENT): S.SENT,
    (A.RESEND, S.ACCEPTED): S.ACCEPTED,
    (A.RESEND, S.REJECTED): "quote_not_resendable",
    (A.RESEND, S.EXPIRED): "quote_expired",
    (A.RESEND, S.CANCELLED): "quote_not_resendable",
    (A.EXTEND, S.DRAFT): S.DRAFT,
    (A.EXTEND, S.SENT): S.SENT,
    (A.EXTEND, S.ACCEPTED): "quote_not_extendable",
    (A.EXTEND, S.REJECTED): "quote_not_extendable",
    (A.EXTEND, S.EXPIRED): S.SENT,
    (A.EXTEND, S.CANCELLED): "quote_not_extendable",
    (A.ACCEPT, S.DRAFT): "quote_not_acceptable",
    (A.ACCEPT, S.SENT): S.ACCEPTED,
    (A.ACCEPT, S.ACCEPTED): "already_decided",
    (A.ACCEPT, S.REJECTED): "already_decided",
    (A.ACCEPT, S.EXPIRED): "quote_expired",
    (A.ACCEPT, S.CANCELLED): "quote_not_acceptable",
    (A.REJECT, S.DRAFT): "quote_not_rejectable",
    (A.REJECT, S.SENT): S.REJECTED,
    (A.REJECT, S.ACCEPTED): "already_decided",
    (A.REJECT, S.REJECTED): "already_decided",
    (A.REJECT, S.EXPIRED): "quote_expired",
    (A.REJECT, S.CANCELLED): "quote_not_rejectable",
    (A.CANCEL, S.DRAFT): S.CANCELLED,
    (A.CANCEL, S.SENT): S.CANCELLED,
    (A.CANCEL, S.ACCEPTED): "quote_not_cancellable",
    (A.CANCEL, S.REJECTED): S.CANCELLED,
    (A.CANCEL, S.EXPIRED): S.CANCELLED,
    (A.CANCEL, S.CANCELLED): "quote_not_cancellable",
    **{(A.ANNUL, status): "quote_not_annullable" for status in S},
    (A.ANNUL, S.ACCEPTED): S.CANCELLED,
    **{(A.HAND_OVER, status): "quote_not_ordered" for status in S},
    (A.HAND_OVER, S.ACCEPTED): S.ACCEPTED,
}


@pytest.mark.parametrize(("action", "status"), list(OUTCOMES))
def test_every_command_from_every_status(action: Action, status: QuoteStatus) -> None:
    """Each command ends in the status, or is refused with the code, that the table of rules says."""
    quote = in_status(status)
    at = AFTER_EXPIRY if status is S.EXPIRED else LATER
    decision = decide(quote, command(action, at, number=9, version=quote.current_version))
    expected = OUTCOMES[action, status]
    if isinstance(expected, QuoteStatus):
        changed = applied(decision).quote
        assert changed.status is expected
        assert changed.state_version == quote.state_version + 1
    else:
        no = refused(decision)
        assert no.code == expected
        assert no.status is status
        assert no.allowed == allowed_actions(quote, at)


@pytest.mark.parametrize("status", list(QuoteStatus))
def test_allowed_actions_are_those_that_are_not_refused(status: QuoteStatus) -> None:
    """What is shown as allowed is exactly what a decision would apply."""
    quote = in_status(status)
    at = AFTER_EXPIRY if status is S.EXPIRED else LATER
    works = {
        action
        for action in Action
        if not hasattr(decide(quote, command(action, at, version=quote.current_version)), "code")
    }
    assert set(allowed_actions(quote, at)) == works


@pytest.mark.parametrize("action", list(Action))
def test_nothing_but_create_applies_to_no_quote(action: Action) -> None:
    """A command for a quote that does not exist is refused by its own code."""
    assert refused(decide(None, command(action, LATER))).code == "quote_not_found"


def test_a_quote_is_created_once() -> None:
    """A second create changes nothing."""
    assert refused(decide(after(), create(LATER, number=3))).code == "quote_already_exists"


@pytest.mark.parametrize("action", [A.REVISE, A.SEND, A.RESEND, A.ACCEPT, A.REJECT])
def test_one_second_late_is_late(action: Action) -> None:
    """Received in the last second counts, a second later is `quote_expired`, while the status is still open."""
    draft = action in {A.REVISE, A.SEND}
    quote = in_status(S.DRAFT if draft else S.SENT)
    last = quote.valid_until + timedelta(microseconds=999_999)
    applied(decide(quote, command(action, last)))
    late = quote.valid_until + timedelta(seconds=1)
    assert refused(decide(quote, command(action, late))).code == "quote_expired"


def test_a_late_send_with_a_new_validity_is_in_time() -> None:
    """A draft whose validity ran out can be sent with another one."""
    quote = in_status(S.DRAFT)
    late = command(A.SEND, quote.valid_until + timedelta(seconds=5))
    assert isinstance(late, c.Send)
    sent = applied(decide(quote, replace(late, validity=Validity(days=10)))).quote
    assert sent.status is S.SENT
    assert sent.valid_until > late.received_at


def test_a_sent_quote_is_revised_beside_what_the_customer_sees() -> None:
    """The working version changes nothing for the customer until it is sent; then the old one is superseded."""
    quote = after(A.SEND, A.REVISE)
    assert (quote.status, quote.current_version, quote.working_version) == (S.SENT, 1, 2)
    assert A.SEND in allowed_actions(quote, LATER)
    again = after(A.SEND, A.REVISE, A.REVISE)
    assert again.working_version == 3
    decision = applied(decide(again, command(A.SEND, LATER)))
    assert [e.type for e in decision.events] == [EventType.SENT, EventType.SUPERSEDED]
    assert decision.events[1].data == {"version": 1, "by_version": 3}
    assert (decision.quote.current_version, decision.quote.working_version) == (3, None)


@pytest.mark.parametrize("action", [A.ACCEPT, A.REJECT])
def test_only_the_version_on_offer_is_answered(action: Action) -> None:
    """An answer to a superseded version is refused; one to the offered version abandons the working one."""
    quote = after(A.SEND, A.REVISE, A.SEND)
    assert refused(decide(quote, command(action, LATER, version=1))).code == "version_superseded"
    working = after(A.SEND, A.REVISE)
    assert refused(decide(working, command(action, LATER, version=2))).code == "version_superseded"
    done = applied(decide(working, command(action, LATER, version=1))).quote
    assert (done.current_version, done.working_version) == (1, None)


def test_the_same_acceptance_twice_is_the_first() -> None:
    """The same signer by the same link gets the first answer; another signer is told it is decided."""
    quote = after(A.SEND, A.ACCEPT)
    same = command(A.ACCEPT, LATER, number=2)
    again = applied(decide(quote, same))
    assert (again.quote, again.events) == (quote, ())
    other = refused(decide(quote, command(A.ACCEPT, LATER, number=3)))
    assert (other.code, other.alert) == ("already_decided", False)


@pytest.mark.parametrize("action", list(Action))
def test_what_was_decided_stands_against_earlier_stamps(action: Action) -> None:
    """A command stamped before a decision that stands is refused and raises an alert, whatever it is."""
    quote = after(A.SEND, A.REJECT)
    assert quote.decided_at is not None
    earlier = command(action, quote.decided_at - timedelta(seconds=1), number=9)
    no = refused(decide(quote, earlier))
    assert (no.code, no.alert) == ("already_decided", True)


def test_if_match_is_looked_at_first() -> None:
    """A stale state version is `stale_state`, even where the action would be refused anyway."""
    quote = after(A.SEND, A.ACCEPT)
    stale = replace(command(A.REVISE, LATER), expected_state_version=1)
    assert refused(decide(quote, stale)).code == "stale_state"
    fits = replace(command(A.REVISE, LATER), expected_state_version=quote.state_version)
    assert refused(decide(quote, fits)).code == "quote_not_modifiable"


def test_a_price_is_needed_only_when_all_else_fits() -> None:
    """Without a price: `not_priced`, but the state's own refusal comes first."""
    unpriced = repriced(command(A.REVISE, LATER), None)
    assert refused(decide(in_status(S.SENT), unpriced)).code == "not_priced"
    assert refused(decide(in_status(S.ACCEPTED), unpriced)).code == "quote_not_modifiable"
    assert refused(decide(None, repriced(create(), None))).code == "not_priced"


@pytest.mark.parametrize("action", [A.ACCEPT, A.REJECT])
@pytest.mark.parametrize("status", list(QuoteStatus))
def test_online_belongs_to_links(action: Action, status: QuoteStatus) -> None:
    """Whoever else says so is told what to say instead, whatever the quote's status; a link's own answer goes through."""
    quote = in_status(status)
    step = command(action, LATER, number=9, version=quote.current_version)
    assert isinstance(step, c.Accept | c.Reject)
    online = replace(step, method=c.AcceptanceMethod.ONLINE)
    for actor in ("key:test", "system", "unknown", "", "linked:1"):
        no = refused(decide(quote, replace(online, actor=actor)))
        assert no.code == "online_needs_link"
        assert all(word in no.detail for word in ("phone", "mail", "purchase_order"))
    if status is S.SENT:
        assert (
            applied(decide(quote, replace(online, actor="link:1"))).quote.status is OUTCOMES[action, status]
        )
        before = applied(decide(quote, online, online_by_anybody=True))
        assert before.quote.status is OUTCOMES[action, status]


@pytest.mark.parametrize("action", [A.SEND, A.RESEND])
def test_somebody_must_be_sent_to(action: Action) -> None:
    """Without a recipient nothing is sent."""
    quote = in_status(S.DRAFT if action is A.SEND else S.SENT)
    step = command(action, LATER)
    assert isinstance(step, c.Send | c.Resend)
    assert refused(decide(quote, replace(step, recipients=0))).code == "no_recipient"


def test_what_has_to_be_confirmed_is_not_sent_without() -> None:
    """Each code by name; with all of them it is sent, and the event tells which; of a version without slips it tells nothing."""
    codes = ("below_cost", "beyond_largest_discount")
    ref = ContentRef(total=content().total, content_hash="0" * 64, to_confirm=codes)
    draft = applied(decide(None, replace(create(), priced=ref))).quote
    assert draft.next_sent.to_confirm == codes
    send = command(A.SEND, LATER)
    assert isinstance(send, c.Send)
    no = refused(decide(draft, send))
    assert no.code == "price_needs_confirmation"
    assert all(code in no.detail for code in codes)
    half = refused(decide(draft, replace(send, confirm=codes[:1])))
    assert (half.code, codes[0] in half.detail, codes[1] in half.detail) == (no.code, False, True)
    sent = applied(decide(draft, replace(send, confirm=codes[::-1])))
    assert sent.events[0].data["confirmed"] == list(codes[::-1])
    assert sent.events[0].actor == send.actor
    assert applied(decide(sent.quote, command(A.RESEND, LATER, number=3))).events
    assert applied(decide(sent.quote, command(A.EXTEND, LATER, number=3))).events
    unharmed = applied(decide(after(), send)).events[0]
    assert "confirmed" not in unharmed.data
    assert "to_confirm" not in applied(decide(None, create())).events[0].data


def test_a_revision_is_confirmed_anew() -> None:
    """What was confirmed was the version before; and a code that is not there was meant for another version."""
    ref = ContentRef(total=content().total, content_hash="0" * 64, to_confirm=("below_cost",))
    draft = applied(decide(None, replace(create(), priced=ref))).quote
    send = command(A.SEND, LATER)
    assert isinstance(send, c.Send)
    confirming = replace(send, confirm=("below_cost",))
    sent = applied(decide(draft, confirming)).quote
    again = applied(decide(sent, repriced(command(A.REVISE, LATER, number=3), ref))).quote
    assert refused(decide(again, send)).code == "price_needs_confirmation"
    assert applied(decide(again, confirming)).quote.current_version == 2
    mended = applied(decide(sent, command(A.REVISE, LATER, number=3))).quote
    no = refused(decide(mended, confirming))
    assert (no.code, "below_cost" in no.detail) == ("nothing_to_confirm", True)
    assert applied(decide(mended, send)).quote.current_version == 2


def test_a_delete_takes_a_draft_only() -> None:
    """The wish of a DELETE is refused once the quote has been sent."""
    step = command(A.CANCEL, LATER)
    assert isinstance(step, c.Cancel)
    assert applied(decide(after(), replace(step, draft_only=True))).quote.status is S.CANCELLED
    no = refused(decide(after(A.SEND), replace(step, draft_only=True)))
    assert no.code == "quote_not_cancellable"


def test_expiry_needs_its_own_deadline_and_an_open_quote() -> None:
    """A timer set for a deadline that was moved, or for a closed quote, does nothing."""
    quote = after(A.SEND)
    assert expire(quote, c.Expire(deadline=quote.valid_until + timedelta(days=1))) is None
    assert expire(after(A.SEND, A.ACCEPT), c.Expire(deadline=quote.valid_until)) is None
    gone = expired(quote)
    assert (gone.status, gone.decided_at, gone.expired_from) == (S.EXPIRED, quote.valid_until, S.SENT)


def test_an_extension_brings_an_expired_quote_back_as_it_was() -> None:
    """Back to the status it expired from, same version, also with its working version."""
    for quote in (after(), after(A.SEND), after(A.SEND, A.REVISE)):
        back = applied(decide(expired(quote), command(A.EXTEND, AFTER_EXPIRY))).quote
        assert (back.status, back.current_version, back.working_version) == (
            quote.status,
            quote.current_version,
            quote.working_version,
        )
        assert (back.decided_at, back.expired_from) == (None, None)


def test_a_reopened_quote_is_a_draft_with_a_new_validity() -> None:
    """Revising after a rejection or an expiry makes the next version a draft, 30 days without another wish."""
    for quote in (in_status(S.REJECTED), expired(after(A.SEND, A.REVISE))):
        draft = applied(decide(quote, command(A.REVISE, AFTER_EXPIRY))).quote
        assert draft.status is S.DRAFT
        assert draft.current_version == len(quote.versions) + 1
        assert (draft.working_version, draft.sent_at, draft.decided_at) == (None, None, None)
        assert timedelta(days=30) < draft.valid_until - AFTER_EXPIRY < timedelta(days=31)
        sent = applied(decide(draft, command(A.SEND, AFTER_EXPIRY + timedelta(hours=1))))
        assert sent.events[1].type is EventType.SUPERSEDED


def test_order_of_commands_that_wait_together() -> None:
    """By received time; at equal times create, accept, reject, cancel, send, revise, extend, resend, then what is about
    an order.
    """
    late = command(A.ACCEPT, LATER + timedelta(seconds=1))
    same = [command(a, LATER) for a in Action]
    ordered = sorted([late, *reversed(same), create(LATER)], key=c.turn)
    kinds = [c.Create, c.Accept, c.Reject, c.Cancel, c.Send, c.Revise, c.Extend, c.Resend]
    assert [type(step) for step in ordered] == [*kinds, c.HandOver, c.Annul, c.Accept]


def test_a_run_from_before_confirms_an_acceptance_once() -> None:
    """What it refused when it was recorded it goes on refusing; an offer it sends again as ever."""
    accepted = in_status(S.ACCEPTED)
    told = refused(decide(accepted, command(A.RESEND, LATER, number=7), confirms_once=True))
    assert (told.code, told.status) == ("quote_not_resendable", S.ACCEPTED)
    again = decide(in_status(S.SENT), command(A.RESEND, LATER, number=7), confirms_once=True)
    assert applied(again).quote.status is S.SENT


def test_an_order_is_told_of_once_under_a_reference() -> None:
    """Written again it changes nothing, so that whoever writes it where it is told of never goes round in a circle; another
    one corrects it. A run from before goes on telling of it.
    """
    first = applied(decide(in_status(S.ACCEPTED), command(A.HAND_OVER, LATER, number=7)))
    assert [event.type for event in first.events] == [EventType.HANDED_OVER]
    repeated = command(A.HAND_OVER, LATER + timedelta(hours=1), number=7)
    assert decide(first.quote, repeated) == Applied(quote=first.quote, events=())
    assert applied(decide(first.quote, repeated, tells_again=True)).events
    other = applied(decide(first.quote, command(A.HAND_OVER, LATER, number=8)))
    assert (first.quote.order_reference, other.quote.order_reference) == ("SO-7", "SO-8")
    told = refused(decide(first.quote, replace(repeated, expected_state_version=1)))
    assert told.code == "stale_state"


def test_an_annulled_quote_keeps_its_acceptance_and_takes_nothing_more() -> None:
    """Cancelled, with the yes as it was given; the same signer's yes, sent again, is refused and not repeated."""
    accepted = in_status(S.ACCEPTED)
    annulled = applied(decide(accepted, command(A.ANNUL, LATER))).quote
    assert (annulled.status, annulled.is_annulled, annulled.decided_at) == (S.CANCELLED, True, LATER)
    assert (annulled.acceptance, annulled.current) == (accepted.acceptance, accepted.current)
    assert allowed_actions(annulled, LATER) == ()
    again = command(A.ACCEPT, LATER + timedelta(hours=1), number=2)
    assert isinstance(again, c.Accept)
    assert annulled.acceptance
    same = replace(again, signer=annulled.acceptance.signer)
    assert applied(decide(accepted, same)).events == ()
    assert refused(decide(annulled, same)).code == "quote_not_acceptable"


def test_an_order_that_was_handed_over_is_not_annulled() -> None:
    """By a code of its own, with the way out; another reference takes the place of the first."""
    handed_over = after(A.SEND, A.ACCEPT, A.HAND_OVER)
    assert (handed_over.status, handed_over.order_reference) == (S.ACCEPTED, "SO-3")
    no = refused(decide(handed_over, command(A.ANNUL, LATER)))
    assert (no.code, no.allowed) == ("order_handed_over", (A.RESEND, A.HAND_OVER))
    assert "taken back where it is made" in no.detail
    corrected = applied(decide(handed_over, command(A.HAND_OVER, LATER, number=9))).quote
    assert corrected.order_reference == "SO-9"
