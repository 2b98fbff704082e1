"""For those who come from MemGPT 0.2 and 0.3 or Letta: old notebooks, old settings, and old agents."""
