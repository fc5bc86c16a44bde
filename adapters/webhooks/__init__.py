"""Signed requests to addresses that others have named: where they may go, and how they are made."""
