"""What a decision writes: quote, events, evidence, outgoing mails; under one lock, once."""
