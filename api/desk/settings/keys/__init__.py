"""Which programs may call, and how much each may do."""
