"""What `make containers` decides before an engine is asked, and how it ends without one."""

from pathlib import Path

import pytest

from tests.containers import __main__ as containers
from tests.containers import debian, engine, images
from tests.containers.engine import Engine, FailedError, NotRunError


def programs(folder: Path, **scripts: str) -> str:
    """A PATH on which these shell scripts are the only programs."""
    for name, script in scripts.items():
        (folder / name).write_text(f"#!/bin/sh\n{script}\n")
        (folder / name).chmod(0o755)
    return str(folder)


@pytest.mark.parametrize(
    ("docker", "why"),
    [
        ("exit 1", "no engine answers it"),
        ('[ "$1" = info ]', "it has no Compose"),
        ('[ "$1" = info ] || echo "docker-compose version 1.29.2"', "Compose is older than 2.24"),
    ],
)
def test_an_engine_that_will_not_do_says_why(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, docker: str, why: str
) -> None:
    """Of each program, whether it is there, answers, and has a Compose that is new enough."""
    monkeypatch.setenv("PATH", programs(tmp_path, docker=docker))
    with pytest.raises(NotRunError, match=why) as refused:
        engine.found()
    assert "podman is not installed" in str(refused.value)


@pytest.mark.parametrize("version", ["Docker Compose version v2.40.1", "Docker Compose version 2.26.1-4"])
def test_an_engine_that_is_there_is_taken(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, version: str
) -> None:
    """As it is: others' images are not made in it."""
    monkeypatch.setenv("PATH", programs(tmp_path, docker=f'echo "{version}"'))
    found = engine.found()
    assert found.program == str(tmp_path / "docker")
    assert not found.own


def test_no_stand_ins_are_left_in_somebody_s_engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Without the images nothing is run there."""
    monkeypatch.setenv("PATH", programs(tmp_path, docker="exit 1"))
    with pytest.raises(NotRunError, match=r"python:.* cannot be pulled"):
        images.obtain(Engine(str(tmp_path / "docker")), tmp_path, print)


def test_there_is_a_stand_in_for_every_image_of_others() -> None:
    """Under the name that the product's files ask for; and for no other."""
    kinds = {image.rpartition(":")[0] for image in images.named()}
    assert kinds == set(images.WHAT)
    files = {file.name.removesuffix(".Dockerfile") for file in images.STAND_INS.glob("*.Dockerfile")}
    assert files == {kind.replace("/", "-") for kind in kinds - {"python"}}


def test_without_an_engine_it_says_so_and_ends_with_its_own_code(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """Neither success nor failure: 77, and why of each way that was tried."""
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.setattr(debian, "KEYRING", tmp_path / "nothing")
    assert containers.main() == containers.NOT_RUN == 77
    told = capsys.readouterr().out
    assert told.startswith(
        "not run: no engine: docker is not installed; podman is not installed; one of our own needs"
    )


def test_what_goes_wrong_is_a_failure(capsys: pytest.CaptureFixture[str]) -> None:
    """Never taken for a machine without an engine."""

    def fails(_folder: Path) -> None:
        raise FailedError("expected a draft")

    assert containers.main(fails) == 1
    assert capsys.readouterr().out == "failed: expected a draft\n"
