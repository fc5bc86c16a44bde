"""The shop's desk: pages for its people, a folder per subject, over the same queries and dispatch as the API."""
