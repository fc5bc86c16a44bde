"""How a command reaches its workflow, and how its outcome comes back. No HTTP."""
