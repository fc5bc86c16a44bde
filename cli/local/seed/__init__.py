"""The quotes that a new local run begins with."""
