"""The error of MemGPT's clients."""

from __future__ import annotations

from memgpt_autogen.errors import MemGPTError


class RefusedError(MemGPTError, ValueError, AssertionError):
    """A call was refused, or failed. MemGPT raised one of these three for it, so all of them catch it."""

    def __init__(self, text: str, status: int) -> None:
        super().__init__(text)
        self.status = status
        """The status of HTTP that it is."""
