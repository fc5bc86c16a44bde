"""Where one is led after signing in, and how a browser is named."""

import pytest

from api.desk.sign_in.routes import browser_words, where_to


@pytest.mark.parametrize(
    "asked",
    [
        "",
        "/",
        "/q/x",
        "//evil.example/desk",
        "/desk//evil.example",
        "https://evil.example/desk",
        "/desk/../q",
        "/desk/%2e%2E/q",
        "/desk\\evil",
        "/desk/\n",
        "/deskless",
        "/desk/sign-in",
        "/desk/sign-out",
        "/desk/" + "x" * 2000,
        "desk",
        "/desk/x y",
    ],
)
def test_one_is_led_nowhere_but_to_the_desk(asked: str) -> None:
    assert where_to(asked) == "/desk"


@pytest.mark.parametrize(
    "asked", ["/desk", "/desk/quotes", "/desk/quotes?q=a%20b&kept=1", "/desk?done=x", "/desk/a..b"]
)
def test_one_is_led_to_where_one_wanted_to_go(asked: str) -> None:
    assert where_to(asked) == asked


@pytest.mark.parametrize(
    ("sent", "words"),
    [
        (
            "Mozilla/5.0 (Windows NT 10.0; Win64; x64; rv:145.0) Gecko/20100101 Firefox/145.0",
            "Firefox on Windows",
        ),
        (
            "Mozilla/5.0 (X11; Linux x86_64) AppleWebKit/537.36 (KHTML, like Gecko) Chrome/142.0.0.0 Safari/537.36",
            "Chrome on Linux",
        ),
        (
            "Mozilla/5.0 (Macintosh; Intel Mac OS X 10_15_7) AppleWebKit/605.1.15 Version/18.6 Safari/605.1.15",
            "Safari on macOS",
        ),
        (
            "Mozilla/5.0 (Linux; Android 10; K) AppleWebKit/537.36 Chrome/142.0.0.0 Mobile Safari/537.36 EdgA/142.0",
            "Edge on Android",
        ),
        ("curl/8", "A browser"),
    ],
)
def test_a_browser_is_known_by_its_words(sent: str, words: str) -> None:
    assert browser_words(sent) == words
