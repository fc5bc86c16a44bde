"""A mail server that catches every mail and shows it in a browser: `python -m cli.local.mail`."""

from cli.local.mail.server import Mail

__all__ = ["Mail"]
