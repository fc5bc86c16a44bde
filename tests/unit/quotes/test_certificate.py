"""The certificate's words: the deadline that counted, where the yes came from, and nothing that is not known."""

from dataclasses import fields, replace
from datetime import UTC, datetime, timedelta, timezone
from decimal import Decimal
from typing import Any

from adapters.db.json_rows import columns
from adapters.db.tables import acceptances
from api.v1.documents import EvidenceAnswer
from domain.presentation.certificate import Certificate
from domain.proof.evidence import Acceptance, Circumstances, Evidence
from domain.quotes.commands import AcceptanceMethod
from domain.quotes.payloads import AcceptPayload
from tests.unit.pdf.test_quote_pdf import VALID_UNTIL, document

RECEIVED = datetime(2026, 11, 27, 13, 3, 22, tzinfo=UTC)
EVIDENCE = Evidence(
    quote_id="q",
    number="Q-2026-00012",
    time_zone="Europe/Berlin",
    customer_name="Harker Hydraulics Ltd",
    command_id="c",
    version=2,
    content_hash="c" * 64,
    document_sha256="d" * 64,
    total=Decimal("4605.01"),
    currency="EUR",
    signer="s" * 64,
    method=AcceptanceMethod.ONLINE,
    received_at=RECEIVED,
    valid_until=VALID_UNTIL,
    actor="link:l",
    signer_name="Jonathan Harker",
    signer_email="jonathan@harker.example",
    purchase_order_number=None,
    consent_text="I agree.",
    link_id="l",
    recipient="buyer@harker.example",
    ip="203.0.113.9",
    user_agent="Browser/1.0",
    page_opened_at=None,
    recorded_by=None,
    proof_sha256=None,
    selection=None,
    event_sequence=5,
    event_hash="e" * 64,
    evidence_sha256="f" * 64,
)


def rows(evidence: Evidence) -> dict[str, str]:
    """The certificate's rows by their labels."""
    made = Certificate(document=document(), evidence=evidence, document_sha256="d" * 64)
    return dict(made.to_data()["certificate"]["rows"])


def test_the_deadline_is_the_documents_own() -> None:
    """As the document beside it says it."""
    assert rows(EVIDENCE)["Open until"] == "Thursday, 24 December 2026, 23:59 CET (Europe/Berlin)"


def test_a_deadline_that_was_moved_is_told_so() -> None:
    """A yes after the date that the document names must not look late."""
    moved = replace(EVIDENCE, valid_until=VALID_UNTIL + timedelta(days=14))
    assert rows(moved)["Open until"] == (
        "Thursday, 7 January 2027, 23:59 CET (Europe/Berlin); changed after the quote was sent"
    )


def test_what_is_not_known_has_no_row() -> None:
    """An acceptance by phone has no address, browser, link or consent, and says who wrote it down."""
    phone = replace(
        EVIDENCE,
        method=AcceptanceMethod.PHONE,
        actor="key:desk",
        recorded_by="key:desk",
        ip=None,
        user_agent=None,
        recipient=None,
        consent_text=None,
        link_id=None,
    )
    online, by_phone = rows(EVIDENCE), rows(phone)
    assert (online["Network address"], online["Browser"]) == ("203.0.113.9", "Browser/1.0")
    assert set(online) - set(by_phone) == {"Network address", "Browser", "Link sent to", "Consent given"}
    assert online["How"] == "Online, by the customer's own link"
    assert by_phone["How"] == "By phone, recorded by the shop (key:desk)"


def test_how_it_came_follows_from_who_acted_and_not_from_what_was_said() -> None:
    """A key that says "online", as it once could, or another link's id beside the actor's: no customer's link."""
    said = rows(replace(EVIDENCE, actor="key:desk", link_id=None, recorded_by="key:desk"))
    assert said["How"] == "Said to be online, recorded by the shop (key:desk)"
    assert rows(replace(EVIDENCE, link_id=None))["How"] == "Online, by the customer's own link"  # forgotten
    assert (
        rows(replace(EVIDENCE, link_id="other"))["How"] == "Said to be online, recorded by the shop (link:l)"
    )


def test_a_fact_of_the_evidence_is_stored_and_answered() -> None:
    """The table has a column for each fact of an acceptance, the command that accepts tells all its circumstances, and the
    API answers everything but the zone in which people read it.
    """
    assert {each.name for each in fields(Acceptance)} == set(columns(acceptances))
    assert {each.name for each in fields(Circumstances)} <= {each.name for each in fields(AcceptPayload)}
    renamed = {"total": "total_price", "signer": "signer_digest"}
    answered = {renamed.get(each.name, each.name) for each in fields(Evidence)} - {"time_zone"}
    assert answered == set(EvidenceAnswer.model_fields) - {"annulment", "verification", "links"}


def test_the_digest_of_circumstances_is_over_every_part_and_its_own_salt() -> None:
    """Another value anywhere is another digest; the same instant in another zone is the same."""
    parts: dict[str, Any] = {each.name: "x" for each in fields(Circumstances)} | {"page_opened_at": RECEIVED}
    whole = Circumstances(**parts)
    digest = whole.digest(b"salt")
    others = {replace(whole, **{name: None}).digest(b"salt") for name in parts} | {whole.digest(b"other")}
    assert len(others - {digest}) == len(parts) + 1
    elsewhere = RECEIVED.astimezone(timezone(timedelta(hours=9)))
    assert replace(whole, page_opened_at=elsewhere).digest(b"salt") == digest
