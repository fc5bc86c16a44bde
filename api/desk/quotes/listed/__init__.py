"""The list of quotes: filters in its address, pages, and the same as a table for spreadsheets."""
