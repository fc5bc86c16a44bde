"""What people hand in: words, JSON files, rate cards."""
