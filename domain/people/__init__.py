"""Who acts and who is named: names of people and firms, and what the shop's people may do."""
