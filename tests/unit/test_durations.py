"""Durations as people type them at the command line."""

from datetime import timedelta

import pytest

from cli.input.arguments import read_duration


@pytest.mark.parametrize(
    ("text", "meant"),
    [
        ("30d", timedelta(days=30)),
        ("12h", timedelta(hours=12)),
        ("1w2d3h4m5s", timedelta(weeks=1, days=2, hours=3, minutes=4, seconds=5)),
        ("90m", timedelta(minutes=90)),
    ],
)
def test_durations_are_read(text: str, meant: timedelta) -> None:
    """Numbers with their units, added up."""
    assert read_duration(text) == meant


@pytest.mark.parametrize("text", ["", "30", "d", "-1d", "1.5d", "1x", "1 d", "٣d", "999999w", "1e3d"])
def test_anything_else_is_refused(text: str) -> None:
    """Nothing is guessed, and ten years are the most."""
    with pytest.raises(ValueError, match="a duration must be"):
        read_duration(text)
