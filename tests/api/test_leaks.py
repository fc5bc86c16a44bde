"""What only the shop may know is nowhere where a customer looks: page, document, mail, certificate."""

import re
from collections.abc import AsyncIterator
from typing import Any

import httpx
import pypdfium2  # type: ignore[import-untyped]
import pytest_asyncio
from fastapi import FastAPI

from adapters.tokens import LinkTokens
from cli.local.mail import MailServer
from domain import wording
from tests.api.caller import PART, SIGNER, Caller
from tests.api.conftest import SECRET
from tests.waiting import eventually

PLATING_COST, GIVEN_HOURS = "17.3571", "0.4173"
SHAFT = {
    **{name: value for name, value in PART.items() if name not in {"process", "width_mm", "height_mm"}},
    "material": "steel",
    "shape": "round",
    "diameter_mm": "30",
    "operations": [
        {"process": "cnc", "hours_per_piece": GIVEN_HOURS},
        {"outside": True, "name": "Plating", "cost_per_piece": PLATING_COST, "lead_time_days": 5},
    ],
}
OVERRIDE, NOTE, PRICE = "Zuschlag-Kalle-4711", "Interne-Notiz-0815", "3777.77"


@pytest_asyncio.fixture
async def customer(app: FastAPI) -> AsyncIterator[httpx.AsyncClient]:
    """A customer's browser, without a key."""
    transport = httpx.ASGITransport(app=app)
    async with httpx.AsyncClient(transport=transport, base_url="http://api.test") as client:
        yield client


def words(pdf: bytes) -> str:
    """The text of all pages."""
    opened = pypdfium2.PdfDocument(pdf)
    texts = []
    for number in range(len(opened)):
        page = opened[number]
        text = page.get_textpage()
        texts.append(text.get_text_range())
        text.close()
        page.close()
    opened.close()
    return re.sub(r"[ \t\r\n]+", " ", " ".join(texts))


async def test_no_internal_figure_reaches_a_customer(
    caller: Caller, customer: httpx.AsyncClient, mail_server: MailServer
) -> None:
    """Proves it with a quote that has everything there is to hide: breakdowns with cost, margin and formulas, an
    override with its reason and the computed price, version notes, ids of calculations and cards, an estimator's hours
    and what another shop takes. What is made is told: a round part, and what is done to it.
    """
    lines = [
        {
            "description": "Bearing block",
            "specification": PART,
            "override": {"total": PRICE, "reason": OVERRIDE},
        },
        {"description": "Cover", "specification": {**PART, "material": "steel"}, "tax_rate": "0.19"},
        {"description": "Shaft", "specification": SHAFT},
    ]
    quote = await caller.draft(lines=lines, notes=NOTE)
    await caller.put(f"/quotes/{quote['id']}/pricing", {"reprice": True, "overrides": "keep", "notes": NOTE})
    await caller.done(quote, "send", {"recipients": ["reader@buyer.example.com"]})
    [link] = (await caller.get(f"/quotes/{quote['id']}/links")).json()["data"]
    path = f"/q/{LinkTokens(SECRET).token(link['id'])}"
    version = (await caller.get(f"/quotes/{quote['id']}/versions/2")).json()

    async def document_is_made() -> bool:
        return (await customer.get(f"{path}/pdf")).status_code == 200

    async def mails() -> list[dict[str, Any]]:
        # Another test's database may have given the same number, and its mails come here too.
        return await mail_server.messages(subject=quote["number"], to="reader@buyer.example.com")

    async def mail_has_come() -> bool:
        return bool(await mails())

    await eventually(document_is_made, "the document")
    await eventually(mail_has_come, "the mail")
    seen = {
        "page": (await customer.get(path)).text,
        "document": words((await customer.get(f"{path}/pdf")).content),
        "mail": "\n".join(str(value) for mail in await mails() for value in mail.values()),
    }
    await caller.done(quote, "accept", SIGNER)
    seen["accepted page"] = (await customer.get(path)).text
    certificate = f"/quotes/{quote['id']}/evidence/pdf"

    async def certificate_is_made() -> bool:
        return (await caller.get(certificate)).status_code == 200

    await eventually(certificate_is_made, "the certificate")
    seen["certificate"] = words((await caller.get(certificate)).content)

    hidden = {OVERRIDE, NOTE, PLATING_COST, GIVEN_HOURS, version["lines"][0]["override"]["computed_total"]}
    for line in version["lines"]:
        hidden |= {str(line["pricing_calculation_id"]), str(line["rate_card_id"])}
        hidden |= {str(entry["formula"]) for entry in line["breakdown"]}
        hidden |= {str(entry["amount"]) for entry in line["breakdown"] if float(entry["amount"])}
    shown = {wording.number(text) for text in hidden if re.fullmatch(r"[0-9]+\.[0-9]{2}", text)}
    for where, text in seen.items():
        assert quote["number"] in text, where
        if where not in {"mail", "certificate"}:
            assert "Steel, CNC machined, Plating, Ø 30 × 100 mm" in text, where
            assert "15 working days" in text, where
        assert "3\u202f777.77" in text or where == "certificate", where
        for secret in hidden | shown:
            assert secret not in text, (where, secret)
        unstyled = re.sub(r'style="[^"]*"|(?s:<style.*?</style>)', "", text)
        assert not re.search(r"\b(margin|overhead|override|waste)\b", unstyled, re.IGNORECASE), where
