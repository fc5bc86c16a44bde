"""An offer's page as its customer sees it."""

from dataclasses import replace
from typing import Any

from api.customer.page_data import PageView
from api.customer.which_page import PageTemplate, Standing
from domain.presentation.letterhead import Letterhead
from domain.presentation.offer import Offer
from tests.unit.mail.samples import DECIDED as DECIDED_AT
from tests.unit.mail.samples import OFFER, SELLER

DEADLINE = "Thursday, 24 December 2026, 23:59 CET (Europe/Berlin)"
DECIDED = "Thursday, 3 December 2026, 14:03:22 CET (Europe/Berlin)"
TOKEN = "t" * 43
NEWER = "/q/" + "n" * 43
CONTENT_HASH = "c" * 64

SHOP = replace(SELLER, logo=None, address=("Werkstraße 12", "71229 Leonberg"))


def view(page: PageTemplate = PageTemplate.OFFER, **changed: Any) -> PageView:
    """The page's data with everything it can show, or with other facts, each by its name in what holds it."""

    def of(shape: Any) -> dict[str, Any]:
        return {name: changed.pop(name) for name in [*changed] if name in shape.__dataclass_fields__}

    shown = Standing(page=page, version=2, shows_version=True, takes_extension_request=False, may_accept=True)
    offer = replace(OFFER, **{"seller": SHOP, **of(Offer)})
    whole = PageView(
        standing=replace(shown, **of(Standing)),
        offer=replace(offer, seller=replace(offer.seller, **of(Letterhead))),
        content_hash=CONTENT_HASH,
        now=DECIDED_AT,
        decided_at=DECIDED_AT,
        token=TOKEN,
        is_own=True,
        confirms_view=False,
        newer=NEWER,
        changes=None,
        signed=None,
        annulled=None,
        asked=None,
    )
    return replace(whole, **changed)
