"""Tokens and keys: hard to guess, easy to check, and stored as hashes only."""

import pytest

from adapters.tokens import ApiKey, ApiKeyHashes, LinkTokens, new_api_key, read_api_key


def test_a_links_token_is_the_same_at_every_retry() -> None:
    """It follows from secret and id; another secret or id gives another one; it has 256 bits."""
    tokens = LinkTokens("s" * 32)
    assert tokens.token("a") == LinkTokens("s" * 32).token("a")
    assert len({tokens.token("a"), tokens.token("b"), LinkTokens("t" * 32).token("a")}) == 3
    assert len(tokens.token("a")) == 43


def test_any_text_can_be_looked_up() -> None:
    """What a stranger puts into the address has a hash too, and fits nothing."""
    tokens = LinkTokens("s" * 32)
    assert len({tokens.hash(text) for text in ("", "é", "\ud800", tokens.token("a"))}) == 4


def test_a_key_is_read_back_from_its_text() -> None:
    """With its environment and public id; no two are alike."""
    key = new_api_key("local")
    assert key.text.startswith(f"fo_local_{key.public_id}_")
    assert read_api_key(key.text) == key
    assert len({new_api_key("local").text for _ in range(50)}) == 50
    assert len(bytes.fromhex(key.secret)) * 8 >= 192


def test_a_mistyped_key_is_no_key() -> None:
    """The checksum tells one wrong, missing or extra character anywhere; odd texts are none either."""
    text = new_api_key("live").text
    for place in range(len(text)):
        other = "0" if text[place] != "0" else "1"
        assert read_api_key(text[:place] + other + text[place + 1 :]) is None
        assert read_api_key(text[:place] + text[place + 1 :]) is None
    for odd in ("", "fo", "é" * 90, "\ud800" * 90, text + "\n", " " + text, text.upper()):
        assert read_api_key(odd) is None


def test_a_stored_hash_fits_one_key_under_one_secret() -> None:
    """The table alone is no use, and a link's token never passes for a key's hash."""
    key, hashes = new_api_key("live"), ApiKeyHashes("s" * 32)
    stored = hashes.hash(key)
    assert hashes.matches(key, stored)
    assert not hashes.matches(new_api_key("live"), stored)
    assert not ApiKeyHashes("t" * 32).matches(key, stored)
    assert len(stored) == 32


@pytest.mark.parametrize("part", ["environment", "public_id", "secret"])
def test_every_part_of_a_key_counts(part: str) -> None:
    """A key of another environment is another key."""
    key, hashes = new_api_key("live"), ApiKeyHashes("s" * 32)
    parts = {"environment": key.environment, "public_id": key.public_id, "secret": key.secret}
    other = ApiKey(**{**parts, part: parts[part][::-1] + "a"})
    assert not hashes.matches(other, hashes.hash(key))
