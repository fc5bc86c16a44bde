"""Every route of the desk as an address that can be asked, of things that are there."""

import re
from dataclasses import dataclass
from typing import Any, Final

import httpx

from tests.api.caller import SIGNER, Caller
from tests.api.desk.test_who_may import LEAST

NOTHING: Final = "01890a5d-ac96-774b-bcce-b302099a8057"
"""The id of nothing."""
STREAMS: Final = "/desk/quotes/{quote_id}/live"
DOORS: Final = frozenset({"/desk/sign-in/{token}", "/desk/sign-out", "/desk/{rest:path}"})
"""What ends or begins sessions, which tests/api/desk/test_sign_in.py asks; and what leads nowhere."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ShopThings:
    """Something of each kind, by the name that routes have for its id."""

    ids: dict[str, str]
    draft: dict[str, Any]

    def address(self, path: str, **others: str) -> str:
        """The route's address of these, or of `others`."""
        named = {**self.ids, **others}
        return re.sub(r"{(\w+)}", lambda found: named[found[1]], path)


async def shop_things(caller: Caller, admin: httpx.AsyncClient) -> ShopThings:
    """An accepted quote with its link, its customer, a draft, and what the settings keep."""
    quote = await caller.done(await caller.sent(), "accept", SIGNER)
    links = (await caller.get(f"/quotes/{quote['id']}/links")).json()["data"]
    cards = (await admin.get("/desk/price-list")).text
    parts = {
        "list": ("parts.csv", b"Part;Material;Length mm;Width mm;Height mm;Qty\nBlock;Alu;100;50;20;20\n")
    }
    read = await admin.post("/desk/parts-lists/new", data={"do": "read"}, files=parts)
    hook = {"url": "https://erp.example.com/hook", "snapshot": "yes"}
    made = (await admin.post("/desk/settings/webhooks", data=hook)).text
    hook_id = _found(r"/desk/settings/webhooks/([0-9a-f-]{36})", made)
    await admin.post(f"/desk/settings/webhooks/{hook_id}", data={"do": "disable"})
    key = (await admin.post("/desk/settings/keys", data={"name": "ERP", "scopes": "read"})).text
    people = (await admin.get("/desk/settings/users")).text
    return ShopThings(
        ids={
            "quote_id": quote["id"],
            "customer_id": quote["customer_id"],
            "link_id": links[0]["id"],
            "calculation_id": quote["lines"][0]["pricing_calculation_id"],
            "card_id": _found(r"/desk/price-list/([0-9a-f-]{36})", cards),
            "list_id": read.headers["location"].rpartition("/")[2],
            "webhook_id": hook_id,
            "key_id": _found(r"/desk/settings/keys/([0-9a-f]{18})", key),
            "user_id": _found(r"/desk/settings/users/([0-9a-f-]{36})", people),
            "number": "1",
            "kind": "json",
            "sha256": "0" * 64,
        },
        draft=await caller.draft(),
    )


def _found(pattern: str, page: str) -> str:
    found = re.search(pattern, page)
    assert found is not None, page[:3000]
    return found[1]


def routes_with(method: str, *, ids: bool) -> list[str]:
    """The paths of those routes, with or without ids in them, the doors apart."""
    asked = [name.partition(" ")[2] for name in LEAST if name.startswith(f"{method} ")]
    return [path for path in asked if path not in DOORS and ("{" in path) is ids]
