"""Calculations, one or many."""
