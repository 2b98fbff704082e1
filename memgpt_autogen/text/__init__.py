"""Pure rules of text: words, names, dates, pieces of documents, near-duplicates. Nothing here reads or writes a file."""
