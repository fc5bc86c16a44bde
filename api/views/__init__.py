"""What was read, as JSON data: the API's own words for the domain's objects."""
