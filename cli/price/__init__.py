"""`firm-offer price`: prices of the parts in a CSV file."""
