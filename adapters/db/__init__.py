"""The record in PostgreSQL: tables, the inbox, what is written of quotes, and how it is read again.

Rows become the domain's objects and the views of `views*.py` here and nowhere else. Outside this room the
sessions `Reading` and `Writing` are opaque: they are opened, passed on and closed.
"""
