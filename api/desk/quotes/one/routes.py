"""The page of a quote, what belongs to it, and the stream by which it follows."""

from typing import Annotated, Final

from fastapi import Query
from starlette.requests import Request
from starlette.responses import Response

from adapters.db.database import Reading
from adapters.db.inbox.store import find_command, pending_create
from adapters.db.pricing import find_calculation
from adapters.db.quotes.archive import find_document
from adapters.db.quotes.proofs import find_proof
from adapters.db.quotes.repository import PgQuotes
from adapters.db.quotes.stored_files import read_stored
from adapters.db.quotes.verification import find_record
from adapters.db.quotes.watching import state_of
from adapters.db.record.views import VersionView
from api.desk.quotes.acting.doings import DOINGS, DONE
from api.desk.quotes.one.comparing import compared_versions
from api.desk.quotes.one.facts import MOST_HAPPENINGS, read_facts
from api.desk.quotes.one.head import can_retry_order, doable, head_of, waited
from api.desk.quotes.one.live import LiveStream
from api.desk.quotes.one.page_assets import FOLLOW, LOOK
from api.desk.quotes.one.staff_lines import calculations_of, explained_tiers, staff_sheet
from api.desk.quotes.one.timeline import entries, open_wish, when
from api.desk.quotes.one.told import evidence_of, links_of, mails_of, versions_of
from api.desk.shell.desk_route import desk_router, nothing_here
from api.desk.shell.pages import KEPT, page
from api.desk.shell.signed_in import Viewer
from api.http.downloads import document_answer, file_answer
from api.http.fields import Sha256, Uuid
from api.http.problem import ProblemError
from api.services import Services, ServicesDep
from api.v1.proofs import SUFFIXES as PROOF_SUFFIXES
from api.v1.quotes.answers import temporal_ui_url
from api.v1.quotes.history import VersionNumber
from api.v1.router import quote_or_problem
from domain import wording
from domain.people.roles import Role
from domain.presentation.document import DocumentKind
from domain.presentation.specification import specification_in_words
from domain.proof.verify import verify
from domain.quotes.status import CommandStatus
from domain.uuids import is_uuid

routes = desk_router()
_PAGES: Final = "quotes/one/templates"
_PENDING: Final = "quote_pending"
_ABSENT: Final = "quote_not_found"
_RUN_SECONDS: Final = 1.0


@routes.get("/quotes/{quote_id}")
async def show_quote(
    request: Request,
    services: ServicesDep,
    user: Viewer,
    quote_id: Uuid,
    done: str = "",
    waits: str = "",
    form: str = "",
    kept: Annotated[str, Query(alias=KEPT)] = "",
) -> Response:
    """The quote as it is now."""
    try:
        async with services.database.read() as r:
            facts = await read_facts(r, quote_id)
            command = await find_command(r, waits) if is_uuid(waits) else None
            view, quote = facts.view, facts.view.quote
            working = quote.working_version and await PgQuotes(r).version(quote_id, quote.working_version)
    except ProblemError as problem:
        return await _not_yet(request, services, quote_id, problem)
    again = f"/desk/quotes/{quote_id}/{form}?{KEPT}={kept}" if form in DOINGS and is_uuid(kept) else None
    shown, wish = facts.happenings[:MOST_HAPPENINGS], open_wish(facts)
    return page(
        request,
        f"{_PAGES}/quote.html",
        quote_id=quote_id,
        state=facts.state,
        head=head_of(facts),
        again=str(request.url.path) + (f"?{request.url.query}" if request.url.query else ""),
        wish=wish,
        doable=doable(view, user.role, asked=wish.path if wish else None),
        may_act=user.role.includes(Role.SALES),
        can_retry_order=can_retry_order(view, user.role),
        done=DONE.get(done),
        waited=waited(command, facts.zone, again) if command and command.quote_id == quote_id else None,
        version=staff_sheet(view.content),
        version_number=quote.current_version,
        working=staff_sheet(working.content) if working else None,
        working_number=quote.working_version,
        versions=versions_of(facts),
        entries=entries(facts)[: len(shown)],
        earlier=shown[-1].view.sequence if len(facts.happenings) > len(shown) else None,
        mails=mails_of(facts),
        links=links_of(facts, services.settings.link_days),
        evidence=evidence_of(facts),
        temporal_ui=temporal_ui_url(view.workflow_id, services.settings),
        inbox=services.settings.mail_url,
        time_machine=services.settings.has_time_machine and user.role.includes(Role.SALES),
        look=LOOK.path,
        follow=FOLLOW.path,
    )


async def _not_yet(request: Request, services: Services, quote_id: str, problem: ProblemError) -> Response:
    """A quote that is being made, or was not made; anything else is not there."""
    if problem.code not in {_PENDING, _ABSENT}:
        raise problem
    async with services.database.read() as r:
        state = await state_of(r, quote_id)
        create = await pending_create(r, quote_id)
    if create is None:
        return nothing_here(request)
    waits = create.status is CommandStatus.PENDING
    return page(
        request,
        f"{_PAGES}/not_yet.html",
        status=202 if waits else 404,
        quote_id=quote_id,
        waits=waits,
        why=wording.one_line(create.detail or ""),
        state=state,
        look=LOOK.path,
        follow=FOLLOW.path,
    )


@routes.get("/quotes/{quote_id}/live")
async def live(
    request: Request, services: ServicesDep, _user: Viewer, quote_id: Uuid, seen: str = ""
) -> Response:
    """Tells of every change since the state that a page has `seen`, for as long as somebody listens."""
    try:
        async with services.database.read() as r:
            await quote_or_problem(r, quote_id)
    except ProblemError as problem:
        if problem.code != _PENDING:
            raise
    return LiveStream(request, quote_id, seen=seen)


@routes.get("/quotes/{quote_id}/run")
async def show_run(request: Request, services: ServicesDep, _user: Viewer, quote_id: Uuid) -> Response:
    """What the quote's run says itself. A page of its own, so that no other waits for it."""
    async with services.database.read() as r:
        recorded = await quote_or_problem(r, quote_id)
    run = await services.runs.snapshot(recorded.workflow_id, limit=_RUN_SECONDS)
    zone = recorded.quote.time_zone
    return page(
        request,
        f"{_PAGES}/run.html",
        quote_id=quote_id,
        number=recorded.quote.number,
        answers=run is not None,
        waiting=[f"{each.name}, received {when(each.received_at, zone)}" for each in run.waiting]
        if run
        else [],
        delivering=wording.counted(len(run.delivering), "email") if run and run.delivering else None,
        next=run.next_what if run else "",
        due=wording.instant(run.next_due, zone) if run and run.next_due else None,
        temporal_ui=temporal_ui_url(recorded.workflow_id, services.settings),
    )


@routes.get("/quotes/{quote_id}/history")
async def show_history(
    request: Request,
    services: ServicesDep,
    _user: Viewer,
    quote_id: Uuid,
    before: Annotated[int | None, Query(ge=1, le=1_000_000_000)] = None,
) -> Response:
    """Earlier happenings, a page at a time."""
    async with services.database.read() as r:
        facts = await read_facts(r, quote_id, before=before)
    shown = entries(facts)[:MOST_HAPPENINGS]
    more = len(facts.happenings) > MOST_HAPPENINGS
    return page(
        request,
        f"{_PAGES}/history.html",
        quote_id=quote_id,
        number=facts.view.number,
        entries=shown,
        earlier=shown[-1].sequence if more else None,
    )


@routes.get("/quotes/{quote_id}/compare")
async def compare(
    request: Request,
    services: ServicesDep,
    _user: Viewer,
    quote_id: Uuid,
    old: Annotated[int | None, Query(ge=1, le=1_000_000)] = None,
    new: Annotated[int | None, Query(ge=1, le=1_000_000)] = None,
) -> Response:
    """Two versions side by side; without numbers the newest and the one before."""
    async with services.database.read() as r:
        view = await quote_or_problem(r, quote_id)
        newest = view.quote.latest.number
        to = new or newest
        of = old or max(to - 1, 1)
        before, after = await _version(r, quote_id, of), await _version(r, quote_id, to)
    if before is None or after is None:
        return nothing_here(request)
    return page(
        request,
        f"{_PAGES}/compare.html",
        quote_id=quote_id,
        number=view.quote.number,
        old=of,
        new=to,
        numbers=range(1, newest + 1),
        parts=compared_versions(before.content, after.content),
        look=LOOK.path,
    )


@routes.get("/quotes/{quote_id}/versions/{number}")
async def show_version(
    request: Request, services: ServicesDep, _user: Viewer, quote_id: Uuid, number: VersionNumber
) -> Response:
    """One version, with its explained prices."""
    async with services.database.read() as r:
        view = await quote_or_problem(r, quote_id)
        found = await _version(r, quote_id, number)
    if found is None:
        return nothing_here(request)
    return page(
        request,
        f"{_PAGES}/version.html",
        quote_id=quote_id,
        quote_number=view.quote.number,
        number=number,
        version=staff_sheet(found.content),
        look=LOOK.path,
    )


async def _version(r: Reading, quote_id: str, number: int) -> VersionView | None:
    return await PgQuotes(r).version(quote_id, number)


@routes.get("/quotes/{quote_id}/calculations/{calculation_id}")
async def show_calculation(
    request: Request, services: ServicesDep, _user: Viewer, quote_id: Uuid, calculation_id: Uuid
) -> Response:
    """The explained prices of one quantity, at every service level; of a calculation that the quote builds upon."""
    async with services.database.read() as r:
        versions = await PgQuotes(r).versions(quote_id)
        is_own = any(calculation_id in calculations_of(each.content) for each in versions)
        found = await find_calculation(r, calculation_id) if is_own else None
        view = await quote_or_problem(r, quote_id)
    if found is None:
        return nothing_here(request)
    return page(
        request,
        f"{_PAGES}/calculation.html",
        quote_id=quote_id,
        number=view.quote.number,
        quantity=wording.counted(int(found.specification.get("quantity", 1)), "piece"),
        part=specification_in_words(found.specification, found.data.get("labels")),
        tiers=explained_tiers(found.data),
        look=LOOK.path,
    )


@routes.get("/quotes/{quote_id}/verify")
async def show_verification(
    request: Request, services: ServicesDep, _user: Viewer, quote_id: Uuid
) -> Response:
    """Whether the record holds together, as `firm-offer verify` says it."""
    async with services.database.read() as r:
        view = await quote_or_problem(r, quote_id)
        record = await find_record(r, quote_id)
    if record is None:
        return nothing_here(request)
    counts = (
        wording.counted(len(record.events), "event"),
        wording.counted(len(record.versions), "version"),
        wording.counted(len(record.documents), "document"),
    )
    return page(
        request,
        f"{_PAGES}/verification.html",
        quote_id=quote_id,
        number=view.quote.number,
        at=wording.to_the_second(view.now, view.quote.time_zone),
        counts=counts,
        mismatches=verify(record),
    )


@routes.get("/quotes/{quote_id}/versions/{number}/pdf")
async def version_pdf(
    request: Request, services: ServicesDep, _user: Viewer, quote_id: Uuid, number: VersionNumber
) -> Response:
    """The document of a version, as it was sent."""
    return await _document(request, services, quote_id, number, DocumentKind.QUOTE)


@routes.get("/quotes/{quote_id}/certificate")
async def certificate(request: Request, services: ServicesDep, _user: Viewer, quote_id: Uuid) -> Response:
    """The accepted quote with its certificate."""
    async with services.database.read() as r:
        view = await quote_or_problem(r, quote_id)
    if view.quote.acceptance is None:
        return nothing_here(request)
    return await _document(
        request, services, quote_id, view.quote.acceptance.version, DocumentKind.ACCEPTANCE
    )


async def _document(
    request: Request, services: Services, quote_id: str, version: int, kind: DocumentKind
) -> Response:
    async with services.database.read() as r:
        view = await quote_or_problem(r, quote_id)
        found = await find_document(r, quote_id, version, kind)
    if found is None:
        raise ProblemError(
            "document_not_made", "It is made with the first email about it, and is not there yet."
        )
    return document_answer(request, found, number=view.quote.number)


@routes.get("/quotes/{quote_id}/files/{sha256}")
async def enclosed_file(
    request: Request, services: ServicesDep, _user: Viewer, quote_id: Uuid, sha256: Sha256
) -> Response:
    """A drawing or model of one of the quote's versions, as a download."""
    async with services.database.read() as r:
        versions = await PgQuotes(r).versions(quote_id)
        named = next(
            (each for of in reversed(versions) for each in of.content.files if each.sha256 == sha256), None
        )
        found = await read_stored(r, sha256) if named else None
    if named is None or found is None:
        return nothing_here(request)
    stored, content = found
    return _file(content, stored.media_type, sha256, wording.one_line(named.name))


@routes.get("/quotes/{quote_id}/proof")
async def proof(request: Request, services: ServicesDep, _user: Viewer, quote_id: Uuid) -> Response:
    """The file that shows the yes, as a download."""
    async with services.database.read() as r:
        facts = await read_facts(r, quote_id)
        digest = facts.evidence.proof_sha256 if facts.evidence else None
        found = await find_proof(r, digest) if digest else None
    if found is None:
        return nothing_here(request)
    name = f"{facts.view.number}-proof.{PROOF_SUFFIXES[found.media_type]}"
    return _file(found.content, found.media_type, found.sha256, name)


def _file(content: bytes, media_type: str, sha256: str, name: str) -> Response:
    if not content:
        raise ProblemError("forgotten", "Somebody named in this file was forgotten, and it was emptied.")
    return file_answer(content, media_type, sha256=sha256, name=name)
