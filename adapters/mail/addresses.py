"""Mail addresses whose domain has other letters than ASCII: kept as they were typed, sent in the form that servers know."""

import unicodedata

import idna


def ascii_address(address: str) -> str:
    """`address` with its domain in ASCII (`einkauf@müller.example` at `xn--mller-kva.example`), by IDNA 2008 and UTS 46.

    What stands before the @ stays: for other letters there every server on the way would have to know SMTPUTF8.
    Raises ValueError where the domain is no name in IDNA, or has characters that nobody sees.
    """
    local, at, domain = address.rpartition("@")
    if domain.isascii():
        return address
    if any(unicodedata.category(char) == "Cf" for char in domain):
        raise ValueError("the domain has format characters")  # the mapping would drop them
    return f"{local}{at}{idna.encode(domain, uts46=True).decode()}"
