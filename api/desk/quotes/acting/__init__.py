"""What can be done with a quote: each a form at its own address below it."""
