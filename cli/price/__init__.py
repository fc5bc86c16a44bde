"""`firm-offer price`: prices of the parts in a CSV file; `firm-offer quote`: a draft of a parts list."""
