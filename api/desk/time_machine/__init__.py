"""The time machine of the local run: a quote's time moved ahead, from its page."""
