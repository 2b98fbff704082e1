"""MemGPT as an AutoGen agent: hierarchical memory that survives the process and never overflows the window.

Public names are loaded when they are first used, since AutoGen and Qdrant take seconds to import.
"""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

from memgpt_autogen import moved
from memgpt_autogen._version import __version__

if TYPE_CHECKING:
    from memgpt_autogen.assembly import open_loop, open_memory
    from memgpt_autogen.compat.memgpt import (
        create_memgpt_autogen_agent_from_config,
        load_autogen_memgpt_agent,
    )
    from memgpt_autogen.conversable import MemGPTAgent
    from memgpt_autogen.home import check_import, import_memory, message_agent
    from memgpt_autogen.llm.discover import discover
    from memgpt_autogen.llm.embedders.callables import CallableEmbedder
    from memgpt_autogen.llm.embedders.fast_embed import FastEmbedEmbedder
    from memgpt_autogen.llm.embedders.open import open_embedder
    from memgpt_autogen.llm.embedders.openai import OpenAIEmbedder
    from memgpt_autogen.llm.embedders.sentence_transformers import SentenceTransformersEmbedder
    from memgpt_autogen.llm.embedders.static import Model2VecEmbedder, WordLlamaEmbedder
    from memgpt_autogen.llm.fallback import FallbackLLM
    from memgpt_autogen.llm.offline import OfflineLLM
    from memgpt_autogen.llm.openai import OpenAILLM
    from memgpt_autogen.loop.turn import Limits
    from memgpt_autogen.memory.context.block import Block
    from memgpt_autogen.settings import Settings
    from memgpt_autogen.tools.clock import current_time
    from memgpt_autogen.tools.files import read_files
    from memgpt_autogen.tools.mcp import mcp_tools
    from memgpt_autogen.tools.tool import Tool
    from memgpt_autogen.tools.web import fetch_page
    from memgpt_autogen.tools.web_search import web_search

_HOMES = {
    "Block": "memgpt_autogen.memory.context.block",
    "CallableEmbedder": "memgpt_autogen.llm.embedders.callables",
    "FallbackLLM": "memgpt_autogen.llm.fallback",
    "FastEmbedEmbedder": "memgpt_autogen.llm.embedders.fast_embed",
    "Limits": "memgpt_autogen.loop.turn",
    "MemGPTAgent": "memgpt_autogen.conversable",
    "Model2VecEmbedder": "memgpt_autogen.llm.embedders.static",
    "OfflineLLM": "memgpt_autogen.llm.offline",
    "OpenAIEmbedder": "memgpt_autogen.llm.embedders.openai",
    "OpenAILLM": "memgpt_autogen.llm.openai",
    "SentenceTransformersEmbedder": "memgpt_autogen.llm.embedders.sentence_transformers",
    "Settings": "memgpt_autogen.settings",
    "Tool": "memgpt_autogen.tools.tool",
    "WordLlamaEmbedder": "memgpt_autogen.llm.embedders.static",
    "check_import": "memgpt_autogen.home",
    "create_memgpt_autogen_agent_from_config": "memgpt_autogen.compat.memgpt",
    "current_time": "memgpt_autogen.tools.clock",
    "discover": "memgpt_autogen.llm.discover",
    "fetch_page": "memgpt_autogen.tools.web",
    "import_memory": "memgpt_autogen.home",
    "load_autogen_memgpt_agent": "memgpt_autogen.compat.memgpt",
    "mcp_tools": "memgpt_autogen.tools.mcp",
    "message_agent": "memgpt_autogen.home",
    "open_embedder": "memgpt_autogen.llm.embedders.open",
    "open_loop": "memgpt_autogen.assembly",
    "open_memory": "memgpt_autogen.assembly",
    "read_files": "memgpt_autogen.tools.files",
    "web_search": "memgpt_autogen.tools.web_search",
}

__all__ = [
    "Block",
    "CallableEmbedder",
    "FallbackLLM",
    "FastEmbedEmbedder",
    "Limits",
    "MemGPTAgent",
    "Model2VecEmbedder",
    "OfflineLLM",
    "OpenAIEmbedder",
    "OpenAILLM",
    "SentenceTransformersEmbedder",
    "Settings",
    "Tool",
    "WordLlamaEmbedder",
    "__version__",
    "check_import",
    "create_memgpt_autogen_agent_from_config",
    "current_time",
    "discover",
    "fetch_page",
    "import_memory",
    "load_autogen_memgpt_agent",
    "mcp_tools",
    "message_agent",
    "open_embedder",
    "open_loop",
    "open_memory",
    "read_files",
    "web_search",
]


moved.install()


def __getattr__(name: str) -> Any:
    if name not in _HOMES:
        raise AttributeError(f"module 'memgpt_autogen' has no attribute {name!r}")
    return getattr(importlib.import_module(_HOMES[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
