"""`firm-offer demo`: the life of two quotes, played on a stack of its own and told on the terminal."""
