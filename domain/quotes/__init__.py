"""The life of a quote: commands (wishes), decisions, events (facts), and the rules between them."""
