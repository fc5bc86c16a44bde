"""The API over HTTP, in front of a real database (and a real Temporal server where the file says so)."""
