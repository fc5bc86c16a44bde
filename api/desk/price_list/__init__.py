"""The price list: as it is, as it was, and as it could be."""
