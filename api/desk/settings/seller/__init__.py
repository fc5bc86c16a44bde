"""Who the shop is, as customers see it."""
