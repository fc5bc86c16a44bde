"""`firm-offer quotes`, `events`, `login` and `logout`: quotes over HTTP, from any machine, with a key of the API."""
