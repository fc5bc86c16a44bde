"""The outside world, one sub-room each; siblings do not import each other."""
