"""What a shop sets for all its quotes: itself, its people, its keys, its prices."""
