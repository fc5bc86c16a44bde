"""The seller and its people, customers, API keys."""
