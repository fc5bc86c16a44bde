"""Whether a quote's record holds together: its events, its versions, its row and the evidence of acceptance.

Pure comparison. What is compared comes as it is stored, because whatever somebody has changed by force has to
be named here and must not fail before. That is why an event's data are read by their keys: its class would read
nothing at all where one value is damaged, and would take "1" for 1.
"""

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import fields
from decimal import Decimal

from domain import instants
from domain.canonical import sha256_hex
from domain.offer.choice import chosen_content, picks_of
from domain.offer.content import content_from_data
from domain.proof.counterparties import digest_of
from domain.proof.cross_check import beside
from domain.proof.forgotten import FILE_PLACE, unexcused
from domain.proof.mismatch import UNREADABLE, Mismatch, compared, text
from domain.proof.stored import QuoteRecord, StoredAcceptance, StoredDocument, StoredEvent, StoredVersion
from domain.quotes.commands import LINK, AcceptanceMethod
from domain.quotes.events import Event, EventType
from domain.quotes.fold import fold
from domain.quotes.quote import Quote


def verify(record: QuoteRecord) -> list[Mismatch]:
    """Everything that does not match; empty for a sound record. What was blanked because a person was forgotten, and
    sealed (`domain.proof.forgotten`), is none.

    The order is that of trust: the chain of events, its end, the versions it tells of, whom they name, the state it adds up
    to, the acceptance, the documents, the files that versions name, the rows beside them. What stands first is the cause, what follows may be a
    consequence.
    """
    parts = (_chain, _end, _versions, _parties, _state, _acceptance, _documents, _files, beside)
    return unexcused(record, (mismatch for part in parts for mismatch in part(record)))


def signer_text(signer_email: str, link_id: str | None) -> str:
    """What tells one signer from another: address in lower case, and link."""
    return f"{signer_email.lower()}{link_id or ''}"


def signer_digest(salt: bytes, signer_email: str, link_id: str | None) -> str:
    """What an event holds of a signer: SHA-256 over salt and `signer_text`."""
    return hashlib.sha256(salt + signer_text(signer_email, link_id).encode()).hexdigest()


def chain_hash(*, quote_id: str, sequence: int, event: Event, previous_hash: str) -> str:
    """SHA-256 that binds an event to its quote, its place and all events before it.

    `previous_hash` is the hash of the event with the sequence before, "" for the first. Raises ValueError
    for an event without a time.
    """
    if event.at is None:
        raise ValueError("an event is hashed with its time")
    return sha256_hex(
        {
            "quote_id": quote_id,
            "sequence": sequence,
            "type": str(event.type),
            "at": instants.compared(event.at),
            "actor": event.actor,
            "data": dict(event.data),
            "previous_hash": previous_hash,
        }
    )


def _chain(record: QuoteRecord) -> Iterator[Mismatch]:
    expected, previous = 1, ""
    for event in record.events:
        place = f"event {event.sequence} ({event.type})"
        if event.sequence > expected:
            yield _missing(expected, event.sequence - 1)
        elif event.previous_hash != previous:
            what = "its previous hash is not the hash of the event before it"
            yield Mismatch(place=place, what=what, expected=previous or "none", found=event.previous_hash)
        computed = _hash(record.quote_id, event)
        if computed != event.hash:
            what = "its content does not match its stored hash"
            yield Mismatch(place=place, what=what, expected=event.hash, found=computed)
        expected, previous = event.sequence + 1, event.hash


def _hash(quote_id: str, stored: StoredEvent) -> str:
    try:
        return chain_hash(
            quote_id=quote_id,
            sequence=stored.sequence,
            event=_event(stored),
            previous_hash=stored.previous_hash,
        )
    except UNREADABLE:
        return "content that cannot be hashed"


def _event(stored: StoredEvent) -> Event:
    return Event(type=EventType(stored.type), at=stored.at, actor=stored.actor, data=stored.data)


def _missing(first: int, last: int) -> Mismatch:
    one = first == last
    place = f"event {first}" if one else f"events {first} to {last}"
    return Mismatch(place=place, what="it is missing" if one else "they are missing")


def _end(record: QuoteRecord) -> Iterator[Mismatch]:
    last = record.events[-1] if record.events else None
    sequence = last.sequence if last else 0
    if sequence < record.last_sequence:
        yield _missing(sequence + 1, record.last_sequence)
    elif sequence > record.last_sequence:
        what = "the quote's row says that the chain ends before this event"
        yield Mismatch(place=f"event {record.last_sequence + 1}", what=what)
    elif last is not None and last.hash != record.last_hash:
        what = "the last hash in the quote's row is not that of the last event"
        yield Mismatch(place="end of the chain", what=what, expected=last.hash, found=record.last_hash)


def _versions(record: QuoteRecord) -> Iterator[Mismatch]:
    told = _told(record)
    stored = {version.number: version for version in record.versions}
    for number in sorted({*told, *stored}):
        place = f"version {number}"
        if number not in stored:
            yield Mismatch(place=place, what="it is missing")
        elif number not in told:
            yield Mismatch(place=place, what="no event records it")
        else:
            yield from _version(place, stored[number], told[number])


def _told(record: QuoteRecord) -> dict[int, StoredEvent]:
    """The event that made each version."""
    makers = (EventType.CREATED, EventType.REVISED)
    made = (event for event in record.events if event.type in makers)
    return {event.data["version"]: event for event in made if isinstance(event.data.get("version"), int)}


def _version(place: str, stored: StoredVersion, event: StoredEvent) -> Iterator[Mismatch]:
    try:
        computed = sha256_hex(stored.content)
    except TypeError:
        computed = "content that cannot be hashed"
    if computed != stored.content_hash:
        what = "its content does not match its stored hash"
        yield Mismatch(place=place, what=what, expected=stored.content_hash, found=computed)
    told = _figures(event)
    yield from compared(place, "does not match its event", told, _columns(stored, told))


def _parties(record: QuoteRecord) -> Iterator[Mismatch]:
    """Events that were recorded before there was a place for the digest have none."""
    stored = {version.number: version.parties for version in record.versions}
    for event in record.events:
        told = event.data.get("parties_sha256") if event.type == EventType.SENT else None
        if told is None:
            continue
        version = event.data.get("version")
        named = stored.get(version) if isinstance(version, int) else None
        try:
            found = digest_of(**named) if named is not None else "none"
        except TypeError:
            found = "parties that cannot be hashed"
        if found != told:
            what = "seller, customer and contacts do not match the digest in the event of the sending"
            yield Mismatch(place=f"parties of version {version}", what=what, expected=text(told), found=found)


def _figures(event: StoredEvent) -> dict[str, object]:
    """What an event says of the version it made, by the names of the version's columns."""
    texts = {name: event.data.get(name) for name in ("content_hash", "currency")}
    return {**texts, "total": _decimal(event.data.get("total")), "created_at": event.at}


def _decimal(value: object) -> object:
    try:
        return Decimal(str(value))
    except ArithmeticError:
        return value


def _columns(stored: object, names: Mapping[str, object]) -> dict[str, object]:
    return {name: getattr(stored, name) for name in names}


def _state(record: QuoteRecord) -> Iterator[Mismatch]:
    place = "the quote's row"
    try:
        folded = fold(map(_event, record.events))
    except UNREADABLE as why:
        yield Mismatch(place="events", what=f"together they do not make a quote: {type(why).__name__}")
        return
    if record.snapshot is None:
        yield Mismatch(place=place, what="it cannot be read as a quote")
    elif folded is not None:
        what = "does not match the events"
        yield from compared(place, what, _flat(folded), _flat(record.snapshot))


def _flat(quote: Quote) -> dict[str, object]:
    """A quote's fields by name; those of its versions and its acceptance one by one."""
    flat: dict[str, object] = {field.name: getattr(quote, field.name) for field in fields(quote)}
    flat["versions"] = len(quote.versions)
    for version in quote.versions:
        of = {field.name: getattr(version, field.name) for field in fields(version)}
        flat |= {f"version {version.number}'s {name}": value for name, value in of.items()}
    if quote.acceptance is not None:
        accepted = quote.acceptance
        of = {f"acceptance's {field.name}": getattr(accepted, field.name) for field in fields(accepted)}
        flat |= {"acceptance": "there is one", **of}
    return flat


def _acceptance(record: QuoteRecord) -> Iterator[Mismatch]:
    event = next((event for event in record.events if event.type == EventType.ACCEPTED), None)
    stored = record.acceptance
    if event is not None and stored is not None:
        yield from compared("acceptance", "does not match its event", *_evidence(record, event, stored))
        yield from _signer(record, stored)
        yield from _circumstances(record, stored, event)
        yield from _proof(stored, event)
        yield from _choice(record, event)
        yield from _claimed(event)
    elif event is not None:
        what = f"its evidence is missing, but event {event.sequence} records it"
        yield Mismatch(place="acceptance", what=what)
    elif stored is not None:
        yield Mismatch(place="acceptance", what="there is evidence of one, but no event records it")


def _choice(record: QuoteRecord, event: StoredEvent) -> Iterator[Mismatch]:
    """The version, by its stored content, has to offer what was chosen, at the total that the event tells."""
    version = next((each for each in record.versions if each.number == event.data.get("version")), None)
    if version is None or not isinstance(version.content, Mapping):
        return
    try:
        content = content_from_data(version.content)
        picks = picks_of(event.data.get("selection"))
        computed = chosen_content(content, picks).total if picks is not None else None
        expected = computed and f"{computed} {computed.currency}"
    except UNREADABLE:
        expected = "a choice that the version offers"
    told = event.data.get("total")
    found = None if told is None else f"{told} {event.data.get('currency')}"
    if expected != found:
        what = "its total is not what the choice comes to by the version"
        yield Mismatch(place="acceptance", what=what, expected=text(expected), found=text(found))


def _claimed(event: StoredEvent) -> Iterator[Mismatch]:
    if event.data.get("method") == AcceptanceMethod.ONLINE and not event.actor.startswith(LINK):
        what = "it is said to have come online, and came by no customer's link"
        yield Mismatch(place="acceptance", what=what, expected=f"{LINK}…", found=event.actor)


def _evidence(
    record: QuoteRecord, event: StoredEvent, stored: StoredAcceptance
) -> tuple[dict[str, object], dict[str, object]]:
    """What the acceptance's row must say, by the events; and what it says."""
    names = ("command_id", "version", "content_hash", "signer", "method", "selection")
    told: dict[str, object] = {name: event.data.get(name) for name in names}
    told |= {"received_at": event.at, "actor": event.actor}
    made = _told(record).get(stored.version)
    if made is not None:
        figures = _figures(made)
        told |= {name: figures[name] for name in ("currency", "total")}
        if event.data.get("selection") is not None:
            told |= {"total": _decimal(event.data.get("total")), "currency": event.data.get("currency")}
    return told, _columns(stored, told)


def _documents(record: QuoteRecord) -> Iterator[Mismatch]:
    told: dict[tuple[object, object], str] = {
        (event.data.get("kind"), event.data.get("version")): str(event.data.get("sha256"))
        for event in record.events
        if event.type == EventType.DOCUMENT_MADE
    }
    stored: dict[tuple[object, object], StoredDocument] = {
        (document.kind, document.version): document for document in record.documents
    }
    for kind, version in sorted({*told, *stored}, key=str):
        place, document = f"{kind} document of version {version}", stored.get((kind, version))
        if document is None:
            yield Mismatch(place=place, what="it is missing")
        elif (kind, version) not in told:
            yield Mismatch(place=place, what="no event records it")
        else:
            event_says = told[kind, version]
            for what, found in (
                ("its bytes do not match its event", document.computed_sha256),
                ("its stored digest does not match its event", document.sha256),
            ):
                if found != event_says:
                    yield Mismatch(place=place, what=what, expected=event_says, found=found)


def _files(record: QuoteRecord) -> Iterator[Mismatch]:
    """The content binds the digest, and its own hash the content."""
    for each in record.files:
        if each.computed_sha256 != each.sha256:
            what = "its bytes do not match the version" if each.computed_sha256 else "it is missing"
            place = f"{FILE_PLACE}{each.sha256[:12]} of version {each.version}"
            yield Mismatch(place=place, what=what, expected=each.sha256, found=text(each.computed_sha256))


def _proof(stored: StoredAcceptance, event: StoredEvent) -> Iterator[Mismatch]:
    told = event.data.get("proof_sha256")
    for what, found in (
        ("the digest of its proof does not match its event", stored.proof_sha256),
        ("the bytes of its proof do not match its event", stored.proof_computed),
    ):
        if found != told:
            yield Mismatch(place="acceptance", what=what, expected=text(told), found=text(found))


def _signer(record: QuoteRecord, stored: StoredAcceptance) -> Iterator[Mismatch]:
    if stored.signer_email is None or not _knows_salt(record, stored):
        return
    digest = signer_digest(record.salt, stored.signer_email, stored.link_id)
    if digest != stored.signer:
        what = "the signer's address and link do not match their stored digest"
        yield Mismatch(place="acceptance", what=what, expected=stored.signer, found=digest)


def _knows_salt(record: QuoteRecord, stored: StoredAcceptance) -> bool:
    """Not of an acceptance that was stored before its quote was recorded: its signer's digest has another salt (see
    `adapters.db.inbox.statements.STORE`), which nobody has kept.
    """
    began = record.recorded_at
    return began is not None and stored.stored_at is not None and stored.stored_at >= began


def _circumstances(record: QuoteRecord, stored: StoredAcceptance, event: StoredEvent) -> Iterator[Mismatch]:
    told, found = event.data.get("evidence_sha256"), stored.digest(record.salt)
    if told is not None and found != told:
        what = "signer, order, consent, link and request do not match the digest in its event"
        yield Mismatch(place="acceptance", what=what, expected=text(told), found=text(found))
