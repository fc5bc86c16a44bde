"""The pages of a quote as answers: as it stands, after a form that did not count, while an outcome is awaited."""

import hashlib
import hmac
from datetime import datetime
from secrets import token_urlsafe
from typing import Any, Final
from urllib.parse import quote

from starlette.requests import Request
from starlette.responses import HTMLResponse, RedirectResponse, Response

from adapters.db.record.views import CommandView
from api.customer.choosing import chosen
from api.customer.forms import SENDS, Form, FormName
from api.customer.link import Opened
from api.customer.page_data import PageView
from api.customer.pages import page, preview_policy
from api.customer.unsent import sealed, slip_of
from api.customer.which_page import PageTemplate
from api.services import services_of
from domain import instants, wording
from domain.errors import TooManyRequestsError
from domain.offer.content import VersionContent
from domain.quotes.status import Action, QuoteStatus

_SEAL_LENGTH: Final = 32


class OpenedStamps:
    """Stamps for the forms of pages. A stamp proves that this server made the page for that link at that time,
    not who read it, nor that it was read.
    """

    def __init__(self, secret: str) -> None:
        self._key = hmac.digest(secret.encode(), b"firm-offer/page-opened", hashlib.sha256)

    def stamp(self, link_id: str, at: datetime) -> str:
        """For the hidden field of a form: the instant and its seal."""
        told = instants.to_the_second(at)
        return f"{told}~{self._seal(link_id, told)}"

    def read(self, link_id: str, stamp: str) -> str | None:
        """The instant (RFC 3339) of a stamp made for that link; None for anything else."""
        told, _, seal = stamp.partition("~")
        genuine = hmac.compare_digest(seal.encode("utf-8", "replace"), self._seal(link_id, told).encode())
        return told if genuine else None

    def _seal(self, link_id: str, told: str) -> str:
        sealed = hmac.digest(self._key, f"{link_id}|{told}".encode("utf-8", "replace"), hashlib.sha256)
        return sealed.hex()[:_SEAL_LENGTH]


NEW: Final = {"Cache-Control": "no-store"}
_CONFLICT: Final = 409
_INVALID: Final = 422
_TOO_MANY: Final = 429
_HOUR: Final = 60


def stamps_of(request: Request) -> OpenedStamps:
    """How this installation stamps its pages."""
    return OpenedStamps(services_of(request).settings.secret.get_secret_value())


def back_to(token: str) -> Response:
    """To the page itself, so that reloading it sends nothing again."""
    return RedirectResponse(f"/q/{quote(token, safe='')}", status_code=303, headers=NEW)


def standing_page(
    request: Request, opened: Opened, *, status: int = 200, form: Form | None = None
) -> Response:
    """The page as it stands; with a `form` that is not sent yet."""
    return _page(request, opened, status, form or Form())


def preview_page(request: Request, view: PageView, content: VersionContent) -> HTMLResponse:
    """The page of an offer that was not sent: its forms have no seals and go nowhere."""
    return page(
        request,
        f"{view.standing.page}.html",
        headers={"Content-Security-Policy": preview_policy(view.offer.seller.accent, is_header=True)},
        offer=view.offer,
        view=view,
        form=Form(),
        slip=slip_of(view),
        choice=chosen(content, {}) if view.standing.may_accept else None,
        kept={},
        late=None,
        stale=None,
    )


def returned(request: Request, opened: Opened, form: Form) -> Response:
    """A form that cannot be sent comes back as it was typed; where the page takes none any more, or shows
    something else than the form was made for, with a word that it did not count.
    """
    if form.is_stale and opened.view.standing.page is PageTemplate.OFFER:
        fresh = {name: value for name, value in form.values.items() if name not in {"consent", "opened_at"}}
        return _page(request, opened, _CONFLICT, Form(asks=form.asks, values=fresh), stale=_late(form))
    if takes(opened, form.asks) and not form.is_stale:
        return _page(request, opened, _INVALID, form)
    return _page(request, opened, _CONFLICT, Form(), late=_late(form))


def bounded(request: Request, opened: Opened, form: Form, error: TooManyRequestsError) -> Response:
    """A request too many comes back as it was typed, and says when it can be sent."""
    minutes = -(-error.retry_after // 60)
    again = (
        wording.counted(minutes, "minute")
        if minutes < _HOUR
        else wording.counted(-(-minutes // _HOUR), "hour")
    )
    problem = f"{error} Please send this again in {again}, or reply to the email that brought you here."
    kept = Form(asks=form.asks, values=form.values, errors={"form": problem})
    return _page(request, opened, _TOO_MANY, kept, headers={"Retry-After": str(error.retry_after)})


def repeats(command: CommandView) -> bool:
    """Whether a refused no says what holds already: a second yes of the same signer is not refused."""
    return command.name == Action.REJECT and command.current_status is QuoteStatus.REJECTED


def refused(request: Request, opened: Opened, command: CommandView) -> Response:
    """The page as it stands now, which is the reason, with a word about what was just sent."""
    return _page(request, opened, _CONFLICT, Form(), late=command.name)


def processing(request: Request, opened: Opened, command_id: str, command: CommandView | None) -> Response:
    """An answer is stored and not decided yet."""
    received = wording.clock(command.received_at, opened.quote.quote.time_zone) if command else None
    return page(
        request,
        "processing.html",
        status=202,
        offer=opened.view.offer,
        view=opened.view,
        received_at=received,
        command_id=command_id,
    )


def takes(opened: Opened, asks: FormName | None) -> bool:
    """Whether the page has this form now."""
    if asks is FormName.EXTENSION:
        return opened.view.standing.takes_extension_request
    return opened.view.standing.page is PageTemplate.OFFER and (
        asks is FormName.SHARE or opened.link.may_accept
    )


def _late(form: Form) -> str:
    return SENDS[form.asks].name if form.asks else ""


def _page(request: Request, opened: Opened, status: int, form: Form, **more: Any) -> Response:
    told = {"late": None, "stale": None, **more}
    typed = form.value("opened_at")
    stamps = stamps_of(request)
    kept = typed if stamps.read(opened.link.id, typed) else None
    view, slip = opened.view, slip_of(opened.view)
    choice = chosen(opened.quote.content, form.values) if takes(opened, FormName.ACCEPT) else None
    fields = {
        "version": str(view.offer.version),
        "content_hash": view.content_hash,
        "form_id": form.value("form_id") or token_urlsafe(18),
        "opened_at": kept or stamps.stamp(opened.link.id, opened.quote.now),
        "slip": sealed(request, view.token, slip),
    }
    return page(
        request,
        f"{view.standing.page}.html",
        status=status,
        offer=view.offer,
        view=view,
        form=form,
        slip=slip,
        choice=choice,
        kept=fields,
        **told,
    )
