"""Give freed memory back to the system.

The C library of most Linux systems keeps what one thread has freed for that thread, and large blocks that
were freed once for others. Turns run in many threads, so a server would grow for days, though nothing holds
that memory.
"""

from __future__ import annotations

import ctypes
from functools import cache
from typing import Any

# the names of glibc's options
_MOST_ARENAS, _MAPPED_BYTES = -8, -3

# from how many bytes on a block is the system's own, and goes back to it at once
_LARGE = 128 * 1024


def keep_memory_together() -> bool:
    """Let all threads share two heaps, and large blocks have none. Call it before threads begin.

    Returns whether this system's C library can do so.
    """
    set_option = _function("mallopt")
    return set_option is not None and bool(set_option(_MOST_ARENAS, 2) and set_option(_MAPPED_BYTES, _LARGE))


def give_back_freed_memory() -> bool:
    """Give back what is free, and return whether this system's C library can do so. It takes milliseconds."""
    trim = _function("malloc_trim")
    if trim is None:
        return False
    trim(0)
    return True


@cache
def _function(name: str) -> Any:
    """Return a function that glibc has."""
    try:
        return getattr(ctypes.CDLL(None), name, None)
    except (OSError, TypeError):  # as on Windows, where a library must have a name
        return None
