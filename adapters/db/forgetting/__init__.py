"""Forgetting a person: where one stands in the record, and blanking that. The owner of the tables alone can do it."""
