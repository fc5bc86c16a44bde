"""Makes the documents that go out: each once, from the record, and kept as it was made."""

import asyncio
import hashlib
import re
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib.metadata import distributions
from importlib.metadata import version as installed
from pathlib import Path
from typing import Any, Final

from adapters.db.database import Database, Reading
from adapters.db.quotes.archive import (
    ArchivedDocument,
    alone_with_documents,
    find_document,
    find_evidence,
    find_letter,
    keep_document,
)
from adapters.pdf.quotes import QuotePdf
from adapters.pdf.typesetter import DocumentError
from domain.presentation.certificate import Certificate
from domain.presentation.document import DocumentKind, QuoteDocument
from domain.proof.forgotten import seals
from domain.proof.mismatch import UNREADABLE, Mismatch
from domain.proof.stored import QuoteRecord
from domain.quotes.events import EventType


class DocumentMissingError(Exception):
    """There is nothing to make the document of."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compared:
    """What of a quote's documents is other than when it was made, and how many could not be compared."""

    mismatches: tuple[Mismatch, ...]
    incomparable: int


@cache
def edition() -> str:
    """What decides a document's bytes beside the record: Typst's version, and a digest over the versions of libraries
    and the source of the rooms that have a part in it. Each change is another edition, so that no change of ours looks
    like one of the record's.
    """
    digest = hashlib.sha256()
    for library in sorted({(d.name, d.version) for d in distributions() if _LIBRARIES.match(d.name or "")}):
        digest.update(" ".join(library).encode())
    for part in _PARTS:
        files = [_HOME / part] if (_HOME / part).is_file() else sorted((_HOME / part).rglob("*"))
        for file in (file for file in files if file.suffix in {".py", ".typ"}):
            digest.update(f"{file.relative_to(_HOME)}\n".encode() + file.read_bytes())
    return f"typst {installed('typst')}, {digest.hexdigest()[:16]}"


_HOME: Final = Path(__file__).parents[1]
_PARTS: Final = (
    *("domain", "adapters/pdf", "adapters/db/quotes/archive.py", "adapters/db/record/offers.py"),
    "activities/documents.py",
)
_LIBRARIES: Final = re.compile(r"typst$|tzdata$|fontpkg|rinoh.typeface")


class Documents:
    """The documents of quotes, made when they are first needed."""

    def __init__(self, database: Database, pdf: QuotePdf) -> None:
        self._database = database
        self._pdf = pdf
        self._turn = asyncio.Lock()  # one is set at a time, and one connection is enough for it

    async def made(self, quote_id: str, version: int, kind: DocumentKind) -> ArchivedDocument:
        """A version's document, set where it is not kept yet: once, whoever asks for it at the same time, in whichever
        process. The others wait; where it is not kept in the end, they set it themselves.

        Raises DocumentMissingError for a version that was not sent, or for the acceptance of one that was not accepted,
        DocumentError where it cannot be set.
        """
        async with self._turn, self._database.write() as w:
            kept = await alone_with_documents(w, quote_id, version)
            if kind in kept:
                return kept[kind]
            letter = await find_letter(w, quote_id, version)
            for each in (DocumentKind.QUOTE, kind):
                if each not in kept:
                    content = await self._set(w, quote_id, letter, each, kept.get(DocumentKind.QUOTE))
                    kept[each] = await keep_document(w, quote_id, version, each, content, made_by=edition())
            return kept[kind]

    async def again(self, quote_id: str, version: int, kind: DocumentKind) -> bytes:
        """The document as it is set from the record now, and not kept. Raises as `made`."""
        async with self._database.read() as r:
            letter = await find_letter(r, quote_id, version)
            original = await find_document(r, quote_id, version, DocumentKind.QUOTE)
            return await self._set(r, quote_id, letter, kind, original)

    async def compare(self, record: QuoteRecord) -> Compared:
        """Set the record's documents again, and compare bytes with what its events tell of.

        Other bytes by another edition of the program prove nothing: such a document is not comparable, nor is one in which
        a person was forgotten.
        """
        mismatches, incomparable = [], 0
        blanked = {seal.held for seal in seals(record.events)}
        for event in record.events:
            if event.type != EventType.DOCUMENT_MADE:
                continue
            told = str(event.data.get("sha256"))
            found = None if told in blanked else await self._again(record.quote_id, event.data)
            if found == told:
                continue
            if found is None or event.data.get("made_by") != edition():
                incomparable += 1
                continue
            place = f"{event.data['kind']} document of version {event.data['version']}"
            what = "set again from the record, it has other bytes than its event"
            mismatches.append(Mismatch(place=place, what=what, expected=told, found=found))
        return Compared(mismatches=tuple(mismatches), incomparable=incomparable)

    async def _again(self, quote_id: str, told: Mapping[str, Any]) -> str:
        """The digest of a document that is set again; whatever cannot be set is told as that."""
        try:
            content = await self.again(quote_id, told["version"], DocumentKind(told["kind"]))
        except (DocumentError, DocumentMissingError, *UNREADABLE):
            return "nothing that can be set"
        return hashlib.sha256(content).hexdigest()

    async def _set(
        self,
        r: Reading,
        quote_id: str,
        letter: QuoteDocument | None,
        kind: DocumentKind,
        original: ArchivedDocument | None,
    ) -> bytes:
        if letter is None:
            raise DocumentMissingError("the version was not sent")
        if kind is DocumentKind.QUOTE:
            return await asyncio.to_thread(self._pdf.quote, letter)
        evidence = await find_evidence(r, quote_id)
        if evidence is None or evidence.version != letter.offer.version or original is None:
            raise DocumentMissingError("the quote is not accepted, or its document is not there")
        if not original.content:
            raise DocumentError("nothing to embed", reason="a person in the quote's document was forgotten")
        certificate = Certificate(document=letter, evidence=evidence, document_sha256=original.sha256)
        return await asyncio.to_thread(self._pdf.acceptance, certificate, original.content)
