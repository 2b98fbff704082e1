"""Threads, time limits and progress: written once, for everything that waits."""

from __future__ import annotations

from collections.abc import Callable
from typing import Optional

Progress = Callable[[int, Optional[int]], object]
"""Called with how many are done, and of how many in all, where that is known."""
