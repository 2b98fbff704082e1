"""Replacements for models and embedders, to test your own agents without a model, a key or a server."""

from memgpt_autogen.testing.embedder import HashingEmbedder
from memgpt_autogen.testing.local_http import HTTPFailure
from memgpt_autogen.testing.scripted import ScriptedLLM, call, says
from memgpt_autogen.testing.server import Delayed, InPieces, ScriptedServer

__all__ = [
    "Delayed",
    "HTTPFailure",
    "HashingEmbedder",
    "InPieces",
    "ScriptedLLM",
    "ScriptedServer",
    "call",
    "says",
]
