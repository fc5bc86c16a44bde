"""The door: a link by mail, the session that it begins, and the way out."""
