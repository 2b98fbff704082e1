"""Recall memory: search in everything that was said."""

from memgpt_autogen.moved import moved_name


def __getattr__(name: str) -> object:
    return moved_name(__name__, name)
