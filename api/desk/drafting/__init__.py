"""Drafting: a new quote, its next version, a parts list, and the look before it goes out."""
