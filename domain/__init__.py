"""Pure rules: money, pricing, a quote's life. No I/O, no clock, no randomness: time and ids are arguments."""
