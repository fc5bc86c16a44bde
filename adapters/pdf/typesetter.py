"""From plain data to PDF bytes: templates of this folder, data as data, nothing from elsewhere."""

import json
import re
import threading
from collections.abc import Mapping
from contextlib import suppress
from datetime import UTC, datetime
from importlib.util import find_spec
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any, Final, Literal

import typst

from adapters.pdf.texts import SQUARE, plain, prepared, texts, with_texts, without_invisible
from adapters.pdf.trials import Trials, grapheme_clusters

TEMPLATES: Final = Path(__file__).parent / "templates"
STANDARDS: Final[list[Literal["a-3a", "ua-1"]]] = ["a-3a", "ua-1"]
"""PDF/A-3a (archives, tagged, may carry an attachment) and PDF/UA-1 (readable for everybody)."""

FONT_PACKAGES: Final = (
    "fontpkg_noto_sans_arabic",
    "fontpkg_noto_sans_devanagari",
    "fontpkg_noto_sans_thai",
    "rinoh_typeface_notosanscjk",
)
"""They hold fonts beside those that Typst brings along, and are not imported. `letter.typ` names the families."""

NO_FILES: Final[Mapping[str, bytes]] = {}
_SOURCES: Final = {file.name: file.read_bytes() for file in TEMPLATES.glob("*.typ")}
_EPOCH: Final = datetime(2000, 1, 1, tzinfo=UTC)
_NO_PACKAGES: Final = TEMPLATES / "there-are-no-packages"
_QUOTED: Final = re.compile(r"[`\"].*[`\"]")
_LONGEST_REASON: Final = 200


class DocumentError(Exception):
    """A document could not be set; its text says where in the template. `reason` is one line for logs and rows, without
    what people wrote.
    """

    def __init__(self, text: str, *, reason: str = "its template failed") -> None:
        super().__init__(text)
        self.reason = reason


class Typesetter:
    """Sets documents by their templates. Safe to use from several threads; one document at a time.

    Typst gets its data by `sys.inputs`, as JSON text: what people typed is never template source. Bytes it takes from
    files alone: they lie beside the templates in a folder that is made for the document and that nobody else may open.
    It may read this folder and the fonts of `FONT_PACKAGES` alone, and finds no packages.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._compiler = typst.Compiler(
            ignore_system_fonts=True,
            font_paths=_font_folders(),
            package_path=str(_NO_PACKAGES),
            package_cache_path=str(_NO_PACKAGES),
        )
        self._trials = Trials(self._report)

    def set(
        self,
        template: str,
        data: Mapping[str, Any],
        *,
        dated: datetime,
        files: Mapping[str, bytes] = NO_FILES,
    ) -> bytes:
        """The PDF of `template`. `dated` (UTC) is the document's date: equal input makes equal bytes. The template reads
        `files` by their names.

        No text stops a document. The standards refuse glyphs that are missing and some characters, so a
        grapheme cluster that the fonts cannot set is left out where it is invisible, and is a white square
        otherwise. Raises DocumentError for a template that fails.
        """
        parts = [dated.year, dated.month, dated.day, dated.hour, dated.minute, dated.second]
        document: Any = {**with_texts(data, prepared), "dated": parts, "files": [*files]}
        with self._lock:
            try:
                return self._compile(template, document, dated, files)
            except DocumentError:
                for mended in (self._by_clusters, self._by_texts):
                    document, before = mended(document), document
                    if document != before:
                        with suppress(DocumentError):
                            return self._compile(template, document, dated, files)
                raise

    def _by_clusters(self, document: Any) -> Any:
        asked = [each for each in dict.fromkeys(texts(document)) if not each.isascii()]
        split = dict(zip(asked, grapheme_clusters(asked), strict=True))
        refused = self._trials.refused(cluster for clusters in split.values() for cluster in clusters)
        visible = {cluster: without_invisible(cluster) for cluster in refused}
        squares = self._trials.refused(visible.values()) | {
            cluster for cluster in refused if visible[cluster] == cluster
        }
        instead = {cluster: SQUARE if left in squares else left for cluster, left in visible.items()}
        return with_texts(
            document,
            lambda text: (
                "".join(instead.get(cluster, cluster) for cluster in split[text]) if text in split else text
            ),
        )

    def _by_texts(self, document: Any) -> Any:
        """What a cluster is not to blame for: whole texts that fail by themselves."""
        asked = [each for each in dict.fromkeys(texts(document)) if not each.isascii()]
        refused = self._trials.refused_texts(asked)
        return with_texts(document, lambda text: plain(text) if text in refused else text)

    def _compile(self, template: str, document: Any, dated: datetime, files: Mapping[str, bytes]) -> bytes:
        source = f'#include "{template}"'.encode()
        try:
            return self._typeset(source, json.dumps(document, ensure_ascii=False), dated, files)
        except RuntimeError as error:
            reason = _QUOTED.sub("…", str(error).partition("\n")[0])[:_LONGEST_REASON]
            raise DocumentError(f"{template}: {error}", reason=f"{template}: {reason}") from error

    def _report(self, source: bytes, document: str) -> str | None:
        try:
            self._typeset(source, document, _EPOCH, NO_FILES)
        except RuntimeError as error:
            return error.diagnostic if isinstance(error, typst.TypstError) else str(error)
        return None

    def _typeset(self, source: bytes, document: str, dated: datetime, files: Mapping[str, bytes]) -> bytes:
        try:
            with TemporaryDirectory() as folder:
                for name, content in {**_SOURCES, **files}.items():
                    (Path(folder) / name).write_bytes(content)
                made = self._compiler.compile(
                    input=source,
                    root=folder,
                    format="pdf",
                    sys_inputs={"document": document},
                    pdf_standards=[*STANDARDS],
                    timestamp=int(dated.timestamp()),
                )
        except OSError as problem:
            raise RuntimeError(f"no room for its files: {problem.strerror}") from problem
        except BaseException as problem:
            if type(problem).__name__ == "PanicException":  # Typst's own fault; no subclass of Exception
                raise RuntimeError("the typesetter came to grief") from problem
            raise
        if not isinstance(made, bytes):
            raise RuntimeError("no document was made")  # noqa: TRY004 - several pages are a list in other formats
        return made


def _font_folders() -> list[str]:
    """Raises ModuleNotFoundError where one is not installed: equal documents are equal bytes on every machine."""
    folders = []
    for package in FONT_PACKAGES:
        spec = find_spec(package)
        if spec is None or spec.origin is None:
            raise ModuleNotFoundError(f"the font package {package} is not installed", name=package)
        folders.append(str(Path(spec.origin).parent))
    return folders
