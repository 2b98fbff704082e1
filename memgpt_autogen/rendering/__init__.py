"""HTML and plain text for people: escaped, shortened, safe to print."""
