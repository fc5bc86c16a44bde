"""A form that could not be stored comes back as it was filled in, from nothing but itself: the record cannot be asked."""

import base64
import hashlib
import hmac
import json
from collections.abc import Mapping
from dataclasses import asdict, dataclass
from typing import Final

from starlette.requests import Request
from starlette.responses import Response

from api.customer.forms import Form, FormName
from api.customer.page_data import PageView
from api.customer.pages import page
from api.services import services_of

_RETRY_AFTER: Final = {"Retry-After": "30"}
TYPED: Final = (
    "signer_name",
    "signer_email",
    "purchase_order_number",
    "consent",
    "reason",
    "wish",
    "colleague",
    "note",
)
"""The fields that a person fills in."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Slip:
    """What a form says of its offer. It goes along with the form, sealed. `until` is the deadline in words, as it stood
    when the page was made. `total` is None where it depends on what
    is chosen.
    """

    seller: str
    accent: str
    email: str | None
    phone: str | None
    number: str
    version: int
    total: str | None
    until: str
    consent: str


def slip_of(view: PageView) -> Slip:
    """That of the forms of this page."""
    offer = view.offer
    return Slip(
        seller=offer.seller.name,
        accent=offer.seller.accent,
        email=offer.seller.email,
        phone=offer.seller.phone,
        number=offer.number,
        version=offer.version,
        total=None if offer.sheet.has_choices else offer.sheet.total,
        until=offer.deadline,
        consent=offer.seller.consent_text,
    )


def sealed(request: Request, token: str, slip: Slip) -> str:
    """The slip as a hidden field of a form behind that link."""
    told = base64.urlsafe_b64encode(json.dumps(asdict(slip), separators=(",", ":")).encode()).decode()
    return f"{told}~{_seal(request, token, told)}"


def unsealed(request: Request, token: str, field: str) -> Slip | None:
    """The slip of a hidden field that this installation made for that link; None for anything else."""
    told, _, seal = field.partition("~")
    if not hmac.compare_digest(seal.encode("utf-8", "replace"), _seal(request, token, told).encode()):
        return None
    try:
        return Slip(**json.loads(base64.urlsafe_b64decode(told)))
    except (ValueError, TypeError):  # that of a version of the program with other fields
        return None


def unsent(
    request: Request, token: str, asks: FormName, fields: Mapping[str, str], slip: Slip | None = None
) -> Response:
    """The page with the form, 503. Without `slip` it tells what the form's own one says."""
    return page(
        request,
        "unsent.html",
        status=503,
        headers=dict(_RETRY_AFTER),
        token=token,
        told=slip or unsealed(request, token, fields.get("slip", "")),
        form=Form(asks=asks, values={name: fields.get(name, "") for name in TYPED}),
        kept=fields,
    )


def _seal(request: Request, token: str, told: str) -> str:
    secret = services_of(request).settings.secret.get_secret_value()
    key = hmac.digest(secret.encode(), b"firm-offer/form-slip", hashlib.sha256)
    return hmac.digest(key, f"{token}|{told}".encode("utf-8", "replace"), hashlib.sha256).hex()[:32]
