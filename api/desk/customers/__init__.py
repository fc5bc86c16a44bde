"""Customers: found, made, changed, merged, and people forgotten."""
