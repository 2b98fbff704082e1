"""The recipes for other frameworks do what they say, with the newest release of each and a scripted model."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from importlib.util import find_spec
from pathlib import Path

import pytest
from page_code import files_of
from places import ROOT

RECIPES = files_of((ROOT / "docs/recipes.md").read_text(encoding="utf-8"))
TRIALS = ROOT / "tests/support/recipe_trials"
PACKAGES = {
    "openai_agents": "agents",
    "pydantic_ai": "pydantic_ai",
    "langgraph": "langgraph",
    "google_adk": "google.adk",
}
"""The package that each recipe needs. `NAME_memory.py` of the page is tried by `NAME_trial.py`."""

SECONDS = 100


def python_with(package: str) -> Path | None:
    """Return a Python that has the package: that of `make recipes`, else this one."""
    own = ROOT / ".venvs/recipes/bin/python"
    if own.exists() and own.parents[1].joinpath(".ready").exists():
        return own
    top = package.partition(".")[0]
    return Path(sys.executable) if find_spec(top) and find_spec(package) else None


def test_every_recipe_has_a_trial() -> None:
    assert RECIPES.keys() == {f"{name}_memory.py" for name in PACKAGES}


@pytest.mark.slow
@pytest.mark.parametrize("name", PACKAGES)
def test_a_recipe_does_what_its_framework_asks_of_it(name: str, tmp_path: Path) -> None:
    python = python_with(PACKAGES[name])
    if python is None:
        pytest.skip(f"{PACKAGES[name]} is not installed: make .venvs/recipes/.ready")
    (tmp_path / f"{name}_memory.py").write_text(RECIPES[f"{name}_memory.py"], encoding="utf-8")

    faults = tried(python, name, tmp_path)

    assert len(faults) > 3
    broken = [f"{sentence}:\n{fault}" for sentence, fault in faults.items() if fault]
    assert not broken, "\n".join(broken)


def tried(python: Path, name: str, folder: Path) -> dict[str, str]:
    """Return each sentence of a trial with an empty text, or with why it is not true."""
    environment = {
        **os.environ,
        "PYTHONPATH": f"{folder}{os.pathsep}{ROOT}",
        "OPENAI_AGENTS_DISABLE_TRACING": "1",
        "LANGSMITH_TRACING": "false",
        "GOOGLE_API_KEY": "none",
    }
    done = subprocess.run(
        [python, TRIALS / f"{name}_trial.py"],
        env=environment,
        cwd=folder,
        capture_output=True,
        text=True,
        timeout=SECONDS,
        check=False,
    )
    assert done.returncode == 0, done.stdout[-2000:] + done.stderr[-4000:]
    found: dict[str, str] = json.loads(done.stdout.splitlines()[-1])
    return found
