"""Compare the words that independent readers show of documents with the words that are stored of them."""
