"""Measures the product against the bare parts it is made of: `make bench`. No test, and judged by nobody but its reader."""
