"""What acts when a workflow asks: pricing, recording, delivering."""
