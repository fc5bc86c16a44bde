"""A form for each thing that can be done with a quote, and what becomes of it."""

import hashlib
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from adapters.db.parties.sessions import DeskUser, keep_form
from adapters.db.quotes.links import close_link
from adapters.db.record.orders import ask_order_again
from adapters.db.record.views import CommandView
from api.desk.quotes.acting.doings import DOINGS, Doing, choices_of_page
from api.desk.quotes.acting.form_commands import FormAsked, WrongFieldsError
from api.desk.quotes.one.facts import QuoteFacts, read_facts
from api.desk.quotes.one.head import head_of
from api.desk.quotes.one.page_assets import FOLLOW, LOOK
from api.desk.quotes.one.timeline import meanwhile
from api.desk.quotes.one.told import links_of
from api.desk.shell.desk_route import desk_router, nothing_here, typed_before
from api.desk.shell.once import new_form_id, once
from api.desk.shell.pages import KEPT, page, see_other
from api.desk.shell.posted import DeskForm, read_desk_form, whole
from api.desk.shell.signed_in import Admin, Sales, actor_of
from api.dispatch.submit import Undecided
from api.http.fields import Uuid
from api.http.problem import ProblemError, status_of, title_of
from api.http.request_context import arrival_of
from api.services import Services, ServicesDep
from api.v1.router import quote_or_problem
from domain.quotes.record import OrderStatus
from domain.quotes.status import CommandStatus

routes = desk_router()
_ADMINS: Final = frozenset({"annul"})
_UNPROCESSABLE: Final = 422
_CONFLICT: Final = 409
_OK: Final = 200


async def show(
    request: Request, services: ServicesDep, user: Sales, quote_id: Uuid, seen: str = ""
) -> Response:
    """The form, with what was typed before where a session ended in between."""
    return await _show(request, services, user, quote_id, seen)


async def do(request: Request, services: ServicesDep, user: Sales, quote_id: Uuid) -> Response:
    """What the form asks for."""
    return await _do(request, services, user, quote_id)


async def show_grave(
    request: Request, services: ServicesDep, user: Admin, quote_id: Uuid, seen: str = ""
) -> Response:
    """As `show`, for what admins alone may do."""
    return await _show(request, services, user, quote_id, seen)


async def do_grave(request: Request, services: ServicesDep, user: Admin, quote_id: Uuid) -> Response:
    """As `do`, for what admins alone may do."""
    return await _do(request, services, user, quote_id)


for _path in DOINGS:
    _shows, _does = (show_grave, do_grave) if _path in _ADMINS else (show, do)
    routes.add_api_route(f"/quotes/{{quote_id}}/{_path}", _shows, methods=["GET"])
    routes.add_api_route(f"/quotes/{{quote_id}}/{_path}", _does, methods=["POST"])


@routes.get("/quotes/{quote_id}/links/{link_id}/close")
async def show_closing(
    request: Request, services: ServicesDep, _user: Sales, quote_id: Uuid, link_id: Uuid
) -> Response:
    """Whether that reader's link is to be closed."""
    async with services.database.read() as r:
        facts = await read_facts(r, quote_id)
    link = next((each for each in links_of(facts, services.settings.link_days) if each.id == link_id), None)
    if link is None:
        return nothing_here(request)
    return page(
        request, "quotes/acting/templates/close_link.html", head=head_of(facts), link=link, quote_id=quote_id
    )


@routes.post("/quotes/{quote_id}/links/{link_id}/close")
async def close(
    request: Request, services: ServicesDep, user: Sales, quote_id: Uuid, link_id: Uuid
) -> Response:
    """Close it; closing it again changes nothing."""
    async with services.database.read() as r:
        facts = await read_facts(r, quote_id)
    if link_id not in facts.links:
        return nothing_here(request)
    async with services.database.write() as w:
        await close_link(w, link_id, actor=actor_of(user))
    return see_other(f"/desk/quotes/{quote_id}?done=closed#readers")


@routes.post("/quotes/{quote_id}/order/retry")
async def retry_order(services: ServicesDep, _user: Sales, quote_id: Uuid) -> Response:
    """Have the order handed over that could not be. Asking once more changes nothing, nor where it was handed over or
    annulled since the page was shown: then the page says just how it stands.
    """
    async with services.database.write() as w:
        await quote_or_problem(w, quote_id)
        await ask_order_again(w, quote_id)
        view = await quote_or_problem(w, quote_id)
    is_tried = view.order.status is OrderStatus.PENDING
    return see_other(f"/desk/quotes/{quote_id}{'?done=order_retried' if is_tried else ''}")


def _doing(request: Request) -> Doing:
    return DOINGS[request.url.path.rpartition("/")[2]]


async def _show(request: Request, services: Services, user: DeskUser, quote_id: str, seen: str) -> Response:
    async with services.database.read() as r:
        facts = await read_facts(r, quote_id)
    typed = await typed_before(request, user.id)
    return _form(request, facts, typed, seen=whole(typed.text("state_version") if typed else seen))


async def _do(request: Request, services: Services, user: DeskUser, quote_id: str) -> Response:
    form = await read_desk_form(request)
    async with services.database.read() as r:
        facts = await read_facts(r, quote_id)
    asked = FormAsked(
        services=services,
        facts=facts,
        form=form,
        actor=actor_of(user),
        idempotency=once(user, form.text("form_id"), _said(request, form)),
    )
    try:
        new = await _doing(request).read(asked)
    except WrongFieldsError as wrong:
        return _form(request, facts, form, kept=asked.kept, errors=wrong.errors, status=_UNPROCESSABLE)
    except ProblemError as problem:
        errors = {each.pointer.split("/")[1]: each.message for each in problem.errors if "/" in each.pointer}
        if not errors:
            raise
        return _form(request, facts, form, kept=asked.kept, errors=errors, status=_UNPROCESSABLE)
    verdict = await services.commands.submit(new, arrived=arrival_of(request.scope))
    if isinstance(verdict, Undecided):
        return await _followed(request, services, user, verdict, {**form.fields, **_listed(asked.kept)})
    command = verdict.command
    if command.status is CommandStatus.REFUSED:
        return await _refused(request, services, command, asked)
    return see_other(f"/desk/quotes/{command.quote_id}?done={_doing(request).path}")


def _listed(kept: dict[str, str]) -> dict[str, list[str]]:
    return {name: [value] for name, value in kept.items()}


async def _followed(
    request: Request, services: Services, user: DeskUser, verdict: Undecided, fields: dict[str, list[str]]
) -> Response:
    """To the page of the quote that it is about, which follows the command; the form is kept for when it is refused."""
    async with services.database.write() as w:
        kept = await keep_form(w, user_id=user.id, path=request.url.path, fields=fields)
    step = _doing(request).path
    return see_other(f"/desk/quotes/{verdict.quote_id}?waits={verdict.command_id}&form={step}&{KEPT}={kept}")


async def _refused(request: Request, services: Services, command: CommandView, asked: FormAsked) -> Response:
    """The form as it was typed, with why it did not count, and who did what meanwhile."""
    async with services.database.read() as r:
        facts = await read_facts(r, asked.quote_id)
    code = command.code or "malformed"
    return _form(
        request,
        facts,
        asked.form,
        kept=asked.kept,
        refused=(title_of(code), command.detail or ""),
        seen=asked.form.number("state_version"),
        status=status_of(code),
    )


def _said(request: Request, form: DeskForm) -> list[object]:
    """All that makes the request: its address, its fields and its files."""
    files = {
        name: [hashlib.sha256(each.content).hexdigest() for each in found]
        for name, found in form.files.items()
    }
    return [request.url.path, sorted(form.fields.items()), sorted(files.items())]


def _form(
    request: Request,
    facts: QuoteFacts,
    form: DeskForm | None,
    *,
    seen: int | None = None,
    kept: dict[str, str] | None = None,
    errors: dict[str, str] | None = None,
    refused: tuple[str, str] | None = None,
    status: int | None = None,
) -> Response:
    doing = _doing(request)
    fields = doing.fields(facts)
    no = doing.refusal(facts)
    quote = facts.view.quote
    # What a page has shown is what it is for, until somebody has read what happened meanwhile.
    hidden: dict[str, Any] = {
        "state_version": quote.state_version,
        "version": quote.current_version,
        "form_id": new_form_id(),
        **{name: form.text(name) for name in ("proof_sha256", "proof_name") if form and form.text(name)},
        **(kept or {}),
    }
    if errors and form:
        hidden["state_version"] = form.number("state_version") or quote.state_version
        hidden["version"] = form.number("version") or quote.current_version
    typed = {name: values[-1] for name, values in form.fields.items() if values} if form else {}
    return page(
        request,
        "quotes/acting/templates/form.html",
        status=status or (_CONFLICT if no else _OK),
        doing=doing,
        head=head_of(facts),
        quote_id=quote.id,
        state=facts.state,
        fields=fields,
        choices=choices_of_page(facts) if doing.path == "accept" else (),
        has_file=any(each.kind == "file" for each in fields),
        labels={each.name: each.label for each in fields},
        typed=typed,
        is_typed=form is not None,
        hidden=hidden,
        errors=errors or {},
        refused=refused,
        no=no,
        meanwhile=meanwhile(facts, seen),
        seen=seen if seen is not None else quote.state_version,
        look=LOOK.path,
        follow=FOLLOW.path,
    )
