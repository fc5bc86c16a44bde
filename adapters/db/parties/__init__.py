"""Who deals with whom: the seller, customers, and those who call by key."""
