"""What proves a quote: its stored form, the evidence of its acceptance, and the comparison of both."""
