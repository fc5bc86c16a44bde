"""The shop's desk over HTTP."""
