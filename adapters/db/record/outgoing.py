"""The rows of the outbox, and the links, that follow from a decision: who is told of what says `domain.quotes.notices`.

Ids and keys are the same at every try.
"""

import re
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final, Protocol
from uuid import UUID, uuid5

from adapters.db.record.lock import Locked
from adapters.db.record.rows import held_link, text_of
from domain.presentation.message import to_be_told
from domain.quotes import causes
from domain.quotes.events import Resent, Sent
from domain.quotes.notices import (
    Addresses,
    Audience,
    HeldLink,
    Notice,
    each_once,
    notices,
    readers,
    readers_of,
)
from domain.quotes.payloads import AcceptPayload, Addressed, CreatePayload, SharePayload
from domain.quotes.record import RecordRequest


class Tokens(Protocol):
    """How links' tokens are made and hashed."""

    def token(self, link_id: str) -> str:
        """The secret part of a link's address."""
        ...

    def hash(self, token: str) -> str:
        """What the table holds of a token."""
        ...


_NAMES: Final = UUID("6f1d3c52-3d0c-5c0e-9d55-6b0f3f1f7a10")
_HOST: Final = re.compile(r"[A-Za-z0-9-]+(\.[A-Za-z0-9-]+)+")
_NO_HOST: Final = "firm-offer.invalid"


@dataclass
class Outgoing:
    """Rows of `messages` and `customer_links`."""

    messages: list[dict[str, Any]] = field(default_factory=list)
    links: list[dict[str, Any]] = field(default_factory=list)


def outgoing(request: RecordRequest, locked: Locked, tokens: Tokens) -> Outgoing:
    """The mails that follow from the request's events, one per recipient, and the links of a sending."""
    made = Outgoing()
    after = request.quote or locked.quote
    if after is None:
        return made
    sending: list[HeldLink] = []
    for event in request.events:
        body = event.body
        version = body.version if isinstance(body, Sent | Resent) else after.current_version
        data = to_be_told(event, locked.quote, after, locked.asked, accepted=locked.accepted)
        for notice in notices(event, locked.quote):
            if notice.audience is Audience.RECIPIENTS:
                sending = _held_by_colleague(locked, version)
                made.links += [] if sending else _links(request, locked, version, tokens)
                sending = sending or [held_link(link) for link in made.links]
            for reader in readers(notice, _addresses(locked, sending)):
                named = named_row(
                    request.quote_id, version, request.cause, notice, reader.address, locked.seller_email
                )
                told = data if reader.may_accept else data | {"reads_only": True}
                more = {"data": told, "link_id": reader.link_id, "created_at": text_of(locked.now)}
                made.messages.append({**named, **more})
    return made


def _addresses(locked: Locked, sending: list[HeldLink]) -> Addresses:
    asked = locked.asked
    signed = asked if isinstance(asked, AcceptPayload) else locked.accepted
    return Addresses(
        sending=sending,
        links=locked.links,
        version=locked.quote.last_sent_version if locked.quote else None,
        signer=signed.signer_email if signed else None,
        owner=locked.owner or (asked.owner if isinstance(asked, CreatePayload) else None),
        seller=locked.seller_email,
    )


def _held_by_colleague(locked: Locked, version: int) -> list[HeldLink]:
    """The link by which a colleague to whom the quote is shown can do as much already: it is told once more, and needs no
    other one.
    """
    asked = locked.asked
    if not isinstance(asked, SharePayload):
        return []
    known = {each.address.casefold(): each for each in readers_of(locked.links, version)}
    held = [known.get(address.casefold()) for address in asked.recipients or ()]
    able = [each for each in held if each and each.may_accept >= asked.may_accept(each.address)]
    return [link for link in locked.links if link.id in {each.link_id for each in able}]


def _links(request: RecordRequest, locked: Locked, version: int, tokens: Tokens) -> list[dict[str, Any]]:
    rows = []
    asked = locked.asked
    if not isinstance(asked, Addressed):
        return []
    for place, recipient in enumerate(each_once(asked.recipients or ())):
        name = causes.link(request.quote_id, version, request.cause, recipient)
        link_id = str(uuid5(_NAMES, name))
        rows.append(
            {
                "id": link_id,
                "quote_id": request.quote_id,
                "version": version,
                "recipient": recipient,
                "may_accept": asked.may_accept(recipient),
                "cause": request.cause,
                "token_hash": tokens.hash(tokens.token(link_id)),
                # Links are read oldest first: of one sending in the order given.
                "created_at": text_of(locked.now + timedelta(microseconds=place)),
            }
        )
    return rows


def named_row(
    quote_id: str, version: int, cause: str, notice: Notice, recipient: str, seller_email: str | None
) -> dict[str, Any]:
    """What a row of `messages` is known by, and to whom it goes."""
    key = causes.mail(quote_id, version, cause, notice.kind, notice.audience, recipient)
    id_ = str(uuid5(_NAMES, key))
    return {
        "id": id_,
        "key": key,
        "quote_id": quote_id,
        "version": version,
        "cause": cause,
        "kind": str(notice.kind),
        "audience": str(notice.audience),
        "recipient": recipient,
        "message_id": f"<{id_}@{_host(seller_email)}>",
    }


def thread_id(quote_id: str, recipient: str) -> str:
    """The Message-ID below which all mails of the quote to this recipient hang. No mail has it, and it stays the same
    when the seller's address changes.
    """
    return f"<{uuid5(_NAMES, causes.thread(quote_id, recipient.casefold()))}@thread.{_NO_HOST}>"


def _host(seller_email: str | None) -> str:
    """The right side of a Message-ID: the seller's domain where it is one."""
    host = (seller_email or "").rpartition("@")[2]
    return host if _HOST.fullmatch(host) else _NO_HOST
