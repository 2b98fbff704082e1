"""MemGPT memory for AutoGen agents."""
