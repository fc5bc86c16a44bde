"""What people read of a quote: the document, the certificate, differences between versions."""
