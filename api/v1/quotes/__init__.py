"""Quotes: their life, their lists, their history."""
