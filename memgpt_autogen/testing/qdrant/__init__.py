"""A stand-in for a Qdrant server or cluster: real HTTP on a free local port, as strict as a server."""

from memgpt_autogen.testing.qdrant.server import QdrantCall, QdrantStandIn

__all__ = ["QdrantCall", "QdrantStandIn"]
