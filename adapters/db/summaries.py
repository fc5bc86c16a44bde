"""The one line by which a quote's run is known in the Temporal Web UI."""

from typing import Final

_LENGTH: Final = 120
"""In characters; Temporal refuses summaries of more than 400 bytes."""


def summary(number: str, customer_name: str) -> str:
    """One line, never too long: "Q-2026-00012 · ACME" for example."""
    name = " ".join(customer_name.split())
    return f"{number} · {name}"[:_LENGTH]
