"""History: earlier states of memory, undo, fork and replay, rebuilt from the log."""

from memgpt_autogen.moved import moved_name


def __getattr__(name: str) -> object:
    return moved_name(__name__, name)
