"""Webhooks: who is told of events by a signed request, and how that went."""
