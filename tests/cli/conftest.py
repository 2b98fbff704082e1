"""What tests of the command line share."""

from __future__ import annotations

from pathlib import Path

import pytest

from memgpt_autogen.settings import Settings


@pytest.fixture
def home() -> Path:
    """The home of this test. It does not exist yet."""
    return Settings.load().home
