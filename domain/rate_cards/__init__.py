"""Rate cards: the price list as data, read strictly and checked."""
