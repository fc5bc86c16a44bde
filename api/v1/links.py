"""Customers' links, as staff see them: who got one, who has looked, and closing one."""

from datetime import datetime
from http import HTTPStatus
from typing import Self

from starlette.requests import Request
from starlette.responses import Response

from adapters.db.quotes.links import close_link, list_links
from adapters.db.record.views import LinkView
from api.http.auth import actor_of
from api.http.fields import Uuid
from api.http.pagination import Page, whole
from api.http.problem import ProblemError
from api.json_answer import Answer, IdText, InstantText, Ordinal, answered
from api.services import ServicesDep
from api.v1.router import READ, problems, quote_or_problem, router
from domain import instants
from domain.quotes.validity import links_end_at


class LinkAnswer(Answer):
    """A customer's link; the address itself goes only to its recipient. `ends_at`: until when it works, known once the quote
    has ended; null for a link that was revoked, and where links never end.
    """

    id: IdText
    version: Ordinal
    recipient: str
    may_accept: bool
    created_at: InstantText
    viewed_at: InstantText | None
    revoked_at: InstantText | None
    ends_at: InstantText | None

    @classmethod
    def of(cls, link: LinkView, ends_at: datetime | None) -> Self:
        """The link, and what has become of it."""
        return cls(
            id=link.id,
            version=link.version,
            recipient=link.recipient,
            may_accept=link.may_accept,
            created_at=instants.answered(link.created_at),
            viewed_at=instants.answered(link.viewed_at),
            revoked_at=instants.answered(link.revoked_at),
            ends_at=None if link.revoked_at else instants.answered(ends_at),
        )


routes = router("links")


@routes.get(
    "/quotes/{quote_id}/links",
    operation_id="list_links",
    summary="List a quote's links",
    response_model=Page[LinkAnswer],
    responses={**READ, **problems(404)},
)
async def get_links(services: ServicesDep, quote_id: Uuid) -> Response:
    """All links of the quote, oldest first: one per recipient and sending. `viewed_at` is set only by a person."""
    async with services.database.read() as reading:
        view = await quote_or_problem(reading, quote_id)
        found = await list_links(reading, quote_id)
    ends_at = links_end_at(view.quote.decided_at, services.settings.link_days)
    return answered(whole([LinkAnswer.of(link, ends_at) for link in found]))


@routes.delete(
    "/links/{link_id}",
    operation_id="revoke_link",
    summary="Revoke a link",
    status_code=HTTPStatus.NO_CONTENT,
    response_class=Response,
    responses={**READ, **problems(404)},
)
async def revoke_link(request: Request, services: ServicesDep, link_id: Uuid) -> Response:
    """Revoke a link for good: from now on its page says so (410). Revoking it again changes nothing."""
    async with services.database.write() as writing:
        known = await close_link(writing, link_id, actor=actor_of(request))
    if not known:
        raise ProblemError("link_not_found", "There is no link with this id.")
    return Response(status_code=HTTPStatus.NO_CONTENT)
