"""A mail server that catches every mail and shows it in a browser: `python -m cli.stack.mail`."""

from cli.stack.mail.process import Mail

__all__ = ["Mail"]
