"""Which texts the fonts can set, found out by trying: the standards refuse a document with a glyph that is missing."""

import json
import re
from collections.abc import Callable, Iterable, Sequence
from typing import Final

import typst

Compile = Callable[[bytes, str], str | None]
"""Sets a source with a document (JSON) and gives Typst's report where that is refused, None where it is not."""

LONGEST_CLUSTER: Final = 32
"""In code points. A letter under more marks than that is not tried: no script has it, and each costs height."""
MOST_CLUSTERS: Final = 20_000
"""Different ones in one document; later ones are not tried. Bounds the time for a hostile text to some seconds."""

_AT_ONCE: Final = 1_000
_REMEMBERED: Final = 100_000
_HEAD: Final = (
    '#import "letter.typ": families\n'
    '#set document(title: "Trial", date: datetime(year: 2000, month: 1, day: 1))\n'
    '#set text(lang: "en", font: families)\n'
    '#let semibold(text) = std.text(weight: "semibold", text)\n'
    "#let texts = json(bytes(sys.inputs.document))\n"
)
_TRIAL: Final = '#texts.at({0})#"n"#texts.at({0})#semibold(texts.at({0}) + "n" + texts.at({0}))\n\n'
_PLACE: Final = re.compile(r"─ [^\n]*:(\d+):\d+\n")


def grapheme_clusters(texts: Iterable[str]) -> list[list[str]]:
    """Each text as what a reader takes for its letters, by the tables that Typst has."""
    typeset = typst.Compiler(
        input=b"", ignore_system_fonts=True, sys_inputs={"texts": json.dumps(list(texts))}
    )
    split: list[list[str]] = json.loads(typeset.eval("json(bytes(sys.inputs.texts)).map(str.clusters)"))
    return split


class Trials:
    """Asks Typst about grapheme clusters and remembers what it said. Not for several threads at once."""

    def __init__(self, setting: Compile) -> None:
        self._setting = setting
        self._known: dict[str, bool] = {}

    def refused(self, clusters: Iterable[str]) -> set[str]:
        """Those that cannot be set, whatever stands beside them."""
        asked = [each for each in dict.fromkeys(clusters) if len(each) > 1 or not each.isascii()]
        if len(self._known) > _REMEMBERED:
            self._known.clear()
        tried = {each for each in asked[:MOST_CLUSTERS] if len(each) <= LONGEST_CLUSTER}
        unknown = sorted(tried - self._known.keys())
        for start in range(0, len(unknown), _AT_ONCE):
            batch = unknown[start : start + _AT_ONCE]
            bad = self.refused_texts(batch)
            self._known.update((each, each not in bad) for each in batch)
        return {each for each in asked if each not in tried or not self._known[each]}

    def refused_texts(self, texts: Sequence[str]) -> set[str]:
        """Those of the texts that cannot be set. Typst's report names the lines at fault, for many at once; where
        it names none, the halves are tried.
        """
        bad: set[str] = set()
        pending = [list(texts)]
        while pending:
            batch = pending.pop()
            report = self._report(batch)
            if report is None:
                continue
            named = _named(report, batch)
            bad |= named
            if named:
                pending.append([each for each in batch if each not in named])
            elif len(batch) == 1:
                bad.add(batch[0])
            else:
                middle = len(batch) // 2
                pending += [batch[:middle], batch[middle:]]
        return bad

    def _report(self, texts: Sequence[str]) -> str | None:
        source = _HEAD + "".join(_TRIAL.format(number) for number in range(len(texts)))
        return self._setting(source.encode(), json.dumps(texts))


def _named(report: str, texts: Sequence[str]) -> set[str]:
    first, height = _HEAD.count("\n"), _TRIAL.count("\n")
    numbers = ((int(line) - 1 - first) // height for line in _PLACE.findall(report))
    return {texts[number] for number in numbers if 0 <= number < len(texts)}
