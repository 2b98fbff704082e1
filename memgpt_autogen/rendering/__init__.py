"""HTML and plain text for people: escaped, cut to length, safe to print."""
