"""Main context: core memory, the queue, the summary, and the prompt made of them."""
