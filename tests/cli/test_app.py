"""What all commands share: help, errors and exit codes."""

from __future__ import annotations

import runpy
import subprocess
import sys
from pathlib import Path

import pytest
from command_line import run
from places import ROOT
from typer.testing import CliRunner

from memgpt_autogen import __version__
from memgpt_autogen.cli import app


def test_a_bad_setting_is_an_error_that_names_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MEMGPT_AUTOGEN_TIMEZONE", "Mars/Olympus")

    result = CliRunner().invoke(app, ["run"], input="\n")

    assert result.exit_code == 1
    assert "Mars/Olympus" in result.output


@pytest.mark.slow
def test_every_command_has_help_by_h_and_imports_no_autogen() -> None:
    code = (
        "import sys\nfrom typer.testing import CliRunner\nfrom memgpt_autogen.cli import app\nfor words in "
        "(['-h'], ['list', '-h'], ['memory', 'search', '-h'], ['version'], ['list', 'agents'], "
        "['doctor']):\n    result = CliRunner().invoke(app, words)\n    assert result.exit_code == 0, "
        "result.output\nresult = CliRunner().invoke(app, ['run'], input='My name is Ada.\\n/context\\n')\n"
        "assert result.exit_code == 0, result.output\nloaded = {name.partition('.')[0] for name in "
        "sys.modules}\nassert not loaded & {'autogen', 'openai', 'prompt_toolkit'}, loaded\n"
    )

    done = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)

    assert done.returncode == 0, done.stderr


def test_a_wrong_command_line_is_2_and_says_what_is_wrong() -> None:
    assert "memroy" in run("memroy", code=2)
    assert "--colour" in run("run", "--colour", "red", code=2)


def test_an_unexpected_error_is_one_line_and_no_traceback(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    home.write_text("a file where the folder should be")

    shown = run("run", code=1)

    assert "Traceback" not in shown
    assert len(shown.strip().splitlines()) <= 2


def test_the_page_of_the_commands_is_what_the_commands_say() -> None:
    docs = ROOT / "docs"
    written = runpy.run_path(str(docs / "write_cli.py"))["page"]()

    assert (docs / "cli.md").read_text(encoding="utf-8") == written, "run: python docs/write_cli.py"


@pytest.mark.parametrize("word", ["version", "--version", "-V"])
def test_the_version_is_printed(word: str) -> None:
    result = CliRunner().invoke(app, [word])

    assert (result.exit_code, result.output.strip()) == (0, __version__)
