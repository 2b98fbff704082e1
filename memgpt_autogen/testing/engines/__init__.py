"""Stand-ins for local engines. Each cuts, refuses, counts and loads as the real one does."""

from memgpt_autogen.testing.engines.base import EngineServer, Read
from memgpt_autogen.testing.engines.llama_cpp import LlamaCppRouter, LlamaCppServer
from memgpt_autogen.testing.engines.lm_studio import LMStudioServer
from memgpt_autogen.testing.engines.ollama import OllamaModel, OllamaServer
from memgpt_autogen.testing.engines.vllm import VLLMServer

__all__ = [
    "EngineServer",
    "LMStudioServer",
    "LlamaCppRouter",
    "LlamaCppServer",
    "OllamaModel",
    "OllamaServer",
    "Read",
    "VLLMServer",
]
