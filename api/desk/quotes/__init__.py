"""Quotes at the desk: the list, the page of one, and what can be done with it."""
