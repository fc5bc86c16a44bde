"""The customer's page: what a link in a mail opens, without login and without script."""
