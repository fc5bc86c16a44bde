"""What waits: one workflow per quote, and the typed ports through which it asks for activities."""
