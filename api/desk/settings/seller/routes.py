"""The settings' first page: who the shop is, as customers see it, and where everything else is set."""

import hashlib
import json
from base64 import b64encode
from dataclasses import asdict, dataclass
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from adapters import logs
from adapters.db.parties.seller import Seller, get_seller, put_seller
from adapters.db.parties.sessions import DeskUser
from adapters.db.pricing import active_card
from adapters.mail.logo import logo_of
from api.desk.settings.seller.seller_body import LONGEST_LOGO, SellerBody
from api.desk.shell.checking import Errors, checked
from api.desk.shell.desk_route import desk_router, nothing_here, typed_before
from api.desk.shell.pages import page, see_other
from api.desk.shell.percentages import fraction, percentage
from api.desk.shell.posted import DeskForm, read_desk_form
from api.desk.shell.signed_in import Manager, Viewer, actor_of
from api.html import PRIVATE
from api.services import Services, ServicesDep
from domain.people.roles import Role
from domain.presentation.images import image_bytes, media_type

SETTINGS: Final = "/desk/settings"
_READS: Final = ["GET", "HEAD"]
_LABELS: Final = {
    "name": "Name",
    "email": "Email address",
    "phone": "Telephone",
    "address": "Postal address",
    "tax_id": "Tax id",
    "terms": "Terms",
    "consent_text": "What a customer agrees to",
    "logo": "Logo",
    "accent": "Colour",
    "paper": "Paper",
    "time_zone": "Time zone",
    "currency": "Currency",
    "language": "Language",
    "tax_rate": "Tax, in percent",
    "no_tax_reason": "Why no tax",
}
_LINES: Final = (
    "name",
    "email",
    "phone",
    "tax_id",
    "accent",
    "paper",
    "time_zone",
    "currency",
    "no_tax_reason",
)
_TEXTS: Final = ("terms", "consent_text")
_PAPERS: Final = (("a4", "A4"), ("letter", "US Letter"))
_DONE: Final = {"saved": "Saved. Offers that were sent keep what they said; the next ones are like this."}
_log = logs.logger(__name__)
routes: Final = desk_router()


@dataclass(frozen=True, slots=True, kw_only=True)
class LetterheadShown:
    """How the shop stands on its offers, as it is stored; `rules` are what it goes by, for whoever only reads."""

    name: str
    lines: tuple[str, ...]
    accent: str
    has_logo: bool
    logo: str
    rules: tuple[tuple[str, str], ...]


@routes.api_route("/settings", methods=_READS)
async def settings(request: Request, services: ServicesDep, user: Viewer) -> Response:
    """The letterhead for everybody, and the form for managers."""
    return await _page(request, services, user, await typed_before(request, user.id))


@routes.post("/settings")
async def change_seller(request: Request, services: ServicesDep, user: Manager) -> Response:
    """Store who the shop is, unless somebody else has changed it since the form was opened."""
    form = await read_desk_form(request)
    async with services.database.read() as r:
        stored = await get_seller(r)
    errors: Errors = {}
    typed = _typed(form, stored, errors)
    body = checked(SellerBody, typed)
    if isinstance(body, dict):
        errors = {name.partition("-")[0]: words for name, words in body.items()} | errors
    if errors or isinstance(body, dict):
        return await _page(request, services, user, form, errors)
    async with services.database.write() as w:
        if form.text("edition") != _edition(await get_seller(w)):
            return await _page(request, services, user, form, meanwhile=True)
        await put_seller(w, Seller(**body.model_dump()))
    _log.info("seller_changed", by=actor_of(user))
    return see_other(f"{SETTINGS}?done=saved")


@routes.api_route("/settings/logo", methods=_READS)
async def logo(request: Request, services: ServicesDep, _user: Viewer) -> Response:
    """The logo as it is stored."""
    async with services.database.read() as r:
        content = image_bytes((await get_seller(r)).logo)
    if content is None or logo_of(content) is None:
        return nothing_here(request)
    return Response(content, media_type=media_type(content), headers=PRIVATE)


def _typed(form: DeskForm, stored: Seller, errors: Errors) -> dict[str, Any]:
    """What was typed, as the body of a seller; the logo stays where no other was chosen."""
    typed: dict[str, Any] = {name: said for name in _LINES if (said := form.text(name))}
    typed |= {name: form.text(name).replace("\r\n", "\n") for name in _TEXTS}
    typed["address"] = tuple(line.strip() for line in form.text("address").splitlines() if line.strip())
    typed["language"] = stored.language
    if percent := form.text("tax_rate"):
        typed["tax_rate"] = fraction(percent)
    file = form.file("logo")
    if file is not None:
        uri = f"data:{media_type(file.content)};base64,{b64encode(file.content).decode()}"
        if logo_of(file.content) is None:
            errors["logo"] = "must be a PNG or JPEG picture"
        elif len(uri) > LONGEST_LOGO:
            errors["logo"] = f"must have at most {LONGEST_LOGO * 3 // 4 // 1000} kB"
        else:
            typed["logo"] = uri
    elif stored.logo and not form.text("no_logo"):
        typed["logo"] = stored.logo
    return typed


def _edition(seller: Seller) -> str:
    """Another one whenever it was changed."""
    return hashlib.sha256(json.dumps(asdict(seller), sort_keys=True).encode()).hexdigest()[:32]


def _form_of(seller: Seller) -> DeskForm:
    fields = {name: [str(getattr(seller, name) or "")] for name in (*_LINES, *_TEXTS)}
    fields |= {
        "address": ["\n".join(seller.address)],
        "tax_rate": [percentage(seller.tax_rate)],
        "edition": [_edition(seller)],
    }
    return DeskForm(fields=fields)


def _letterhead(seller: Seller) -> LetterheadShown:
    contact = " · ".join(filter(None, (seller.email, seller.phone, seller.tax_id)))
    content = image_bytes(seller.logo)
    digest = hashlib.sha256(content or b"").hexdigest()[:16]
    return LetterheadShown(
        name=seller.name,
        lines=tuple(filter(None, (*seller.address, contact))),
        accent=seller.accent,
        has_logo=logo_of(content) is not None,
        logo=f"{SETTINGS}/logo?{digest}",
        rules=tuple((_LABELS[name], said) for name, said in _rules(seller) if said),
    )


def _rules(seller: Seller) -> list[tuple[str, str]]:
    return [
        ("terms", seller.terms),
        ("consent_text", seller.consent_text),
        ("time_zone", seller.time_zone),
        ("currency", seller.currency),
        ("tax_rate", percentage(seller.tax_rate)),
        ("no_tax_reason", seller.no_tax_reason or ""),
        ("paper", dict(_PAPERS).get(seller.paper, seller.paper)),
    ]


async def _page(
    request: Request,
    services: Services,
    user: DeskUser,
    form: DeskForm | None = None,
    errors: Errors | None = None,
    *,
    meanwhile: bool = False,
) -> Response:
    async with services.database.read() as r:
        seller = await get_seller(r)
        card = await active_card(r)
    currency = str(card[1]["currency"]) if card else seller.currency
    return page(
        request,
        "settings/seller/templates/settings.html",
        status=409 if meanwhile else 422 if errors else 200,
        letterhead=_letterhead(seller),
        form=form or _form_of(seller),
        edition=_edition(seller) if meanwhile or form is None else form.text("edition"),
        meanwhile=meanwhile,
        errors=errors or {},
        labels=_LABELS,
        papers=_PAPERS,
        may_change=user.role.includes(Role.MANAGER),
        other_currency=currency if currency != seller.currency else "",
        done=_DONE.get(request.query_params.get("done", ""), ""),
    )
