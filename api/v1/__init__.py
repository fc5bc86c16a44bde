"""The REST API, by subject: routes, bodies and answers side by side."""
