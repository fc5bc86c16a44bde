"""A program that calls the API, as tests see it."""

import asyncio
import json
from collections.abc import Awaitable, Callable
from typing import Any
from uuid import uuid4

import httpx
from fastapi import FastAPI
from pydantic import BaseModel

V1 = "/api/v1"
PROBLEM = "application/problem+json"
PART: dict[str, Any] = {
    "material": "aluminum",
    "process": "cnc",
    "length_mm": "100",
    "width_mm": 50,
    "height_mm": 20.0,
    "geometric_complexity_score": "2.5",
    "quantity": 20,
}
IN_TEXT = {**PART, "width_mm": "50", "height_mm": "20"}
"""The same part, every size as text."""

PRICES = {
    "expedited": "4939.17",
    "standard": "4261.23",
    "economy": "3769.38",
    "domestic_economy": "3579.28",
}
"""Of PART, as worked out by hand in the pricing rules."""

SIGNER = {"signer_name": "Maria Huber", "signer_email": "maria@acme.example.com", "method": "phone"}


def fits(model: type[BaseModel], data: dict[str, Any]) -> None:
    """Each field has its type and none is there that is not told of, within the objects too."""
    read = model.model_validate_json(json.dumps(data), strict=True)
    assert read.model_dump(mode="json", by_alias=True, exclude_unset=True) == data


class Caller:
    """Calls paths below /api/v1 and hands over what tests need in a line."""

    def __init__(self, http: httpx.AsyncClient) -> None:
        self.http = http

    async def get(self, path: str, **more: Any) -> httpx.Response:
        return await self.http.get(V1 + path, **more)

    async def post(self, path: str, body: Any = None, **more: Any) -> httpx.Response:
        return await with_room(lambda: self.http.post(V1 + path, json=body, **more))

    async def raw(self, path: str, content: bytes, content_type: str = "application/json") -> httpx.Response:
        return await self.http.post(V1 + path, content=content, headers={"Content-Type": content_type})

    async def put(self, path: str, body: Any, **more: Any) -> httpx.Response:
        return await with_room(lambda: self.http.put(V1 + path, json=body, **more))

    async def patch(self, path: str, body: Any) -> httpx.Response:
        return await self.http.patch(V1 + path, json=body)

    async def delete(self, path: str, **more: Any) -> httpx.Response:
        return await self.http.delete(V1 + path, **more)

    async def customer(self, **fields: Any) -> dict[str, Any]:
        """A new customer."""
        body = {"name": f"ACME {uuid4().hex[:8]}", "email": "buyer@acme.example.com", **fields}
        return _made(await self.post("/customers", body))

    async def calculation(self, **fields: Any) -> dict[str, Any]:
        """A new calculation of PART."""
        return _made(await self.post("/pricing/calculations", {"specification": {**PART, **fields}}))

    async def draft(self, **fields: Any) -> dict[str, Any]:
        """A new quote for a new customer."""
        customer_id = fields.pop("customer_id", None) or (await self.customer())["id"]
        source = {} if "lines" in fields else {"specification": PART}
        answer = await self.post("/quotes", {"customer_id": customer_id, **source, **fields})
        return await self._decided(answer) if answer.status_code == httpx.codes.ACCEPTED else _made(answer)

    async def sent(self, **fields: Any) -> dict[str, Any]:
        """A new quote that has been sent."""
        quote = await self.draft(**fields)
        return await self.done(quote, "send")

    async def done(self, quote: dict[str, Any], action: str, body: Any = None) -> dict[str, Any]:
        """The quote after an action that succeeds."""
        answer = await self.post(f"/quotes/{quote['id']}/{action}", body)
        if answer.status_code == httpx.codes.ACCEPTED:
            return await self._decided(answer)
        assert answer.status_code == 200, answer.text
        return _read(answer)

    async def decided(self, answer: httpx.Response) -> dict[str, Any]:
        """The outcome of a command that was answered with 202, from the address that the answer named."""
        assert answer.status_code == httpx.codes.ACCEPTED, answer.text
        async with asyncio.timeout(60):
            while True:
                command = _read(await self.http.get(answer.headers["location"]))
                if command["status"] != "pending":
                    return command
                await asyncio.sleep(0.1)

    async def _decided(self, answer: httpx.Response) -> dict[str, Any]:
        """The quote after a command that was applied later than its answer: a busy machine is no defect."""
        command = await self.decided(answer)
        assert command["status"] == "applied", command
        return _read(await self.get(f"/quotes/{_read(answer)['quote_id']}"))


async def with_room(ask: Callable[[], Awaitable[httpx.Response]]) -> httpx.Response:
    """The answer, as a program should see to: what was not stored because too much waits is asked again."""
    async with asyncio.timeout(60):
        while True:
            answer = await ask()
            if answer.status_code != httpx.codes.SERVICE_UNAVAILABLE or _read(answer)["code"] != "overloaded":
                return answer
            await asyncio.sleep(0.1)


def problem(answer: httpx.Response, status: int, code: str) -> dict[str, Any]:
    """The problem in an answer, which is whole and has this status and code."""
    assert answer.headers["content-type"] == PROBLEM, answer.text
    body = _read(answer)
    assert (answer.status_code, body["code"]) == (status, code), answer.text
    assert body["status"] == status
    assert body["request_id"] == answer.headers["x-request-id"]
    assert {"type", "title", "detail", "instance"} <= set(body)
    return body


async def break_off(app: FastAPI, path: str, headers: dict[str, str]) -> list[Any]:
    """Send half a body, and be gone. What was answered."""
    answered: list[Any] = []
    messages = [{"type": "http.request", "body": b"{", "more_body": True}, {"type": "http.disconnect"}]

    async def receive() -> Any:
        return messages.pop(0)

    async def send(message: Any) -> None:
        answered.append(message)

    scope = {
        "type": "http",
        "method": "POST",
        "path": path,
        "raw_path": path.encode(),
        "query_string": b"",
        "scheme": "http",
        "headers": [(name.lower().encode(), value.encode()) for name, value in headers.items()],
        "client": ("192.0.2.7", 4711),
    }
    await app(scope, receive, send)
    return answered


def run_of(quote: dict[str, Any]) -> str:
    """The id of a quote's workflow."""
    return f"{quote['number']}-{quote['id'][-6:]}"


def places(answer: httpx.Response) -> set[tuple[str, str]]:
    """Pointer and code of each field that an answer complains about."""
    return {(error["pointer"], error["code"]) for error in answer.json().get("errors", [])}


def _made(answer: httpx.Response) -> dict[str, Any]:
    assert answer.status_code == 201, answer.text
    return _read(answer)


def _read(answer: httpx.Response) -> dict[str, Any]:
    body: dict[str, Any] = answer.json()
    return body
