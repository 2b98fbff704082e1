"""What the warm process of `workers` imports: what most scripts import, and nothing that starts a thread."""

import qdrant_edge  # noqa: F401

import memgpt_autogen.assembly
import memgpt_autogen.memory.qdrant.edge.index
import memgpt_autogen.testing  # noqa: F401
