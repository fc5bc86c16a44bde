"""Before an offer goes out: page, document and email as they would go, and then the sending."""

from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from adapters.db.inbox.store import NewCommand
from adapters.db.parties.sessions import DeskUser
from api.desk.drafting.assets import ASSETS
from api.desk.drafting.conflicts import since
from api.desk.drafting.sending.before_sending import (
    BeforeSending,
    before_sending,
    sending_data,
    told_of,
    wrong_fields,
)
from api.desk.drafting.typed.saving import NotTakenError, read_body, submitted
from api.desk.shell.desk_route import desk_router, typed_before
from api.desk.shell.once import new_form_id, once
from api.desk.shell.pages import message, page, see_other
from api.desk.shell.posted import DeskForm, read_desk_form
from api.desk.shell.signed_in import Sales, actor_of
from api.html import POLICY
from api.http.fields import Uuid
from api.http.problem import ProblemError
from api.services import Services, ServicesDep
from api.v1.quotes.actions import sending_asked
from api.v1.quotes.bodies import PreviewBody, SendBody
from api.v1.quotes.previews import (
    EmailPreviewAnswer,
    Previewed,
    email_previewed,
    page_previewed,
    pdf_previewed,
    previewed,
)

routes = desk_router()
_FRAMES: Final = {"Content-Security-Policy": f"{POLICY}; frame-src 'self'"}
_ALONE, _OURS = "frame-ancestors 'none'", "frame-ancestors 'self'"
_IN_FRAME: Final = {"Content-Security-Policy": POLICY.replace(_ALONE, _OURS)}
_MAIL: Final = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'self' 'unsafe-inline'; img-src data:; frame-src 'self'; form-action 'none'; "
        f"base-uri 'none'; {_OURS}"
    )
}
"""An email has its styles in its tags, and stands in a frame of its own that can do nothing."""


@routes.get("/quotes/{quote_id}/send")
async def look_before_sending(
    request: Request, services: ServicesDep, user: Sales, quote_id: Uuid
) -> Response:
    """What would go to whom. Nothing is stored or sent."""
    typed = await typed_before(request, user.id)
    shown = await before_sending(services, quote_id, typed, new_form_id())
    return _page(request, shown)


@routes.post("/quotes/{quote_id}/send")
async def send_from_desk(request: Request, services: ServicesDep, user: Sales, quote_id: Uuid) -> Response:
    """Send it, by the command that the API sends too."""
    form = await read_desk_form(request)
    try:
        new = await _command(services, user, quote_id, form)
        taken = await submitted(request, services, new)
    except NotTakenError as refused:
        errors = {} if refused.conflict else wrong_fields(refused.errors, form)
        return await _again(request, services, quote_id, form, refused.status, errors, refused)
    except ProblemError as problem:
        if not problem.errors:
            raise
        return await _again(request, services, quote_id, form, problem.status, told_of(problem.errors, form))
    return see_other(f"/desk/quotes/{taken.quote_id}?done={'received' if taken.waits_for else 'sent'}")


async def _command(services: Services, user: DeskUser, quote_id: str, form: DeskForm) -> NewCommand:
    data = sending_data(form)
    body = read_body(SendBody, data)
    version = form.number("state_version")
    return NewCommand(
        asked=await sending_asked(services, quote_id, body),
        quote_id=quote_id,
        actor=actor_of(user),
        expected_state_version=version,
        idempotency=once(user, form.text("form_id"), {**data, "state_version": version}),
    )


async def _again(
    request: Request,
    services: Services,
    quote_id: str,
    form: DeskForm,
    status: int,
    errors: dict[str, str],
    refused: NotTakenError | None = None,
) -> Response:
    shown = await before_sending(services, quote_id, form, new_form_id(), errors)
    conflict = ""
    if refused is not None and refused.conflict:
        happened = await since(services, quote_id, form.number("state_version"))
        conflict = happened or next(iter(refused.errors.values()), "")
    return _page(request, shown, status=status, conflict=conflict)


def _page(request: Request, shown: BeforeSending, *, status: int = 200, conflict: str = "") -> Response:
    if not shown.may_send and not conflict:
        quote = shown.quote
        return message(
            request,
            409,
            "This quote cannot be sent",
            f"{quote.number} is {str(quote.quote.status).replace('_', ' ')}. Its page shows what can be done with it.",
        )
    more: dict[str, Any] = {"sending": shown, "conflict": conflict, **ASSETS}
    return page(request, "drafting/templates/sending.html", status=status, headers=dict(_FRAMES), **more)


@routes.api_route("/quotes/{quote_id}/send/page", methods=["GET", "POST"])
async def preview_page(request: Request, services: ServicesDep, user: Sales, quote_id: Uuid) -> Response:
    """The customer's page as it would be, to stand in a frame of ours."""
    try:
        shown = await page_previewed(request, services, await _previewed(request, services, user, quote_id))
    except (ProblemError, NotTakenError) as problem:
        return _note(request, problem)
    policy = shown.headers["Content-Security-Policy"].replace(_ALONE, _OURS)
    shown.headers["Content-Security-Policy"] = policy
    return shown


@routes.api_route("/quotes/{quote_id}/send/pdf", methods=["GET", "POST"])
async def preview_pdf(request: Request, services: ServicesDep, user: Sales, quote_id: Uuid) -> Response:
    """The document as it would be, with DRAFT across it."""
    try:
        return await pdf_previewed(services, await _previewed(request, services, user, quote_id))
    except (ProblemError, NotTakenError) as problem:
        return _note(request, problem)


@routes.api_route("/quotes/{quote_id}/send/mail", methods=["GET", "POST"])
async def preview_mail(request: Request, services: ServicesDep, user: Sales, quote_id: Uuid) -> Response:
    """The email as it would be: head, text, and as mail programs show it."""
    try:
        mail = email_previewed(services, await _previewed(request, services, user, quote_id))
    except (ProblemError, NotTakenError) as problem:
        return _note(request, problem)
    more: dict[str, Any] = {"mail": vars(mail), "html": _whole(mail), **ASSETS}
    return page(request, "drafting/templates/frame_mail.html", headers=dict(_MAIL), **more)


async def _previewed(request: Request, services: Services, user: DeskUser, quote_id: str) -> Previewed:
    """By the form where one was posted; without one, as if nobody said anything. Raises ProblemError, NotTakenError."""
    if request.method == "GET":
        return await previewed(services, quote_id, PreviewBody(), actor=actor_of(user))
    form = await read_desk_form(request)
    data = sending_data(form)
    data.pop("confirm", None)  # what has to be confirmed can be looked at before
    body = read_body(PreviewBody, data)
    wanted = form.text("reader")
    if wanted.casefold() in {each.casefold() for each in body.recipients or ()}:
        body = body.model_copy(update={"reader": wanted})
    return await previewed(services, quote_id, body, actor=actor_of(user))


def _note(request: Request, problem: ProblemError | NotTakenError) -> Response:
    """Why there is nothing to look at."""
    if isinstance(problem, ProblemError):
        status, words = problem.status, [each.message for each in problem.errors] or [problem.detail]
    else:
        status, words = problem.status, list(problem.errors.values())
    return page(
        request,
        "drafting/templates/frame_note.html",
        status=status,
        headers=dict(_IN_FRAME),
        words=words,
        **ASSETS,
    )


def _whole(mail: EmailPreviewAnswer) -> str:
    """Its HTML with the pictures in it."""
    html = mail.html
    for image in mail.images:
        html = html.replace(f"cid:{image.content_id}", image.data)
    return html
