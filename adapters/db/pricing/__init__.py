"""Rate cards and calculations as stored."""
