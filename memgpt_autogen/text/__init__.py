"""Pure rules of text: words, names, BM25, pieces, near-duplicates. Nothing here reads or writes a file."""
