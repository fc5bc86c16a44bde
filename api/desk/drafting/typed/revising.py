"""The next version of a quote: the form of a new one, filled in from the newest version."""

from starlette.requests import Request
from starlette.responses import Response

from adapters.db.parties.sessions import DeskUser
from adapters.db.pricing import active_card
from adapters.db.quotes.repository import PgQuotes
from adapters.db.record.views import VersionView
from api.desk.drafting.conflicts import since
from api.desk.drafting.typed.routes import Drafting, answered_form, shown
from api.desk.drafting.typed.saving import DraftOutcome, make_version
from api.desk.drafting.typed.typed_draft import (
    FREE,
    Tree,
    line_tree,
    override_or_discount_tree,
    text,
    typed_tree,
)
from api.desk.shell.desk_route import desk_router, typed_before
from api.desk.shell.pages import message
from api.desk.shell.posted import read_desk_form, whole
from api.desk.shell.signed_in import Sales
from api.http.fields import Uuid
from api.http.problem import ProblemError
from api.services import Services, ServicesDep
from api.v1.router import quote_or_problem
from domain.offer.content import LineKind, texts_of
from domain.offer.repeat import discount_again, lines_again
from domain.quotes.guards import allowed_actions
from domain.quotes.record import QuoteView
from domain.quotes.status import Action, QuoteStatus
from domain.rate_cards.dates import DEFAULT_NAME

routes = desk_router()


@routes.get("/quotes/{quote_id}/revise")
async def revise_at_desk(request: Request, services: ServicesDep, user: Sales, quote_id: Uuid) -> Response:
    """The newest version as it would be typed."""
    view, version = await _newest(services, quote_id)
    if Action.REVISE not in allowed_actions(view.quote, view.now):
        status = str(view.quote.status).replace("_", " ")
        return message(
            request,
            409,
            "This quote cannot be changed",
            f"{view.number} is {status}. Its page shows what can be done with it.",
        )
    before = await typed_before(request, user.id)
    tree = typed_tree(before.fields) if before else version_tree(version)
    drafting = await _drafting(request, services, user, view, version, tree)
    return await shown(drafting, tree)


@routes.post("/quotes/{quote_id}/revise")
async def post_revision(request: Request, services: ServicesDep, user: Sales, quote_id: Uuid) -> Response:
    """What a button of the form asks for; in the end a new version, if nobody has changed the quote meanwhile."""
    view, version = await _newest(services, quote_id)
    form = await read_desk_form(request)
    drafting = await _drafting(request, services, user, view, version, typed_tree(form.fields))
    return await answered_form(drafting, form)


async def _newest(services: Services, quote_id: str) -> tuple[QuoteView, VersionView]:
    async with services.database.read() as reading:
        view = await quote_or_problem(reading, quote_id)
        version = await PgQuotes(reading).version(quote_id, view.quote.latest.number)
    if version is None:
        raise ProblemError("version_not_found", "The quote has no such version.")
    return view, version


async def _drafting(
    request: Request,
    services: Services,
    user: DeskUser,
    view: QuoteView,
    version: VersionView,
    tree: Tree,
) -> Drafting:
    said = whole(text(tree, "state_version"))
    expected = view.quote.state_version if said is None else said

    async def saves(typed: Tree) -> DraftOutcome:
        return await make_version(request, user, typed, version, expected)

    async def happened() -> str:
        return await since(services, view.quote.id, expected)

    is_draft = view.quote.status is QuoteStatus.DRAFT
    offered = "" if is_draft else " Until it is sent, the customer goes on seeing the version sent before."
    return Drafting(
        request=request,
        services=services,
        user=user,
        heading=f"Change {view.number}",
        number=view.number,
        about=f"Makes version {view.quote.latest.number + 1} from version {version.number}.{offered}",
        saves=saves,
        is_new=False,
        customer_id=view.quote.customer_id,
        state_version=expected,
        newest_state=view.quote.state_version,
        happened=happened,
        remarks=await _remarks(services, view, version),
        onward="Save and look before sending",
        keeps="Save this version",
        after_conflict="Look at what has changed, and save again if your version is still the one that counts.",
    )


async def _remarks(services: Services, view: QuoteView, version: VersionView) -> tuple[str, ...]:
    """What one should know before prices are made anew."""
    told = []
    if view.price_is_outdated:
        told.append("The price list has changed since: parts are priced by the one in force now.")
    async with services.database.read() as reading:
        card = await active_card(reading, DEFAULT_NAME)
    had = version.content.total.currency
    parts = any(line.kind == LineKind.PART for line in version.content.lines)
    if card is not None and parts and (now := str(card[1]["currency"])) != had:
        told.append(
            f"This version is in {had}, and the price list in {now}: look at all amounts set by hand."
        )
    return tuple(told)


def version_tree(version: VersionView) -> Tree:
    """The version as it would be typed. What was a choice, set by hand or written stays as it was."""
    content = version.content
    lines = [line_tree(data) for data in lines_again(content, reprice=True, keep_overrides=True)]
    tree: Tree = {
        **{name: said for name, said in texts_of(content).items() if said},
        "lines": lines,
        "files": [
            {
                "sha256": each.sha256,
                "name": each.name,
                "audience": str(each.audience),
                "line": str(each.line or ""),
            }
            for each in content.files
        ],
    }
    if discount := discount_again(content.discount):
        tree["discount"] = override_or_discount_tree(discount, "discount")
    if all(text(line, "kind") == FREE for line in lines):
        tree["currency"] = content.total.currency
    return tree
