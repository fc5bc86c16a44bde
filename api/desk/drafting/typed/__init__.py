"""A draft as it is typed: the form, its prices, and what becomes of it."""
