"""What is read of quotes: lists, links, documents, proofs, and what waits."""
