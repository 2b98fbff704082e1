"""For notebooks that were written for MemGPT 0.2 and 0.3: its AutoGen functions and its settings."""
