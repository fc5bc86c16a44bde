"""What every route shares: bodies, headers, pages of lists, problems."""
