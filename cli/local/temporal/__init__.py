"""A Temporal server of one's own."""
