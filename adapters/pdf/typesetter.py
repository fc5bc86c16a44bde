"""From plain data to PDF bytes: templates of this folder, data as data, nothing from elsewhere."""

import json
import threading
from collections.abc import Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import Any, Final, Literal

import typst

TEMPLATES: Final = Path(__file__).parent / "templates"
STANDARDS: Final[list[Literal["a-3a", "ua-1"]]] = ["a-3a", "ua-1"]
"""PDF/A-3a (archives, tagged, may carry an attachment) and PDF/UA-1 (readable for everybody)."""

_MISSING: Final = "\N{WHITE SQUARE}"
_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
_NO_PACKAGES: Final = TEMPLATES / "there-are-no-packages"


class DocumentError(Exception):
    """A document could not be set; its text says where in the template."""


class Typesetter:
    """Sets documents by their templates. Safe to use from several threads; one document at a time.

    Typst gets its data by `sys.inputs`, as JSON text: what people typed is never template source. It may read
    the template folder alone, its own fonts alone, and finds no packages.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._glyphs: dict[str, bool] = {}
        self._compiler = typst.Compiler(
            root=str(TEMPLATES),
            ignore_system_fonts=True,
            package_path=str(_NO_PACKAGES),
            package_cache_path=str(_NO_PACKAGES),
        )

    def set(self, template: str, data: Mapping[str, Any], *, dated: datetime) -> bytes:
        """The PDF of `template`. `dated` (UTC) is the document's date: equal input makes equal bytes.

        Characters that no font here has are shown as a white square: the standards refuse a document with a
        glyph that is missing. Raises DocumentError.
        """
        parts = [dated.year, dated.month, dated.day, dated.hour, dated.minute, dated.second]
        document = json.dumps({**data, "dated": parts}, ensure_ascii=False)
        with self._lock:
            try:
                return self._compile(template, document, dated)
            except DocumentError:
                readable = self._without_missing_glyphs(document)
                if readable == document:
                    raise
                return self._compile(template, readable, dated)

    def _compile(self, template: str, document: str, dated: datetime) -> bytes:
        try:
            made = self._compiler.compile(
                input=str(TEMPLATES / template),
                format="pdf",
                sys_inputs={"document": document},
                pdf_standards=[*STANDARDS],
                timestamp=int(dated.timestamp()),
            )
        except (typst.TypstError, RuntimeError) as error:
            raise DocumentError(f"{template}: {error}") from error
        if not isinstance(made, bytes):
            raise DocumentError(f"{template}: no document was made")
        return made

    def _without_missing_glyphs(self, document: str) -> str:
        return "".join(character if self._has_glyph(character) else _MISSING for character in document)

    def _has_glyph(self, character: str) -> bool:
        if character.isascii():
            return True
        if character not in self._glyphs:
            try:
                self._compile("glyph.typ", json.dumps(character), _EPOCH)
                self._glyphs[character] = True
            except DocumentError:
                self._glyphs[character] = False
        return self._glyphs[character]
