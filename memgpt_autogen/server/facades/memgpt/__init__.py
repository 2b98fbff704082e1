"""MemGPT 0.3's API: its paths, shapes and streams, for clients that were written for it."""
