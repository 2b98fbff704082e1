"""History: earlier states of memory, undo, fork and replay, rebuilt from the log."""
