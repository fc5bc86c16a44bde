"""Temporal: the one client, signals to runs, and what its server is asked by the raw API."""
