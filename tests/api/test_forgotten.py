"""What the API says of somebody who was forgotten: as the whole product works on, with a real worker and real mails."""

import asyncio

from adapters.db.database import Database
from adapters.db.forgetting.blanking import forget
from adapters.db.forgetting.plan import plan
from domain.proof.forgotten import Reason
from tests.api.caller import SIGNER, Caller, problem
from tests.api.test_proofs import store

ADDRESS, NAME = "gone.girl@acme.example.com", "Gone Girl"


async def gone(database_url: str, address: str) -> None:
    """The owner forgets the person as soon as nothing is under way."""
    database = Database.connect(database_url)
    async with asyncio.timeout(60):
        while True:
            async with database.write() as w:
                found = await plan(w, address, keep_accepted=None)
                if not found.open:
                    await forget(w, found, Reason.REQUEST)
                    break
            await asyncio.sleep(0.05)
    await database.close()


async def test_documents_and_proofs_answer_410_and_the_record_is_sound(
    caller: Caller, database_url: str
) -> None:
    """Plain problems with their digest; evidence and list say nothing of the person; everything verifies."""
    customer = await caller.customer(email=ADDRESS, contacts=[{"name": NAME, "email": ADDRESS}])
    quote = await caller.sent(customer_id=customer["id"], notes=f"For {NAME}")
    proof = (await store(caller, f"{NAME} ordered on the phone.".encode(), "text/plain")).json()
    told = {**SIGNER, "signer_name": NAME, "signer_email": ADDRESS, "proof_sha256": proof["sha256"]}
    await caller.done(quote, "accept", told)
    path = f"/quotes/{quote['id']}"
    held = (await caller.get(f"{path}/evidence")).json()
    await gone(database_url, ADDRESS)

    for address in (f"{path}/versions/1/pdf", f"{path}/evidence/pdf", f"/proofs/{proof['sha256']}"):
        problem(await caller.get(address), 410, "forgotten")
    found = (await caller.get(f"{path}/evidence?verify=true")).json()
    assert found["document_sha256"] in (await caller.get(f"{path}/versions/1/pdf")).text
    assert found["signer_name"] is found["signer_email"] is found["recipient"] is None
    assert (found["evidence_sha256"], found["total_price"]) == (held["evidence_sha256"], held["total_price"])
    assert found["verification"]["sound"] is True, found["verification"]
    everything = [
        path,
        f"{path}/links",
        f"{path}/messages",
        f"{path}/versions",
        f"{path}/events",
        f"{path}/evidence",
    ]
    for address in (*everything, f"/customers/{customer['id']}"):
        answer = await caller.get(address)
        assert answer.status_code == 200
        assert not [word for word in (ADDRESS, NAME) if word in answer.text], address


async def test_a_customer_without_address_is_sent_nothing_by_default(
    caller: Caller, database_url: str
) -> None:
    """422 that names the field, instead of an email to nobody; with recipients it goes."""
    customer = await caller.customer(email="sole.trader@acme.example.com")
    await gone(database_url, "sole.trader@acme.example.com")
    quote = await caller.draft(customer_id=customer["id"])
    refused = problem(await caller.post(f"/quotes/{quote['id']}/send"), 422, "validation_failed")
    assert [(each["pointer"], each["code"]) for each in refused["errors"]] == [("/recipients", "required")]
    await caller.done(quote, "send", {"recipients": ["new@acme.example.com"]})
