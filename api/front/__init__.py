"""The product's own address: what this is, whether it is well, and the reference of its interface."""
