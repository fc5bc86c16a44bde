"""A draft's form as a browser without script fills it in and sends it."""

from html.parser import HTMLParser
from typing import Any

import httpx

NEW = "/desk/quotes/new"


class _Fields(HTMLParser):
    """The fields of a page's form as a browser would send them, and what is said to be wrong, by field."""

    def __init__(self) -> None:
        super().__init__()
        self.fields: list[tuple[str, str]] = []
        self.errors: dict[str, str] = {}
        self.buttons: list[str] = []
        self._select: str | None = None
        self._chosen: list[str] = []
        self._options: list[str] = []
        self._area: str | None = None
        self._error: str | None = None
        self._text = ""

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        given = {name: value or "" for name, value in attrs}
        name = given.get("name", "")
        if tag == "input" and name:
            kind = given.get("type", "text")
            ticked = kind not in {"checkbox", "radio"} or "checked" in given
            if ticked and kind not in {"file", "submit"}:
                self.fields.append((name, given.get("value", "on" if kind == "checkbox" else "")))
        elif tag == "select":
            self._select, self._chosen, self._options = name, [], []
        elif tag == "option" and self._select is not None:
            self._options.append(given.get("value", ""))
            if "selected" in given:
                self._chosen.append(given.get("value", ""))
        elif tag == "textarea":
            self._area, self._text = name, ""
        elif tag == "button" and given.get("value"):
            self.buttons.append(given["value"])
        elif tag == "span" and "error" in given.get("class", "").split():
            self._error, self._text = given.get("id", "").removesuffix("-error"), ""

    def handle_endtag(self, tag: str) -> None:
        if tag == "select" and self._select is not None:
            self.fields += [(self._select, each) for each in (self._chosen or self._options[:1])[-1:]]
            self._select = None
        elif tag == "textarea" and self._area is not None:
            self.fields.append((self._area, self._text.removeprefix("\n")))
            self._area = None
        elif tag == "span" and self._error is not None:
            self.errors[self._error] = self._text
            self._error = None

    def handle_data(self, data: str) -> None:
        self._text += data


class Shown:
    """A page with a form."""

    def __init__(self, answer: httpx.Response) -> None:
        self.answer = answer
        read = _Fields()
        read.feed(answer.text)
        self.fields: dict[str, list[str]] = {}
        for name, value in read.fields:
            self.fields.setdefault(name, []).append(value)
        self.errors = read.errors
        self.buttons = read.buttons

    def value(self, name: str) -> str:
        """What stands in a field."""
        return self.fields[name][-1]

    async def press(
        self, desk: httpx.AsyncClient, does: str, *, files: Any = None, **typed: str | list[str]
    ) -> "Shown":
        """Type into fields (`__` stands for a point), and press the button."""
        given = {name.replace("__", "."): value for name, value in typed.items()}
        return await self.send(desk, does, given, files=files)

    async def send(
        self, desk: httpx.AsyncClient, does: str, typed: dict[str, Any], *, files: Any = None
    ) -> "Shown":
        """The page after that button, with these fields typed over what stands there."""
        path = self.answer.request.url.path
        data = {**self.fields, **typed, "do": does}
        return Shown(await desk.post(path, data=data, files=files))


async def opened(desk: httpx.AsyncClient, path: str = NEW) -> Shown:
    """The page of the form."""
    answer = await desk.get(path)
    assert answer.status_code == 200, answer.text
    return Shown(answer)
