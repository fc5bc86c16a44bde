"""How `firm-offer doctor` asks its checks, whatever they find."""

from typing import cast

from cli.doctor.examine import Check, Finding, Installation, examine


async def test_one_check_that_breaks_hides_no_other() -> None:
    """What nobody thought of becomes a finding of its own check."""

    async def breaks(_at: Installation) -> list[Finding]:
        raise LookupError("odd\nfor programmers")

    async def sound(_at: Installation) -> list[Finding]:
        return []

    checks = (
        Check(name="a", ask=breaks),
        Check(name="b", ask=sound),
        Check(name="c", ask=sound, needs=("a",)),
    )
    broken, other, later = await examine(cast("Installation", None), checks)
    assert broken.findings[0].what == "this could not be checked: odd"
    assert other.is_sound
    assert later.waits_for == ("a",)
