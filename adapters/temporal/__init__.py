"""The Temporal client: how every process of ours speaks with the server."""
