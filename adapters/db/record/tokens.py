"""The face of `adapters.tokens.LinkTokens`, which is given to the record: siblings do not import each other."""

from typing import Protocol


class Tokens(Protocol):
    """How links' tokens are made and hashed."""

    def token(self, link_id: str) -> str:
        """The secret part of a link's address."""
        ...

    def hash(self, token: str) -> str:
        """What the table holds of a token."""
        ...
