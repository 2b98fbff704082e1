"""Where the project is, for tests that start other processes or read the project's own files."""

from __future__ import annotations

from pathlib import Path

ROOT = Path(__file__).parents[2]
"""The project's folder. The package is imported from there."""
SUPPORT = Path(__file__).parent
"""The folder of the modules that tests share."""
