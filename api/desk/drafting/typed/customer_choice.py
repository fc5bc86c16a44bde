"""Whose quote it is: looked for by name or address, or made on the spot."""

from collections.abc import Sequence
from typing import Any, Final

from adapters.db.parties.customers import CustomerView, list_customers
from adapters.db.parties.sessions import DeskUser
from api.desk.drafting.typed.saving import NotTakenError, read_body
from api.desk.drafting.typed.typed_draft import Tree, branch, text, told
from api.desk.shell.once import id_once
from api.http.problem import ProblemError
from api.services import Services
from api.v1.customers import CustomerBody, store_customer

_MOST: Final = 12
_LONGEST: Final = 100
_FIELDS: Final = ("name", "email", "tax_id", "customer_tier")
NEW: Final = "new_customer"
"""Where in the form a new customer's fields stand."""


async def customers_called(services: Services, said: str) -> Sequence[CustomerView]:
    """The newest customers with that in name or email; without a word, the newest of all."""
    async with services.database.read() as reading:
        return await list_customers(reading, limit=_MOST, q=said.strip()[:_LONGEST] or None)


async def made_customer(services: Services, user: DeskUser, tree: Tree) -> CustomerView:
    """The customer whose fields were typed, made once by the same form with the same words. Raises NotTakenError with the form's fields."""
    typed = branch(tree, NEW)
    data: dict[str, Any] = {name: said for name in _FIELDS if (said := text(typed, name))}
    if lines := [each.strip() for each in text(typed, "address").splitlines() if each.strip()]:
        data["address"] = lines
    contact = {name: said for name in ("name", "email") if (said := text(typed, f"contact_{name}"))}
    if contact:
        data["contacts"] = [contact]
    try:
        body = read_body(CustomerBody, data)
        async with services.database.write() as writing:
            customer_id = id_once(user, text(tree, "form_id"), data)
            made = await store_customer(writing, body, customer_id=customer_id)
    except NotTakenError as refused:
        raise NotTakenError({_place(name): said for name, said in refused.errors.items()}) from None
    except ProblemError as problem:
        errors = {_place(name): said for name, said in told(problem.errors).items()}
        raise NotTakenError(errors or {"form": problem.detail}, status=problem.status) from None
    tree.pop(NEW, None)
    tree["customer_id"] = made.id
    return made


async def make_if_typed(services: Services, user: DeskUser, tree: Tree) -> None:
    """Nobody has to press a button for the customer whose fields are filled in. Raises as `made_customer`."""
    if not text(tree, "customer_id") and any(branch(tree, NEW).values()):
        await made_customer(services, user, tree)


def _place(name: str) -> str:
    """Of a field of the API's body, in this form."""
    if name.startswith("contacts."):
        return f"{NEW}.contact_{name.rpartition('.')[2]}"
    return f"{NEW}.{name.split('.', maxsplit=1)[0]}" if name != "form" else name
