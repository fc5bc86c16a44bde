"""The API by itself, part by part, without servers."""
