"""The home of a test has a database with the schema: making it takes longer than most of these tests."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from postgresql import URL
from schema import prepare


@pytest.fixture(autouse=True)
def _home(tmp_path: Path) -> None:
    if URL not in os.environ:
        prepare(tmp_path / "home")
