"""The Python of the page about hosts runs where its host is installed, and prints what the page says."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest
from page_code import SECTION, broken_promises, python_of, section_of
from places import ROOT
from workers import run_program

PAGE = (ROOT / "docs/hosts.md").read_text(encoding="utf-8")
HOSTS = {"Microsoft agent-framework": "agent_framework", "AG2 1.x": "ag2", "AgentChat": "autogen_agentchat"}
"""The sections with code, and the module that the code of each needs."""


@pytest.mark.slow
@pytest.mark.parametrize("heading", HOSTS)
def test_a_hosts_python_runs_and_prints_what_the_page_says(heading: str, tmp_path: Path) -> None:
    if find_spec(HOSTS[heading]) is None:
        pytest.skip(f"{HOSTS[heading]} is not installed")
    code = python_of(section_of(PAGE, heading))
    assert code.strip(), f"the page has no code under {heading}"
    script = tmp_path / "page.py"
    script.write_text(code, encoding="utf-8")

    done = run_program(script)

    assert done.returncode == 0, done.stderr
    assert broken_promises(code, done.stdout) == [], done.stdout


def test_no_python_stands_outside_the_sections_of_the_hosts() -> None:
    others = [heading for heading in SECTION.findall(PAGE) if heading not in HOSTS]

    assert not python_of(PAGE[: PAGE.index("\n## ")]).strip()
    assert [heading for heading in others if python_of(section_of(PAGE, heading)).strip()] == []
