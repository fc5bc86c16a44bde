"""Parts lists: from a customer's file to a draft."""
