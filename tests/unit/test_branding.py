"""An accent colour is one that can be read."""

import pytest

from domain.presentation.branding import ACCENT, LEAST_CONTRAST, contrast_with_white


@pytest.mark.parametrize(
    ("colour", "contrast"),
    [("#ffffff", 1.0), ("#000000", 21.0), ("#ff0000", 3.998), ("#0000ff", 8.593), ("#767676", 4.542)],
)
def test_contrast_is_as_the_guidelines_count_it(colour: str, contrast: float) -> None:
    """Proves the ratio for colours whose ratio is well known."""
    assert contrast_with_white(colour) == pytest.approx(contrast, abs=0.001)


def test_the_grey_beside_the_limit_is_too_light() -> None:
    """Proves where the limit lies: #767676 is the lightest grey that may be text."""
    assert contrast_with_white("#767676") >= LEAST_CONTRAST > contrast_with_white("#777777")


def test_the_usual_colour_can_be_read() -> None:
    """Proves that a seller who chooses nothing has readable mails."""
    assert contrast_with_white(ACCENT) >= LEAST_CONTRAST


@pytest.mark.parametrize("text", ["", "red", "#fff", "#GGGGGG", "#ABCDEF", "#1f4f5f ", "#1f4f5f00", "1f4f5f"])
def test_anything_else_is_no_colour(text: str) -> None:
    """Proves that names, short forms, capitals and alpha are told apart."""
    with pytest.raises(ValueError, match="#rrggbb"):
        contrast_with_white(text)
