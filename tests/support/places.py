"""Where the project is, and where tests keep their files."""

from __future__ import annotations

import os
import shutil
from pathlib import Path

ROOT = Path(__file__).parents[2]
"""The project's folder. The package is imported from there."""
SUPPORT = Path(__file__).parent
"""The folder of the modules that tests share."""


def temporary_root() -> Path:
    """Return the folder for temporary files: in memory if there is room, since a disk commits more slowly."""
    memory = Path("/dev/shm")
    has_room = os.access(memory, os.W_OK) and shutil.disk_usage(memory).free > 4 * 2**30
    return memory if has_room else Path("/tmp")
