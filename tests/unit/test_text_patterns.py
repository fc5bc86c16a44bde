"""What a decimal and a UUID look like as text is said once, in the domain; nobody has a pattern of his own."""

from pathlib import Path

import pytest

from api.http.fields import DECIMAL_PATTERN
from domain.decimals import PATTERN, is_decimal
from domain.uuids import is_uuid, read_uuid

_HOUSE = Path(__file__).parents[2]
_ROOMS = ("domain", "workflows", "activities", "adapters", "api", "cli")
_ID = "01890a5d-ac96-774b-bcce-b302099a8057"


@pytest.mark.parametrize(("sign", "home"), [("{0,13}", "domain/decimals.py"), ("){3}[", "domain/uuids.py")])
def test_the_patterns_stand_in_one_file_each(sign: str, home: str) -> None:
    """A second regular expression for a decimal or a UUID would one day read something else."""
    found = [
        str(path.relative_to(_HOUSE))
        for room in _ROOMS
        for path in (_HOUSE / room).rglob("*.py")
        if sign in path.read_text()
    ]
    assert found == [home]


def test_json_schema_has_the_decimals_own_pattern() -> None:
    """JSON Schema searches, so that the pattern is anchored; otherwise it is the domain's."""
    assert f"^{PATTERN}$" == DECIMAL_PATTERN
    assert is_decimal("-1234.50")
    assert not is_decimal("1e3")


def test_a_uuid_is_checked_in_its_usual_form_and_read_in_any() -> None:
    """Requests give the usual form; a signal or a command line may hold any that Python reads."""
    assert is_uuid(_ID)
    assert is_uuid(_ID.upper())
    for unusual in (_ID.replace("-", ""), f"{{{_ID}}}", f"urn:uuid:{_ID}", _ID.upper()):
        assert read_uuid(unusual) == _ID
        assert is_uuid(unusual) is (unusual == _ID.upper())
    with pytest.raises(ValueError, match="badly formed"):
        read_uuid("Q-2026-00012")
