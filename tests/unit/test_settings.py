"""Settings that would give away customers' links are refused, in words that say what to do."""

import gc

import pytest
from pydantic import ValidationError

from adapters.settings import Settings
from api.app import create_app
from cli.local.errors import StackError
from cli.settings import load_settings
from worker import main
from workflows.contract import WorkKind

GIVEN = {"DATABASE_URL": "postgresql://a:b@c/d", "FIRM_OFFER_SECRET": "s" * 32}


def made(url: str, environment: str = "live") -> Settings:
    """The settings of an installation with that address."""
    return Settings.model_validate(GIVEN | {"FIRM_OFFER_URL": url, "FIRM_OFFER_ENV": environment})


@pytest.mark.parametrize(
    ("url", "environment"),
    [
        ("https://quotes.example.com", "live"),
        ("http://127.0.0.1:8000", "live"),
        ("http://127.9.9.9:8000", "live"),
        ("http://[::1]:8000", "live"),
        ("http://localhost:8000", "live"),
        ("http://shop.localhost", "live"),
        ("http://192.168.0.7:8000", "local"),
        ("http://quotes.example.com", "test"),
    ],
)
def test_links_over_https_and_to_this_machine_are_fine(url: str, environment: str) -> None:
    assert made(url, environment).public_url == url


@pytest.mark.parametrize(
    "url",
    [
        *("http://quotes.example.com", "http://192.168.0.7:8000", "http://127.0.0.1.example.com"),
        *("http://localhost.example.com", "quotes.example.com", "ftp://quotes.example.com", "https://", ""),
    ],
)
def test_links_that_anybody_could_read_are_refused(url: str) -> None:
    """The error names the setting."""
    with pytest.raises(ValidationError, match="FIRM_OFFER_URL") as refused:
        made(url)
    assert refused.value.error_count() == 1


def test_the_command_line_says_why_in_a_sentence(monkeypatch: pytest.MonkeyPatch) -> None:
    """Not only that something is malformed."""
    for name, value in (GIVEN | {"FIRM_OFFER_URL": "http://quotes.example.com"}).items():
        monkeypatch.setenv(name, value)
    monkeypatch.delenv("FIRM_OFFER_ENV", raising=False)
    with pytest.raises(StackError) as refused:
        load_settings(local=False)
    assert str(refused.value).startswith("FIRM_OFFER_URL: it starts with http://, so that customers' links")
    assert str(refused.value).endswith("use https://, or FIRM_OFFER_ENV=test where nothing is live.")


@pytest.mark.parametrize("program", ["API", "worker"])
async def test_garbage_is_collected_again_where_settings_are_read(
    program: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A program imports without that, and would otherwise grow for as long as it runs. Without settings it ends here."""
    for name in GIVEN:
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr("api.app.prepare_runtime", lambda _address: None)
    app = create_app()
    gc.disable()
    try:
        with pytest.raises(ValidationError):
            await (
                main(tuple(WorkKind))
                if program == "worker"
                else app.router.lifespan_context(app).__aenter__()
            )
        assert gc.isenabled()
    finally:
        gc.enable()
