"""Processes that end with whoever started them."""
