"""Settings that would give away customers' links are refused, in words that say what to do."""

import base64
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


ORDERS = {
    "FIRM_OFFER_ORDERS": "http",
    "FIRM_OFFER_ORDER_URL": "https://erp.example.com/orders",
    "FIRM_OFFER_ORDER_SECRET": f"whsec_{base64.b64encode(bytes(range(32))).decode()}",
}
_OPENS = " (FIRM_OFFER_WEBHOOK_ALLOW opens networks of your own, also to http://)."
_SIGNS = "FIRM_OFFER_ORDER_SECRET: it must be whsec_ and then 24 to 64 bytes in Base64."


@pytest.mark.parametrize(
    "given",
    [
        {},
        {"FIRM_OFFER_ORDER_URL": "https://erp.example.com:8443/orders?shop=1"},
        {"FIRM_OFFER_ORDER_URL": "http://10.1.0.7/orders", "FIRM_OFFER_WEBHOOK_ALLOW": "10.1.0.0/16"},
        {"FIRM_OFFER_ORDER_SECRET": f"whsec_{base64.b64encode(bytes(24)).decode()}"},
        {"FIRM_OFFER_ORDER_SECRET": f"whsec_{base64.b64encode(bytes(64)).decode()}"},
        {"FIRM_OFFER_ORDERS": "none", "FIRM_OFFER_ORDER_URL": "", "FIRM_OFFER_ORDER_SECRET": ""},
        {"FIRM_OFFER_ORDERS": "webhook", "FIRM_OFFER_ORDER_URL": "", "FIRM_OFFER_ORDER_SECRET": ""},
    ],
)
def test_orders_can_be_handed_over(given: dict[str, str]) -> None:
    """By a request or not at all; an empty variable is one that is not set."""
    settings = Settings.model_validate(GIVEN | ORDERS | given)
    assert settings.order_url == ((ORDERS | given)["FIRM_OFFER_ORDER_URL"] or None)


@pytest.mark.parametrize(
    ("given", "told"),
    [
        ({"FIRM_OFFER_ORDER_URL": ""}, "with FIRM_OFFER_ORDERS=http, FIRM_OFFER_ORDER_URL must be set."),
        (
            {"FIRM_OFFER_ORDER_URL": "", "FIRM_OFFER_ORDER_SECRET": ""},
            "with FIRM_OFFER_ORDERS=http, FIRM_OFFER_ORDER_URL and FIRM_OFFER_ORDER_SECRET must be set.",
        ),
        (
            {"FIRM_OFFER_ORDER_URL": "http://erp.example.com/"},
            f"FIRM_OFFER_ORDER_URL: it must start with https://{_OPENS}",
        ),
        (
            {"FIRM_OFFER_ORDER_URL": "erp.example.com/orders"},
            f"FIRM_OFFER_ORDER_URL: it must start with https:// and name a host{_OPENS}",
        ),
        (
            {"FIRM_OFFER_ORDER_URL": "https://10.1.0.7/orders", "FIRM_OFFER_WEBHOOK_ALLOW": "10.2.0.0/16"},
            (
                "FIRM_OFFER_ORDER_URL: it is in a network of one's own, or of a special purpose, and FIRM_OFFER_WEBHOOK_ALLOW "
                f"does not name it{_OPENS}"
            ),
        ),
        (
            {"FIRM_OFFER_ORDER_URL": "https://shop:hunter2@erp.example.com/"},
            f"FIRM_OFFER_ORDER_URL: it must have neither a user or password nor a fragment (#){_OPENS}",
        ),
        ({"FIRM_OFFER_ORDER_SECRET": "hunter2"}, _SIGNS),
        ({"FIRM_OFFER_ORDER_SECRET": "whsec_hunter2!"}, _SIGNS),
        ({"FIRM_OFFER_ORDER_SECRET": f"whsec_{base64.b64encode(bytes(23)).decode()}"}, _SIGNS),
        ({"FIRM_OFFER_ORDER_SECRET": f"whsec_{base64.b64encode(bytes(65)).decode()}"}, _SIGNS),
    ],
)
def test_orders_that_could_not_be_handed_over_are_refused_at_the_start(
    monkeypatch: pytest.MonkeyPatch, given: dict[str, str], told: str
) -> None:
    """And not days later: the command line names variable and rule, and neither it nor a program's error shows the value."""
    for name, value in (GIVEN | ORDERS | given).items():
        monkeypatch.setenv(name, value)
    with pytest.raises(StackError) as refused:
        load_settings(local=False)
    assert str(refused.value) == told
    with pytest.raises(ValidationError) as raised:
        Settings.model_validate(GIVEN | ORDERS | given)
    assert told.removesuffix(".").rpartition(": ")[2] in str(raised.value)
    for text in (str(refused.value), str(raised.value), repr(raised.value)):
        assert "hunter2" not in text


def test_settings_that_are_shown_show_no_secret() -> None:
    """Whoever logs them logs no key."""
    shown = repr(Settings.model_validate(GIVEN | ORDERS))
    assert ORDERS["FIRM_OFFER_ORDER_SECRET"].removeprefix("whsec_") not in shown


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
