"""A parts list at the desk: read, corrected, made into a draft."""
