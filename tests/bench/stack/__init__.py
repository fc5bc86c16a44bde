"""The servers that are measured, who calls them, and what they count of themselves."""
