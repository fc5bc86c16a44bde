"""Webhooks at the desk: which systems are told of events, and how that goes."""
