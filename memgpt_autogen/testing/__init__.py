"""Stand-ins for the outside world, so that you can test your own agents without a model, a key or a server."""

from memgpt_autogen.testing.scripted import ScriptedLLM, call, says

__all__ = ["ScriptedLLM", "call", "says"]
