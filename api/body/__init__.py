"""Bodies of requests: read with a limit, parsed strictly, numbers kept as they were written."""
