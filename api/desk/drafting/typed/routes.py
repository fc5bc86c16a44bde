"""A new quote, and the next version of one: a form that prices as one types."""

from collections.abc import Callable, Coroutine, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from adapters.db.parties.sessions import DeskUser
from adapters.db.quotes.stored_files import keep_file
from api.desk.drafting.assets import ASSETS
from api.desk.drafting.typed.changing_lines import FIRST, changed
from api.desk.drafting.typed.customer_choice import customers_called, made_customer, make_if_typed
from api.desk.drafting.typed.draft_page import draft_shown, show_draft
from api.desk.drafting.typed.live_price import basis_of
from api.desk.drafting.typed.saving import DraftOutcome, NotTakenError, make_draft
from api.desk.drafting.typed.typed_draft import CALCULATION, Tree, branches, text, typed_tree
from api.desk.shell.desk_route import desk_router, typed_before
from api.desk.shell.pages import see_other
from api.desk.shell.posted import DeskForm, read_desk_form
from api.desk.shell.signed_in import Sales, actor_of
from api.http.file_body import NO_DRAWING, drawing_type
from api.services import Services, ServicesDep
from domain.offer.enclosures import MAX_ENCLOSURES, FileAudience
from domain.uuids import is_uuid

SEND_NEXT: Final = "send"

routes = desk_router()
Saves = Callable[[Tree], Coroutine[Any, Any, DraftOutcome]]


@dataclass(frozen=True, slots=True, kw_only=True)
class Drafting:
    """What a form of a draft is for: `heading` and `about` stand above it, `saves` makes of it what it is for."""

    request: Request
    services: Services
    user: DeskUser
    heading: str
    about: str
    saves: Saves
    is_new: bool = True
    number: str = ""
    """Of the quote that is changed."""
    customer_id: str | None = None
    """Whose quote it is, where that is settled."""
    state_version: int | None = None
    """Of the quote as whoever types has seen it."""
    newest_state: int | None = None
    happened: Callable[[], Coroutine[Any, Any, str]] | None = None
    """Tells who has changed the quote meanwhile."""
    remarks: tuple[str, ...] = ()
    onward: str = "Save and look before sending"
    keeps: str = "Save the draft"
    after_conflict: str = "Please try again."
    offer_open: bool = False


@routes.get("/quotes/new")
async def new_quote(request: Request, services: ServicesDep, user: Sales) -> Response:
    """An empty form; `customer` and `calculation` in the address fill in theirs."""
    before = await typed_before(request, user.id)
    tree = typed_tree(before.fields) if before else _begun(request.query_params, user)
    return await shown(_new(request, services, user), tree)


@routes.post("/quotes/new")
async def post_new_quote(request: Request, services: ServicesDep, user: Sales) -> Response:
    """What a button of the form asks for: a line more, a customer, the price, the draft."""
    form = await read_desk_form(request)
    return await answered_form(_new(request, services, user), form)


@routes.post("/quotes/new/price")
async def price_as_typed(request: Request, services: ServicesDep, _: Sales) -> Response:
    """The prices of what has been typed so far, as parts of a page."""
    tree = typed_tree((await read_desk_form(request)).fields)
    draft = await draft_shown(request, await basis_of(services, text(tree, "customer_id")), tree)
    return show_draft(request, draft, "prices_alone")


@routes.get("/quotes/new/customers")
async def find_customers(request: Request, services: ServicesDep, _: Sales, q: str = "") -> Response:
    """Customers with that in name or address, as a part of a page."""
    basis = await basis_of(services, "")
    draft = await draft_shown(request, basis, {"customer_q": q}, matches=await customers_called(services, q))
    return show_draft(request, draft, "customers_alone")


def _new(request: Request, services: Services, user: DeskUser) -> Drafting:
    async def saves(tree: Tree) -> DraftOutcome:
        return await make_draft(request, user, tree)

    return Drafting(
        request=request,
        services=services,
        user=user,
        heading="New quote",
        about="A draft that nobody outside the shop sees before you send it.",
        saves=saves,
    )


def _begun(query: Mapping[str, str], user: DeskUser) -> Tree:
    tree: Tree = {"lines": [{**FIRST}], "owner": user.address, "customer_id": query.get("customer", "")}
    if is_uuid(query.get("calculation", "")):
        tree["lines"] = [{"kind": CALCULATION, "pricing_calculation_id": query["calculation"]}]
    return tree


async def shown(
    drafting: Drafting,
    tree: Tree,
    *,
    status: int = 200,
    errors: Mapping[str, str] | None = None,
    matches: Any = None,
    focus: str = "",
    conflict: str = "",
) -> Response:
    """The page of the form as it was typed."""
    basis = await basis_of(drafting.services, drafting.customer_id or text(tree, "customer_id"))
    if matches is None and basis.customer is None and drafting.is_new:
        matches = await customers_called(drafting.services, text(tree, "customer_q"))
    draft = await draft_shown(drafting.request, basis, tree, errors=errors, matches=matches)
    more = {"drafting": drafting, "focus": focus, "conflict": conflict, **ASSETS}
    return show_draft(drafting.request, draft, "draft", status=status, **more)


async def answered_form(drafting: Drafting, form: DeskForm) -> Response:
    """What becomes of a posted form: the page again with what its button did, or on to the quote."""
    tree, does = typed_tree(form.fields), form.text("do")
    if wrong := await _keep_uploads(drafting, form, tree):
        return await shown(drafting, tree, status=422, errors=wrong, focus="files")
    try:
        if does in {"save", SEND_NEXT}:
            if drafting.is_new:
                await make_if_typed(drafting.services, drafting.user, tree)
            return see_other(after_saving(await drafting.saves(tree), sends=does == SEND_NEXT))
        return await shown(drafting, tree, focus=await _done(drafting, tree, does))
    except NotTakenError as refused:
        return await _refused(drafting, tree, refused)


async def _refused(drafting: Drafting, tree: Tree, refused: NotTakenError) -> Response:
    if not refused.conflict:
        return await shown(drafting, tree, status=refused.status, errors=refused.errors)
    happened = await drafting.happened() if drafting.happened else ""
    conflict = happened or refused.errors.get("form") or "That does not go any more."
    seen = replace(drafting, state_version=drafting.newest_state)  # from now on they know
    return await shown(seen, tree, status=refused.status, conflict=conflict)


async def _done(drafting: Drafting, tree: Tree, does: str) -> str:
    """Do what a button says that saves nothing; the id of the place to go on typing at."""
    if does.startswith("customer:"):
        tree["customer_id"] = does.partition(":")[2]
        return "lines.0.description"
    if does == "other-customer":
        tree["customer_id"] = tree["contact"] = ""
        return "customer_q"
    if does == "new-customer":
        await made_customer(drafting.services, drafting.user, tree)
        return "lines.0.description"
    if does == "price":
        return "total"
    return changed(tree, does) or ""


def after_saving(taken: DraftOutcome, *, sends: bool) -> str:
    """Where one goes on: to the sending, or to the quote, whose page also tells of what is not decided yet."""
    path = f"/desk/quotes/{taken.quote_id}"
    if taken.waits_for is not None:
        return f"{path}?done=received"
    return f"{path}/send" if sends else f"{path}?done=saved"


async def _keep_uploads(drafting: Drafting, form: DeskForm, tree: Tree) -> dict[str, str]:
    """Keep the files that came along at once, whatever else the form lacks; what is wrong with them."""
    wrong: dict[str, str] = {}
    for file in form.files.get("upload", []):
        media_type = drawing_type(file.content)
        if not file.content:
            wrong["upload"] = f"{file.name[:80]} is empty."
        elif media_type is None:
            wrong["upload"] = f"{file.name[:80]}: {NO_DRAWING}"
        elif len(branches(tree, "files")) >= MAX_ENCLOSURES:
            wrong["upload"] = f"A quote takes {MAX_ENCLOSURES} files."
        else:
            async with drafting.services.database.write() as writing:
                kept = await keep_file(
                    writing, file.content, media_type=media_type, stored_by=actor_of(drafting.user)
                )
            named = {"sha256": kept.sha256, "name": file.name, "audience": FileAudience.INTERNAL.value}
            tree.setdefault("files", []).append(named)
    return wrong
