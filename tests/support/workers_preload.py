"""What the warm process of `workers` imports: what most programs import, and nothing that starts a thread."""

import gc

import ipykernel.kernelapp  # noqa: F401
import qdrant_edge  # noqa: F401

import memgpt_autogen.assembly
import memgpt_autogen.cli.app
import memgpt_autogen.experiments
import memgpt_autogen.memory.qdrant.edge.index
import memgpt_autogen.testing

for name in memgpt_autogen.__all__:
    getattr(memgpt_autogen, name)
gc.collect()
gc.freeze()
