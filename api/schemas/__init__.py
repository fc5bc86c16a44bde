"""What bodies and answers look like. Bodies refuse unknown fields and bound every length."""
