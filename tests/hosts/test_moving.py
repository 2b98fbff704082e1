"""The page about migration: a home of classic AutoGen's agent is opened by each of the other hosts."""

from __future__ import annotations

from importlib.util import find_spec
from pathlib import Path

import pytest
from page_code import broken_promises, files_of
from places import ROOT
from workers import run_program

FILES = files_of((ROOT / "docs/coming_from.md").read_text(encoding="utf-8"))
HOSTS = {
    "in_agent_framework.py": "agent_framework",
    "in_ag2.py": "ag2",
    "in_agentchat.py": "autogen_agentchat",
}


def run(file: str, folder: Path) -> str:
    """Run a program of the page as a process of its own; return what it prints, which is what it promises."""
    script = folder / file
    script.write_text(FILES[file], encoding="utf-8")
    done = run_program(script)
    assert done.returncode == 0, done.stderr
    assert broken_promises(FILES[file], done.stdout) == [], done.stdout
    return done.stdout


def test_every_host_has_a_program_on_the_page() -> None:
    assert FILES.keys() == {"classic.py", *HOSTS}


@pytest.mark.slow
@pytest.mark.parametrize("file", HOSTS)
def test_what_classic_autogen_was_told_is_known_in_another_host(file: str, tmp_path: Path) -> None:
    for module in ("autogen", HOSTS[file]):
        pytest.importorskip(module)
    run("classic.py", tmp_path)

    assert "third flowerpot" in run(file, tmp_path)


@pytest.mark.slow
def test_all_hosts_open_one_home_after_each_other_and_classic_autogen_again(tmp_path: Path) -> None:
    missing = [module for module in ("autogen", *HOSTS.values()) if find_spec(module) is None]
    if missing:
        pytest.skip(f"{', '.join(missing)}: not installed")

    for file in ("classic.py", *HOSTS, "classic.py", *HOSTS):
        run(file, tmp_path)
