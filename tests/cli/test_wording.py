"""Arguments of Python, as options of the command line."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from places import ROOT

from memgpt_autogen.cli.wording import with_options

PACKAGE = ROOT / "memgpt_autogen"

ROOMS = ("assembly.py", "home.py", "llm/wire", "memory", "readers", "settings.py", "text", "web")
"""Whose errors a command can show."""

IN_PYTHON_ONLY = (
    "X must be in Unicode's composed form",
    "X=X has no time zone",
    "agent 'X' has been in one turn for more than X s",
    "attach(--archive X) attaches a shared archive",
    "cannot X entry X (X): an eviction has passed entry X since then. In Python, fork(",
    "core memory has a block 'X' already",
    "give the name of a source to detach",
    "give what to attach",
    "passage_chars=X",
    "qdrant_write_consistency=X",
    "there is no condition for what to delete",
)
"""How errors begin that no command causes, or that are about Python or a setting on the command line too."""


@pytest.mark.parametrize(
    ("python", "command_line"),
    [
        ("Give another name: name=...", "Give another name: --name ..."),
        ("An agent with archive='lib' makes it.", "memgpt-autogen load with --archive lib makes it."),
        ("archive='my lib'", "--archive 'my lib'"),
        (
            "(blocks=True cuts it, with shared=True others' too)",
            "(--blocks cuts it, with --shared others' too)",
        ),
        ("unless you give archive=", "unless you give --archive"),
        ("shared_blocks='own' keeps it", "--shared-blocks own keeps it"),
        ("To forget everything, use reset().", "To forget everything, use memgpt-autogen delete agent."),
        (
            "Embed it: archive.reembed(), or in a terminal: memgpt-autogen reembed.",
            "Embed it: memgpt-autogen reembed.",
        ),
        ("undo() takes back 5 next", "memgpt-autogen memory undo takes back 5 next"),
        ("open_memory('sam').repair() saves it", "open_memory('sam').repair() saves it"),
        (
            "Shorten it. Or give blocks=[Block(..., limit=...)].",
            "Shorten it. In Python, a Block can have a higher limit.",
        ),
        ("Raise window_tokens, or shorten blocks.", "Raise --window, or shorten blocks."),
        ("Check that base_url is right.", "Check that --base-url is right."),
        (
            "Check the model's name and the base_url, which usually",
            "Check the model's name and the --base-url, which usually",
        ),
        ("other addresses need `api_key`.", "other addresses need MEMGPT_AUTOGEN_API_KEY."),
        ("base_url is no address: x", "--base-url is no address: x"),
        ("base_url contains a user", "--base-url contains a user"),
        ("embedding_base_url is right", "embedding_base_url is right"),
        ("speaker is blank. Leave it out", "--speaker is blank. Leave it out"),
        ("3 files (3 .css); to load them too: assets=True", "3 files (3 .css); to load them too: --all"),
        ("Pass allow_private=True if", "Pass --allow-private if"),
        ("rename=... is not an option", "rename=... is not an option"),
        ("a text without arguments", "a text without arguments"),
    ],
)
def test_arguments_become_options(python: str, command_line: str) -> None:
    assert with_options(python) == command_line


def test_every_error_that_a_command_can_show_names_options() -> None:
    texts = {
        with_options(text)
        for room in ROOMS
        for path in ([PACKAGE / room] if room.endswith(".py") else sorted((PACKAGE / room).rglob("*.py")))
        for text in _raised(path)
    }

    python = {text for text in texts if re.search(r"\b[a-z_]+=(?!=)|\w\(", text)}
    assert [text for text in python if not text.startswith(IN_PYTHON_ONLY)] == []
    assert len(texts) > 100


def _raised(path: Path) -> Iterator[str]:
    """The texts of errors, with an X for each value."""
    for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
        if isinstance(node, ast.Raise) and isinstance(node.exc, ast.Call) and node.exc.args:
            text = node.exc.args[0]
            parts = text.values if isinstance(text, ast.JoinedStr) else [text]
            yield "".join(str(each.value) if isinstance(each, ast.Constant) else "X" for each in parts)
