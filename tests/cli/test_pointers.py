"""A wrong command line is one line that points to the command or the option that exists."""

from __future__ import annotations

import pytest
from command_line import run


@pytest.mark.parametrize(
    ("words", "points_to"),
    [
        # MemGPT's commands
        ("serve --port 8283", "memgpt-autogen server"),
        ("migrate", "memgpt-autogen import ~/.memgpt"),
        ("folder", "memgpt-autogen doctor"),
        ("delete-agent --name sam", "memgpt-autogen delete agent"),
        ("load directory --name docs --input-dir docs", "memgpt-autogen load docs/"),
        ("load directory --name docs --input-files a.txt", "memgpt-autogen load docs/"),
        ("load webpage --urls https://example.org", "memgpt-autogen load https://example.org"),
        ("load database --query x --dump-path y", "as CSV or JSON"),
        ("add human --name ada -f ada.txt", "memgpt-autogen add human NAME"),
        ("add persona --name pirate --text Ahoy", "memgpt-autogen add persona NAME"),
        ("add preset --name x", "a persona and a human"),
        ("list presets", "a persona and a human"),
        ("delete preset x", "a persona and a human"),
        ("list tools", "MemGPTAgent(tools="),
        ("attach --agent sam --data-source docs", "memgpt-autogen load PATH"),
        ("benchmark", "memgpt-autogen bench"),
        # an argument typed as an option
        ("export --agent sam sam.zip", "memgpt-autogen export AGENT PATH"),
        ("import --path sam.zip", "memgpt-autogen import"),
        # and its options
        ("--persona sam --human basic", "memgpt-autogen run --persona"),
        ("--human basic", "memgpt-autogen run --human"),
        ("--preset memgpt_chat", "a persona and a human"),
        ("--debug run", "memgpt-autogen run --debug"),
        ("configure --human basic", "memgpt-autogen run"),
        ("run --preset memgpt_chat", "a persona and a human"),
        ("run --ignore-preset", "a persona and a human"),
        ("run --model-endpoint http://localhost:1234", "--base-url"),
        ("run --model-endpoint-type openai", "--base-url"),
        ("run --model-wrapper chatml", "function_calling"),
        ("run --context-window 8192", "--window"),
        ("run --core-memory-limit 4000", "limit=4000"),
        ("run --strip-ui", "--quiet"),
        ("run --system x", "--persona"),
        ("quickstart --latest", "not needed"),
        ("quickstart --terminal", "not needed"),
        # near misses
        ("run sam", "--agent NAME"),
        ("memory show sam", "--agent NAME"),
        ("run --name sam", "--agent"),
        ("run --agnet sam", "Did you mean --agent?"),
        ("export --name sam", "memgpt-autogen import"),
        ("agents", "memgpt-autogen list agents"),
        ("list-agents", "memgpt-autogen list agents"),
        ("list agent", "memgpt-autogen list agents"),
        ("search tea", "memgpt-autogen memory search"),
        ("history", "memgpt-autogen memory history"),
        ("memroy", "memgpt-autogen memory"),
        ("memory serach tea", "memgpt-autogen memory search"),
        ("help", "memgpt-autogen -h"),
        ("xyzzy", "memgpt-autogen -h"),
        ("list xyzzy", "memgpt-autogen list -h"),
        ("run --colour red", "memgpt-autogen run -h"),
        ("doctor extra", "memgpt-autogen doctor -h"),
    ],
)
def test_a_wrong_command_line_is_one_line_that_points_to_what_exists(words: str, points_to: str) -> None:
    shown = run(*words.split(), code=2)

    assert points_to in shown
    assert len(shown.splitlines()) == 1


def test_a_command_of_memgpt_that_is_a_path_here_points_to_the_paths() -> None:
    assert "memgpt-autogen load docs/" in run("load", "directory", "docs", code=1)


def test_a_missing_value_is_still_what_typer_says() -> None:
    assert "PATH_OR_URL" in run("load", code=2)
    assert "--window" in run("run", "--window", "many", code=2)
