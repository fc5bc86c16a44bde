"""The `firm-offer` command."""
