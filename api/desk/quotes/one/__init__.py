"""The page of one quote, which follows what happens to it."""
