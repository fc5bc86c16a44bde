"""Why a price is what it is: its lines, in words and figures."""
