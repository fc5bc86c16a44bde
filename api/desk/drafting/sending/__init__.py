"""The look before an offer goes out, and the sending."""
