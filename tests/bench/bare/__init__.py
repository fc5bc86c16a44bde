"""The bare sides: the SDK alone, a bare API, plain floats."""
