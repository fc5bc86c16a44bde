"""Errors over HTTP: what a caller is told, and nothing that was submitted or that lies inside."""
