"""How many examples a fuzz test tries: few by default, fifty times as many with `MEMGPT_AUTOGEN_TORTURE=1`."""

from __future__ import annotations

import os

from hypothesis import HealthCheck, settings

TORTURE = bool(os.environ.get("MEMGPT_AUTOGEN_TORTURE"))


def examples(few: int) -> settings:
    """Settings for a fuzz test that takes `few` examples by default."""
    return settings(
        max_examples=few * (50 if TORTURE else 1),
        deadline=None,
        suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
    )
