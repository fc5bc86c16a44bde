"""A draft's form becomes a draft, or the next version: by the API's own checks and on the way of every command."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from typing import Any, Final, TypeVar

from pydantic import BaseModel, ValidationError
from starlette.requests import Request

from adapters.db.errors import CalculationNotFoundError
from adapters.db.inbox.store import NewCommand, NewCreate
from adapters.db.parties.sessions import DeskUser
from adapters.db.record.views import VersionView
from api.desk.drafting.typed.typed_draft import Tree, quote_data, text, told
from api.desk.shell.once import once
from api.desk.shell.signed_in import actor_of
from api.dispatch.submit import Undecided
from api.http.problem import ProblemError
from api.http.refusals import problem_of, problem_of_refusal
from api.http.request_context import arrival_of
from api.http.validation import errors_of
from api.services import Services, services_of
from api.v1.drawings import enclosures
from api.v1.quotes.bodies import PricingBody, QuoteBody
from api.v1.quotes.lines import PricedBody
from api.v1.quotes.routes import check_contact, check_priced, missing_calculations
from domain.errors import QuoteError, RefusalCode
from domain.quotes.payloads import RevisePayload
from domain.quotes.status import CommandStatus

_CONFLICT: Final = 409


class NotTakenError(Exception):
    """A form that did not count: what is wrong, by the form's fields. With a `conflict` the quote has changed since the
    page was made, or allows it no more.
    """

    def __init__(self, errors: Mapping[str, str], *, status: int = 422, conflict: bool = False) -> None:
        super().__init__("not taken")
        self.errors = dict(errors)
        self.status = status
        self.conflict = conflict


@dataclass(frozen=True, slots=True, kw_only=True)
class DraftOutcome:
    """What was stored; `waits_for` is the command that is not decided yet."""

    quote_id: str
    waits_for: str | None = None


Model = TypeVar("Model", bound=BaseModel)


def read_body(kind: type[Model], data: Mapping[str, Any], wrong: Mapping[str, str] = {}) -> Model:
    """The API's body of this data. Raises NotTakenError, also where `wrong` has something already."""
    try:
        body = kind.model_validate(data)
    except ValidationError as error:
        raise NotTakenError(told(errors_of(error)) | dict(wrong)) from None
    if wrong:
        raise NotTakenError(wrong)
    return body


def not_taken(problem: ProblemError) -> NotTakenError:
    """A problem of the API, as the form shows it."""
    errors = told(problem.errors) or {"form": problem.detail}
    is_conflict = problem.status in {_CONFLICT, 412}
    return NotTakenError(errors, status=problem.status, conflict=is_conflict)


async def make_draft(request: Request, user: DeskUser, tree: Tree) -> DraftOutcome:
    """A new quote. Raises NotTakenError, OverloadedError, DatabaseUnavailableError."""
    services = services_of(request)
    data, wrong = quote_data(tree, is_new=True)
    body = read_body(QuoteBody, data, wrong)

    async def new() -> NewCreate:
        await check_contact(services, body.customer_id, body.contact)
        files = await enclosures(services, body.files, len(body.lines_data()))
        return NewCreate(
            asked=body.payload(files),
            customer_id=body.customer_id,
            actor=actor_of(user),
            idempotency=once(user, text(tree, "form_id"), data),
        )

    return await _priced(request, body, new)


async def make_version(
    request: Request, user: DeskUser, tree: Tree, before: VersionView, expected: int | None
) -> DraftOutcome:
    """The next version of a quote, in place of `before`, if nobody has changed the quote since. Raises as `make_draft`."""
    services = services_of(request)
    data, wrong = quote_data(tree, is_new=False)
    body = read_body(PricingBody, data, wrong)

    async def new() -> NewCommand:
        files = await enclosures(services, body.files, len(body.lines_data()))
        return NewCommand(
            asked=_with_setters(body.payload(files), before),
            quote_id=before.quote_id,
            actor=actor_of(user),
            expected_state_version=expected,
            idempotency=once(user, text(tree, "form_id"), {**data, "state_version": expected}),
        )

    return await _priced(request, body, new)


def _with_setters(asked: RevisePayload, before: VersionView) -> RevisePayload:
    """A price set by hand that stands as it stood is still that of whoever set it."""
    known = {
        (each.reason, each.unit_price, each.total): each.by
        for line in before.content.lines
        if (each := line.override) is not None
    }
    lines = []
    for line in asked.lines or ():
        override = line.get("override")
        by = (
            known.get(tuple(override.get(name) for name in ("reason", "unit_price", "total")))
            if override
            else None
        )
        lines.append({**line, "override": {**override, "by": by}} if override and by else line)
    return replace(asked, lines=lines)


async def _priced(request: Request, body: PricedBody, made: Callable[[], Any]) -> DraftOutcome:
    services = services_of(request)
    try:
        new = await made()
        await check_priced(services, body, new)
        return await submitted(request, services, new)
    except CalculationNotFoundError:
        raise not_taken(await missing_calculations(services, body)) from None
    except ProblemError as problem:
        raise not_taken(problem) from None


async def submitted(request: Request, services: Services, new: NewCreate | NewCommand) -> DraftOutcome:
    """Hand a command on. Raises NotTakenError where it is refused, by storing or by the workflow; OverloadedError,
    DatabaseUnavailableError, CalculationNotFoundError.
    """
    try:
        verdict = await services.commands.submit(new, arrived=arrival_of(request.scope))
    except CalculationNotFoundError:
        raise
    except QuoteError as error:
        raise not_taken(problem_of(error)) from None
    if isinstance(verdict, Undecided):
        return DraftOutcome(quote_id=verdict.quote_id, waits_for=verdict.command_id)
    command = verdict.command
    if command.status is CommandStatus.REFUSED:
        refused = not_taken(problem_of_refusal(command, new.asked))
        refused.conflict = refused.conflict or command.code == RefusalCode.STALE_STATE
        raise refused
    return DraftOutcome(quote_id=command.quote_id)
