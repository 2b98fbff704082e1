"""Archival memory: passages that the agent stores and searches."""

from memgpt_autogen.moved import moved_name


def __getattr__(name: str) -> object:
    return moved_name(__name__, name)
