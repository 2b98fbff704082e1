"""The memory hierarchy: core memory, the queue, recall and archival."""
