"""Freed memory goes back to the system."""

from __future__ import annotations

import platform
import subprocess
import sys

import pytest

HOLES = """
import ctypes, resource
from pathlib import Path
from memgpt_autogen.server.freed_memory import give_back_freed_memory
def resident():
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()
libc = ctypes.CDLL(None)
libc.malloc.restype, libc.free.argtypes = ctypes.c_void_p, [ctypes.c_void_p]
blocks = [libc.malloc(20_000) for _ in range(2_000)]
for block in blocks:
    ctypes.memset(block, 1, 20_000)
for block in blocks[:-1]:
    libc.free(block)  # the last one holds the end of the heap
before = resident()
assert give_back_freed_memory()
print(before - resident())
"""


KEPT = """
from memgpt_autogen.server.freed_memory import keep_memory_together
print(keep_memory_together())
"""


def test_options_of_memory_are_taken_by_this_c_library() -> None:
    done = subprocess.run(
        [sys.executable, "-c", KEPT], capture_output=True, text=True, check=True, timeout=60
    )

    assert done.stdout.strip() == str(platform.libc_ver()[0] == "glibc")


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="the C library is not glibc")
def test_what_is_freed_in_the_middle_of_the_heap_goes_back_to_the_system() -> None:
    done = subprocess.run(
        [sys.executable, "-c", HOLES], capture_output=True, text=True, check=True, timeout=60
    )

    assert int(done.stdout) > 30_000_000
