"""`firm-offer backup` and `firm-offer restore`: the record into one file, and back into an empty database."""
