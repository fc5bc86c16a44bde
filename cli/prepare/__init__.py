"""Brings servers to where the product can live in them."""
