"""The price list at the desk: the card in force, its history, and a new one that is looked at before it holds."""

import hashlib
import json
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Final
from zoneinfo import ZoneInfo

import yaml
from starlette.requests import Request
from starlette.responses import Response
from uuid6 import uuid7

from adapters import logs
from adapters.db.parties.seller import get_seller
from adapters.db.pricing import (
    CardView,
    active_card,
    card_names,
    cards_edition,
    check_dates,
    gaps_in_time,
    hold_cards,
    list_cards,
    view_card,
)
from adapters.db.quotes.recent_parts import MOST_QUOTES, RECENT_DAYS, recent_parts
from api.desk.price_list.card_pages import (
    PRICE_LIST,
    Difference,
    card_row,
    difference,
    findings,
)
from api.desk.price_list.card_tables import card_tables
from api.desk.shell.checking import Errors, checked, moment, refused
from api.desk.shell.desk_route import desk_router, nothing_here, typed_before
from api.desk.shell.pages import page, see_other
from api.desk.shell.posted import DeskForm, read_desk_form
from api.desk.shell.signed_in import Manager, Viewer, actor_of
from api.http.downloads import file_answer
from api.http.problem import ProblemError
from api.services import Services, ServicesDep
from api.v1.rate_cards.answers import RateCardBody
from api.v1.rate_cards.card_file import CardFile, CardUnreadableError, read_card_text
from api.v1.rate_cards.routes import stored_card
from domain import instants, wording
from domain.people.roles import Role
from domain.rate_cards.data import rate_card_from_data, rate_card_to_data
from domain.rate_cards.dates import DEFAULT_NAME
from domain.rate_cards.problems import Problem
from domain.rate_cards.rate_card import RateCard
from domain.rate_cards.review import review
from domain.uuids import is_uuid

_READS: Final = ["GET", "HEAD"]
_HISTORY: Final = 200
_LARGEST: Final = 1_000_000
_LABELS: Final = {
    "": "The card",
    "file": "File",
    "valid_from": "From",
    "valid_until": "Until",
    "rate_card": "Name",
}
_DONE: Final = {
    "stored": "The price list is stored, and holds from its first instant on. Quotes that were priced keep their prices."
}
_TYPES: Final = {"json": "application/json", "yaml": "application/yaml"}
_log = logs.logger(__name__)
routes: Final = desk_router()


@dataclass(frozen=True, slots=True, kw_only=True)
class Uploaded:
    """A card that was handed in, with its dates as they were typed; `card` where there is no error."""

    text: str
    card: RateCard | None
    errors: list[Problem]
    warnings: list[Problem]
    read: CardFile | None


@routes.api_route("/price-list", methods=_READS)
async def price_list(request: Request, services: ServicesDep, user: Viewer) -> Response:
    """The card in force under the shop's own name, and the history of all."""
    async with services.database.read() as r:
        found = await active_card(r)
        view = await view_card(r, found[0]) if found else None
    return await _card(request, services, user.role, view)


@routes.api_route("/price-list/new", methods=_READS)
async def new_card(request: Request, services: ServicesDep, user: Manager) -> Response:
    """A form for a file and its dates."""
    return await _form(request, services, await typed_before(request, user.id) or DeskForm())


@routes.post("/price-list/new")
async def hand_in_card(request: Request, services: ServicesDep, user: Manager) -> Response:
    """First the findings and the difference; then, by a second button, the card is stored."""
    form = await read_desk_form(request)
    async with services.database.read() as r:
        zone = (await get_seller(r)).time_zone
    errors: Errors = {}
    dates = {name: _instant(form.text(name), zone, name, errors) for name in ("valid_from", "valid_until")}
    name = form.text("rate_card") or DEFAULT_NAME
    uploaded = _uploaded(form, errors)
    body = checked(RateCardBody, {"rate_card": name, **dates, "card": {}})
    if isinstance(body, dict):
        errors |= {field: words for field, words in body.items() if field in _LABELS}
    if errors or uploaded is None or isinstance(body, dict):
        return await _form(request, services, form, errors)
    async with services.database.read() as r:
        wrong, gaps = await check_dates(
            r, "of this file", name=name, valid_from=body.valid_from, valid_until=body.valid_until
        )
    if wrong:
        return await _form(request, services, form, {each.field: each.message for each in wrong})
    compared = form.text("compared")
    if form.text("do") != "store" or uploaded.card is None or not compared:
        return await _checked(request, services, form, uploaded, name, gaps)
    stored = body.model_copy(update={"card": type(body.card)(rate_card_to_data(uploaded.card))})
    try:
        async with services.database.write() as w:
            await hold_cards(w)
            view = await view_card(w, uploaded.card.id)
            is_new, is_same = view is None, await cards_edition(w, name) == compared
            if is_new and is_same:
                view = await stored_card(w, stored)
    except ProblemError as problem:
        return await _form(request, services, form, refused(problem))
    if view is None:
        return await _checked(request, services, form, uploaded, name, gaps, meanwhile=True)
    if is_new:
        _log.info("rate_card_stored", rate_card_id=view.id, by=actor_of(user))
    return see_other(f"{PRICE_LIST}/{view.id}?done=stored")


@routes.api_route("/price-list/{card_id}", methods=_READS)
async def one_card(request: Request, services: ServicesDep, user: Viewer, card_id: str) -> Response:
    """A card of the history."""
    view = await _find(services, card_id)
    return nothing_here(request) if view is None else await _card(request, services, user.role, view)


@routes.api_route("/price-list/{card_id}/{kind}", methods=_READS)
async def download(
    request: Request, services: ServicesDep, _user: Viewer, card_id: str, kind: str
) -> Response:
    """The card as `json` or `yaml`, in the form that an upload reads."""
    view = await _find(services, card_id)
    if view is None or kind not in _TYPES:
        return nothing_here(request)
    data = rate_card_to_data(rate_card_from_data(view.data))
    text = (
        json.dumps(data, indent=2, ensure_ascii=False)
        if kind == "json"
        else yaml.safe_dump(data, sort_keys=False, allow_unicode=True)
    )
    content = text.encode()
    name = wording.one_line(f"{view.data['name']} {view.data['version']}").replace("/", "-") + f".{kind}"
    return file_answer(content, _TYPES[kind], sha256=hashlib.sha256(content).hexdigest(), name=name)


async def _find(services: Services, card_id: str) -> CardView | None:
    if not is_uuid(card_id):
        return None
    async with services.database.read() as r:
        return await view_card(r, card_id)


async def _card(request: Request, services: Services, role: Role, view: CardView | None) -> Response:
    now = datetime.now(UTC)
    async with services.database.read() as r:
        zone = (await get_seller(r)).time_zone
        history = await list_cards(r, limit=_HISTORY)
        gaps = await gaps_in_time(r, view.name if view else DEFAULT_NAME)
    rows = [card_row(each, zone, now_begun=each.valid_from <= now) for each in history]
    shown = card_row(view, zone, now_begun=view.valid_from <= now) if view else None
    return page(
        request,
        "price_list/templates/card.html",
        card=shown,
        tables=card_tables(rate_card_from_data(view.data)) if view else [],
        history=rows,
        coming=[each for each in reversed(rows) if each.is_coming and each != shown],
        gaps=[each.message for each in gaps],
        may_upload=role.includes(Role.MANAGER),
        done=_DONE.get(request.query_params.get("done", ""), ""),
    )


async def _form(
    request: Request, services: Services, form: DeskForm, errors: Errors | None = None
) -> Response:
    async with services.database.read() as r:
        names = await card_names(r)
        zone = (await get_seller(r)).time_zone
    return page(
        request,
        "price_list/templates/upload.html",
        status=422 if errors else 200,
        form=form,
        names=[name for name in names if name != DEFAULT_NAME],
        zone=zone,
        errors=errors or {},
        labels=_LABELS,
    )


def _uploaded(form: DeskForm, errors: Errors) -> Uploaded | None:
    """The card of the file, or of the page that showed its findings."""
    file, kept = form.file("file"), form.text("card")
    if file is None and not kept:
        errors["file"] = "is required"
        return None
    raw = file.content if file is not None else kept.encode()
    if len(raw) > _LARGEST:
        errors["file"] = "is too large: at most 1 MB"
        return None
    try:
        read = read_card_text(file.name if file is not None else "card.json", raw)
    except CardUnreadableError as error:
        errors["file"] = str(error)
        return None
    if read.data is None:
        found_errors, card, warnings = list(read.problems), None, []
    else:
        found = review(read.data, new_id=str(uuid7()))
        found_errors, warnings = [*read.problems, *found.errors], list(found.warnings)
        card = None if found_errors else found.card
    text = json.dumps(rate_card_to_data(card), ensure_ascii=False) if card else ""
    return Uploaded(text=text, card=card, errors=found_errors, warnings=warnings, read=read if file else None)


async def _checked(
    request: Request,
    services: Services,
    form: DeskForm,
    uploaded: Uploaded,
    name: str,
    gaps: list[Problem],
    *,
    meanwhile: bool = False,
) -> Response:
    """What the check finds, and what would change. `meanwhile`: another card was stored, or came into force, after the look before."""
    async with services.database.read() as r:
        zone = (await get_seller(r)).time_zone
        compared = await cards_edition(r, name)
        found = await active_card(r, name)
        parts = await recent_parts(r, name) if found and uploaded.card else []
    changes: Difference | None = None
    if uploaded.card is not None and found is not None:
        async with services.batch_turn:
            changes = await difference(parts, rate_card_from_data(found[1]), uploaded.card)
    begins = form.text("valid_from")
    return page(
        request,
        "price_list/templates/checked.html",
        status=422 if uploaded.card is None else 409 if meanwhile else 200,
        card=uploaded.card,
        text=uploaded.text,
        compared=compared,
        meanwhile=meanwhile,
        form=form,
        name="" if name == DEFAULT_NAME else name,
        errors=findings(uploaded.errors, uploaded.read),
        warnings=findings([*uploaded.warnings, *gaps], uploaded.read),
        difference=changes,
        bound=(MOST_QUOTES, RECENT_DAYS),
        begins=moment(_read(begins, zone), zone) if begins else None,
    )


def _read(text: str, zone: str) -> datetime:
    """A local time as a browser writes it. Raises ValueError."""
    at = instants.read(text)
    return (at if at.tzinfo else at.replace(tzinfo=ZoneInfo(zone))).astimezone(UTC)


def _instant(text: str, zone: str, name: str, errors: Errors) -> str | None:
    if not text:
        return None
    try:
        return instants.stored(_read(text, zone))
    except (ValueError, OverflowError):
        errors[name] = "must be a day and a time, such as 2027-01-01T00:00"
        return None
