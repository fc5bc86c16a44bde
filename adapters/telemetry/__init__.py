"""What a process tells of itself: figures, and traces."""
