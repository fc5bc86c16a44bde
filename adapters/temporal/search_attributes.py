"""The search attributes that a namespace must have before a workflow may set them."""

from collections.abc import Mapping

from temporalio.api.enums.v1 import IndexedValueType
from temporalio.api.operatorservice.v1 import ListSearchAttributesRequest
from temporalio.client import Client

_TYPES = {
    "Keyword": IndexedValueType.INDEXED_VALUE_TYPE_KEYWORD,
    "Datetime": IndexedValueType.INDEXED_VALUE_TYPE_DATETIME,
    "Double": IndexedValueType.INDEXED_VALUE_TYPE_DOUBLE,
}


class MissingSearchAttributesError(Exception):
    """The namespace lacks search attributes: every quote would block on its first one."""


async def missing_search_attributes(client: Client, needed: Mapping[str, str]) -> dict[str, str]:
    """Those of `needed` (name to type) that are not registered, or not with that type."""
    found = await _registered(client)
    return {name: kind for name, kind in needed.items() if found.get(name) != _TYPES[kind]}


async def require_search_attributes(client: Client, needed: Mapping[str, str]) -> None:
    """Raises MissingSearchAttributesError that names what is missing and how to add it, or what has another type."""
    found = await _registered(client)
    other = [name for name, kind in needed.items() if found.get(name, _TYPES[kind]) != _TYPES[kind]]
    if other:
        raise MissingSearchAttributesError(
            f"the search attributes {', '.join(other)} have another type in the namespace {client.namespace}: "
            "use a namespace of its own"
        )
    missing = {name: kind for name, kind in needed.items() if name not in found}
    if missing:
        commands = "; ".join(
            f"temporal operator search-attribute create --namespace {client.namespace} --name {name} "
            f"--type {kind}"
            for name, kind in missing.items()
        )
        raise MissingSearchAttributesError(f"search attributes are not registered; run: {commands}")


async def _registered(client: Client) -> Mapping[str, int]:
    request = ListSearchAttributesRequest(namespace=client.namespace)
    return (await client.operator_service.list_search_attributes(request, retry=True)).custom_attributes
