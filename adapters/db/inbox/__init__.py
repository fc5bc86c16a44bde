"""The inbox: commands as they arrive, their outcomes, and answers that are given again."""
