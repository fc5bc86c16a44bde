"""`firm-offer doctor`: looks at everything that quotes need, and says what to do about what is wrong."""
