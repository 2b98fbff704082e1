"""Arguments of Python, as options of the command line."""

from __future__ import annotations

import pytest

from memgpt_autogen.cli.wording import with_options


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
