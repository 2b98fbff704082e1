"""What was written for MemGPT 0.2 and 0.3: its AutoGen functions and its settings file."""
