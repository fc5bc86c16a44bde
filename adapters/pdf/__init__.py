"""Documents as PDF, set by Typst: the same input makes the same bytes."""
