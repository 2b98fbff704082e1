"""How many examples a property is tried with: few by default, more in `make torture`."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

TORTURE = os.environ.get("MEMGPT_AUTOGEN_TORTURE") == "1"

FEW = 12
"""Examples of a test that names no number."""

TORTURED = 20
"""How many times as many in `make torture`."""


def examples(few: int, *, most: int | None = None) -> settings:
    """Settings for a test with `few` examples by default, and with `most` in `make torture`."""
    return settings(
        max_examples=min(few * TORTURED, most or few * TORTURED) if TORTURE else few,
        deadline=None,
        suppress_health_check=list(HealthCheck),
    )
