"""Mail: what it says, how it is put together, how it reaches a server."""
