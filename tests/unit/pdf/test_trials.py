"""What the fonts can set is found out in few steps, whatever is asked, and each answer is remembered."""

import json

import pytest

from adapters.pdf import trials
from adapters.pdf.trials import LONGEST_CLUSTER, Trials, grapheme_clusters
from adapters.pdf.typesetter import Typesetter

BAD = [chr(0x1F600 + n) for n in range(60)]
GOOD = [chr(0xE0 + n) for n in range(16)]


class Setting:
    """Refuses what has an emoji; its report names no place, as when Typst changes its words."""

    def __init__(self) -> None:
        self.calls = 0

    def __call__(self, _source: bytes, document: str) -> str | None:
        self.calls += 1
        return "error: no" if any(each in text for text in json.loads(document) for each in BAD) else None


def test_a_report_that_names_no_place_is_enough() -> None:
    """Halves are tried until the bad ones stand alone; nothing is asked twice."""
    setting = Setting()
    asked = Trials(setting)
    assert asked.refused(GOOD + BAD[:3]) == set(BAD[:3])
    assert setting.calls < 40
    calls = setting.calls
    assert asked.refused([*GOOD, *BAD[:3], "a"]) == set(BAD[:3])
    assert setting.calls == calls


def test_typst_names_the_places_at_fault() -> None:
    """So that thousands of bad ones take a few steps, not a few for each."""
    typesetter = Typesetter()
    calls = []
    report = typesetter._report

    def counted(source: bytes, document: str) -> str | None:
        calls.append(document)
        return report(source, document)

    assert Trials(counted).refused(GOOD + BAD) == set(BAD)
    assert len(calls) <= 3


def test_what_is_tried_is_bounded(monkeypatch: pytest.MonkeyPatch) -> None:
    """By count, so that equal input has equal results: later ones and very long ones are refused untried."""
    monkeypatch.setattr(trials, "MOST_CLUSTERS", 5)
    setting = Setting()
    tower = "a" + "\u0301" * LONGEST_CLUSTER
    assert Trials(setting).refused([*GOOD, tower]) == {*GOOD[5:], tower}
    assert Trials(setting).refused([tower, *GOOD[:4]]) == {tower}
    assert setting.calls == 2


def test_a_grapheme_cluster_is_what_a_reader_takes_for_a_letter() -> None:
    """Keycaps, families and letters under marks are one each; no text is read as source."""
    texts = ["1\ufe0f\u20e3a\u0336", "\U0001f468\u200d\U0001f469\u200d\U0001f466x", '"\\ #x', ""]
    assert grapheme_clusters(texts) == [
        ["1\ufe0f\u20e3", "a\u0336"],
        ["\U0001f468\u200d\U0001f469\u200d\U0001f466", "x"],
        ['"', "\\", " ", "#", "x"],
        [],
    ]
