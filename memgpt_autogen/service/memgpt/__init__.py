"""The calls of MemGPT 0.3 on a home of today: its shapes, without HTTP, for old clients."""
