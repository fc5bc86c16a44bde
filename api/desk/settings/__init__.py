"""What the shop sets: who it is, who its people are, which programs may call."""
