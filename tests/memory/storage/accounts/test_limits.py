"""Limits: stored for users, keys and agents, and what they say of a usage."""

from __future__ import annotations

import pytest

from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.memory.storage.accounts.limits import (
    Usage,
    UsageLimits,
    reached_limit,
    set_usage_limits,
    usage_limits,
)
from memgpt_autogen.memory.storage.database import Database


def test_limits_are_stored_replaced_and_taken_away(database: Database) -> None:
    given = UsageLimits(turns_at_once=2, turns_a_day=100, tokens_a_day=10**12, cost_a_day=1.5)
    set_usage_limits(database, "key", "k", given)
    set_usage_limits(database, "agent", "k", UsageLimits(turns_a_day=5))

    assert usage_limits(database, "key", "k") == given
    assert usage_limits(database, "agent", "k") == UsageLimits(turns_a_day=5)
    assert usage_limits(database, "user", "k") == UsageLimits()
    set_usage_limits(database, "key", "k", UsageLimits(turns_at_once=1))
    assert usage_limits(database, "key", "k") == UsageLimits(turns_at_once=1)
    set_usage_limits(database, "key", "k", UsageLimits())
    assert usage_limits(database, "key", "k") == UsageLimits()


@pytest.mark.parametrize(
    "wrong", [{"turns_at_once": -1}, {"turns_a_day": 2**31}, {"cost_a_day": float("nan")}]
)
def test_a_limit_is_a_number_that_the_database_can_hold(wrong: dict[str, float]) -> None:
    with pytest.raises(ConfigurationError, match=f"{next(iter(wrong))} is .*; a limit is a number from 0 to"):
        UsageLimits(**wrong)  # type: ignore[arg-type]  # as a stranger gives it


@pytest.mark.parametrize(
    ("limits", "usage", "text", "of_day"),
    [
        (UsageLimits(), Usage(100, 10**6, 10**9, 1e6), None, None),
        (UsageLimits(turns_at_once=2), Usage(running=1), None, None),
        (UsageLimits(turns_at_once=1), Usage(running=1), "may run 1 turn at once", None),
        (UsageLimits(turns_at_once=0), Usage(), "may run 0 turns at once", None),
        (UsageLimits(turns_a_day=3), Usage(turns=2), None, None),
        (UsageLimits(turns_a_day=3), Usage(turns=3), "may use 3 turns in 24 hours, and has used 3", "turns"),
        (UsageLimits(turns_a_day=1), Usage(turns=1), "may use 1 turn in 24 hours", "turns"),
        (UsageLimits(tokens_a_day=1000), Usage(tokens=2500), "may use 1,000 tokens in 24 hours", "tokens"),
        (UsageLimits(cost_a_day=0.5), Usage(cost=0.5), "may use 0.5 of cost in 24 hours", "cost"),
    ],
)
def test_the_first_limit_that_is_reached_is_told(
    limits: UsageLimits, usage: Usage, text: str | None, of_day: str | None
) -> None:
    reached = reached_limit(limits, usage, what="the key 'phone'")

    assert (reached is None) == (text is None)
    if reached is not None:
        assert reached.text.startswith(f"the key 'phone' {text}")
        assert reached.of_day == of_day
