"""The local run: servers of its own, demo data, the demonstration, the time machine."""
