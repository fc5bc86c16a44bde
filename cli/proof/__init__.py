"""What proves the record: verifying it, checkpoints of it, and forgetting a person in it without breaking it."""
