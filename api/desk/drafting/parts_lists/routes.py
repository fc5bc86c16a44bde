"""A customer's parts list becomes a draft: read, shown as it was understood, corrected, made."""

from collections.abc import Mapping
from typing import Any, Final

from starlette.requests import Request
from starlette.responses import Response

from adapters.db.inbox.store import NewCreate
from adapters.db.parties.sessions import DeskUser
from api.desk.drafting.assets import ASSETS
from api.desk.drafting.parts_lists.parts_page import answers_data, list_shown
from api.desk.drafting.typed.customer_choice import customers_called, made_customer, make_if_typed
from api.desk.drafting.typed.draft_page import DraftOptions
from api.desk.drafting.typed.field_labels import in_page_order, label
from api.desk.drafting.typed.live_price import basis_of
from api.desk.drafting.typed.routes import SEND_NEXT, after_saving
from api.desk.drafting.typed.saving import (
    DraftOutcome,
    NotTakenError,
    not_taken,
    read_body,
    submitted,
)
from api.desk.drafting.typed.typed_draft import Tree, branches, text, typed_tree
from api.desk.shell.desk_route import desk_router, typed_before
from api.desk.shell.once import new_form_id, once
from api.desk.shell.pages import page, see_other
from api.desk.shell.posted import DeskFile, DeskForm, read_desk_form
from api.desk.shell.signed_in import Sales, actor_of
from api.http.fields import Uuid
from api.http.file_body import MAX_FILE_BYTES
from api.http.problem import ProblemError
from api.services import Services, ServicesDep
from api.v1.parts_lists.said import ListAnswersBody, ListQuoteBody
from api.v1.parts_lists.steps import (
    Understood,
    as_understood,
    draft_asked,
    keep_file,
    note_draft,
    read_file,
    with_answers,
)
from domain import wording
from domain.uuids import is_uuid

routes = desk_router()
_LONGEST_NAME: Final = 200
_TOO_LARGE: Final = f"The file has more than {MAX_FILE_BYTES // 1024**2} MB."


@routes.get("/parts-lists/new")
async def new_parts_list(request: Request, services: ServicesDep, user: Sales) -> Response:
    """Where a file is chosen, and whose it is."""
    before = await typed_before(request, user.id)
    tree = typed_tree(before.fields) if before else {"customer_id": request.query_params.get("customer", "")}
    return await _upload(request, services, tree)


@routes.post("/parts-lists/new")
async def post_parts_list(request: Request, services: ServicesDep, user: Sales) -> Response:
    """Read the file and keep it; without one, what a button says about the customer."""
    form = await read_desk_form(request)
    tree, does = typed_tree(form.fields), form.text("do")
    try:
        await _choose_customer(services, user, tree, does)
        if (file := form.file("list")) is not None:
            return await _read(services, user, tree, file)
    except NotTakenError as refused:
        return await _upload(request, services, tree, refused)
    lacks = NotTakenError({"list": "Please choose a file."}) if does == "read" else None
    return await _upload(request, services, tree, lacks)


async def _read(services: Services, user: DeskUser, tree: Tree, file: DeskFile) -> Response:
    if len(file.content) > MAX_FILE_BYTES:
        raise NotTakenError({"list": _TOO_LARGE}, status=413)
    customer_id = text(tree, "customer_id")
    try:
        read = await read_file(
            services,
            file.content,
            customer_id=customer_id if is_uuid(customer_id) else None,
            sheet=text(tree, "sheet") or None,
        )
    except ProblemError as problem:
        words = problem.errors[0].message if problem.errors else problem.detail
        raise NotTakenError({"list": words}, status=problem.status) from None
    name = wording.one_line(file.name)[:_LONGEST_NAME] or None
    async with services.database.write() as writing:
        stored = await keep_file(writing, read, name=name, stored_by=actor_of(user))
    return see_other(f"/desk/parts-lists/{stored.id}")


async def _choose_customer(services: Services, user: DeskUser, tree: Tree, does: str) -> None:
    if does.startswith("customer:"):
        tree["customer_id"] = does.partition(":")[2]
    elif does == "other-customer":
        tree["customer_id"] = ""
    elif does == "new-customer":
        await made_customer(services, user, tree)
    elif does in {"read", "answer", "save", SEND_NEXT}:
        await make_if_typed(services, user, tree)


async def _upload(
    request: Request, services: Services, tree: Tree, refused: NotTakenError | None = None
) -> Response:
    basis = await basis_of(services, text(tree, "customer_id"))
    found = () if basis.customer else tuple(await customers_called(services, text(tree, "customer_q")))
    errors: Mapping[str, str] = in_page_order(refused.errors) if refused else {}
    data: dict[str, Any] = {
        "form_id": text(tree, "form_id") or new_form_id(),
        "errors": errors,
        "labels": {name: label(name) for name in errors},
        "customer": basis.customer,
        "contacts": (),
        "matches": None if basis.customer else found,
        "typed": tree,
        "options": DraftOptions.of(basis.card),
    }
    more: dict[str, Any] = {"upload": data, **ASSETS}
    status = refused.status if refused else 200
    return page(request, "drafting/templates/upload.html", status=status, **more)


@routes.get("/parts-lists/{list_id}")
async def parts_list_at_desk(request: Request, services: ServicesDep, user: Sales, list_id: Uuid) -> Response:
    """What is understood of a list by the price list in force and all that was said."""
    before = await typed_before(request, user.id)
    understood = await as_understood(services, list_id)
    return await _list(request, services, understood, typed_tree(before.fields) if before else {})


@routes.post("/parts-lists/{list_id}")
async def answer_at_desk(request: Request, services: ServicesDep, user: Sales, list_id: Uuid) -> Response:
    """Take answers and read the list again; in the end make the draft."""
    form = await read_desk_form(request)
    tree, does = typed_tree(form.fields), form.text("do")
    try:
        if does in {"find", "other-customer"}:
            understood = await as_understood(services, list_id)
            return await _list(request, services, understood, tree, finds=does == "other-customer")
        await _choose_customer(services, user, tree, does)
        if does in {"save", SEND_NEXT}:
            taken = await _draft(request, services, user, list_id, tree, form)
            return see_other(after_saving(taken, sends=does == SEND_NEXT))
        understood = await with_answers(services, list_id, _said(ListAnswersBody, tree))
    except NotTakenError as refused:
        understood = await as_understood(services, list_id)
        return await _list(request, services, understood, tree, refused)
    except ProblemError as problem:
        if not problem.errors:
            raise
        understood = await as_understood(services, list_id)
        return await _list(request, services, understood, tree, _placed(not_taken(problem), tree))
    return see_other(f"/desk/parts-lists/{understood[0].id}")


def _said(kind: type[ListAnswersBody], tree: Tree, **more: Any) -> Any:
    customer_id = text(tree, "customer_id")
    whose = {"customer_id": customer_id} if is_uuid(customer_id) else {}
    try:
        return read_body(kind, {**answers_data(tree), **whose, **more})
    except NotTakenError as refused:
        raise _placed(refused, tree) from None


async def _draft(
    request: Request, services: Services, user: DeskUser, list_id: str, tree: Tree, form: DeskForm
) -> DraftOutcome:
    body: ListQuoteBody = _said(ListQuoteBody, tree, owner=user.address)
    customer_id, asked = await draft_asked(services, list_id, body)
    said = {"list": list_id, "lines": asked.lines, "customer_id": customer_id}
    new = NewCreate(
        asked=asked,
        customer_id=customer_id,
        actor=actor_of(user),
        idempotency=once(user, form.text("form_id"), said),
    )
    taken = await submitted(request, services, new)
    await note_draft(services, list_id, taken.quote_id)
    return taken


def _placed(refused: NotTakenError, tree: Tree) -> NotTakenError:
    """With the page's fields: a column's by its letter, a word's by the word."""
    columns = {text(each, "letter"): index for index, each in enumerate(branches(tree, "columns"))}
    words = {text(each, "word"): index for index, each in enumerate(branches(tree, "words"))}
    found: dict[str, str] = {}
    for name, message in refused.errors.items():
        group, _, key = name.partition(".")
        if group in {"map", "units"} and key in columns:
            place = f"columns.{columns[key]}.{'field' if group == 'map' else 'unit'}"
        elif group == "units":
            place = "unit"
        elif group in {"materials", "processes"} and key in words:
            place = f"words.{words[key]}.is"
        else:
            place = name
        found.setdefault(place, message)
    return NotTakenError(found, status=refused.status, conflict=refused.conflict)


async def _list(
    request: Request,
    services: Services,
    understood: Understood,
    tree: Tree,
    refused: NotTakenError | None = None,
    *,
    finds: bool = False,
) -> Response:
    stored, found = understood
    shown = await list_shown(services, stored, found, tree, refused.errors if refused else None, finds=finds)
    more: dict[str, Any] = {"list": shown, **ASSETS}
    status = refused.status if refused else 200
    return page(request, "drafting/templates/parts_list.html", status=status, **more)
