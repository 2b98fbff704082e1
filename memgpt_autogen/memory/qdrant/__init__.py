"""Qdrant behind one small protocol: embedded (Edge), and as a server or local mode (qdrant-client)."""
