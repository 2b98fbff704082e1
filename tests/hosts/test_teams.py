"""In every host: a long talk of a team is heard once and in order, and a new process knows it."""

from __future__ import annotations

import asyncio
from pathlib import Path

import pytest
from host_teams import QUESTIONS, ask_in_new_process, available, driver, logged, sixty_lines

pytestmark = [pytest.mark.parametrize("host", available()), pytest.mark.slow]


def test_sixty_messages_are_heard_once_and_in_order(host: str, tmp_path: Path) -> None:
    lines = sixty_lines()
    home = tmp_path / "home"

    asyncio.run(driver(host).talk(home, lines))

    assert logged(home) == lines
    answers = ask_in_new_process(host, home, QUESTIONS)
    found = [each.evidence in answer for each, answer in zip(QUESTIONS, answers, strict=True)]
    assert all(found), list(zip(found, answers, strict=True))


def test_nothing_is_lost_or_doubled_by_errors_cancelled_runs_and_old_states(
    host: str, tmp_path: Path
) -> None:
    lines = sixty_lines()
    home = tmp_path / "home"

    asyncio.run(driver(host).talk_in_trouble(home, lines))

    assert logged(home) == lines
    answers = ask_in_new_process(host, home, QUESTIONS)
    found = [each.evidence in answer for each, answer in zip(QUESTIONS, answers, strict=True)]
    assert all(found), list(zip(found, answers, strict=True))
