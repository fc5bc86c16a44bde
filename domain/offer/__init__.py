"""What a version of a quote offers: its lines as asked for, priced, summed, and carried over."""
