"""Qdrant through `qdrant-client`: a server, a cluster, or its local mode."""
