"""How other systems learn what happens: by a feed that they follow, and by webhooks that they are told by."""
