"""The document of a quote that was not sent, set while somebody waits for it."""

import asyncio
from typing import TYPE_CHECKING, Final

from domain.presentation.document import QuoteDocument

if TYPE_CHECKING:
    from adapters.pdf.quotes import QuotePdf

MOST_SECONDS: Final = 10.0
"""For a draft, with the time that it waits for its turn. One of a hundred lines takes about a second."""


class DraftsBusyError(Exception):
    """The draft was not set in time."""


class DraftFailedError(Exception):
    """The draft cannot be set; its text is one line for logs, without what people wrote."""


class DraftPdf:
    """Sets drafts in a thread, one at a time. The typesetter, with its fonts, is loaded for the first one."""

    def __init__(self, most_seconds: float = MOST_SECONDS) -> None:
        self._most_seconds = most_seconds
        self._turn = asyncio.Lock()
        self._pdf: QuotePdf | None = None

    async def quote(self, document: QuoteDocument) -> bytes:
        """The PDF. Raises DraftsBusyError beyond the limit of time, DraftFailedError.

        Nothing stops a thread: one that takes longer, or whose caller has left, keeps the turn until it is done.
        """
        try:
            async with asyncio.timeout(self._most_seconds):
                await self._turn.acquire()
                setting = asyncio.create_task(asyncio.to_thread(self._set, document))
                setting.add_done_callback(self._over)
                return await asyncio.shield(setting)
        except TimeoutError:
            raise DraftsBusyError("the draft was not set in time") from None

    def _set(self, document: QuoteDocument) -> bytes:
        # Here, as it takes half a second and tens of megabytes, and a process may never be asked for a draft.
        from adapters.pdf.quotes import QuotePdf  # noqa: PLC0415
        from adapters.pdf.typesetter import DocumentError, Typesetter  # noqa: PLC0415

        self._pdf = self._pdf or QuotePdf(Typesetter())
        try:
            return self._pdf.quote(document)
        except DocumentError as problem:
            raise DraftFailedError(problem.reason) from problem

    def _over(self, setting: "asyncio.Task[bytes]") -> None:
        self._turn.release()
        if not setting.cancelled():
            setting.exception()  # nobody else may be there to take notice of it
