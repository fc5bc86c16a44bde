"""Quotes at the desk."""
