"""Errors and reports name arguments in Python. On the command line, these become options and commands."""

from __future__ import annotations

import re
import shlex

# the option for each argument that an error or a report names
OPTIONS = {
    "agent": "--agent",
    "alike": "--alike",
    "allow_private": "--allow-private",
    "archive": "--archive",
    "assets": "--all",
    "blocks": "--blocks",
    "chat": "--chat",
    "date_order": "--date-order",
    "embedder": "--embedding-model",
    "home": "--home",
    "name": "--name",
    "overwrite": "--overwrite",
    "shared": "--shared",
    "shared_blocks": "--shared-blocks",
    "speaker_agent": "--speaker-agent",
    "speaker_me": "--speaker-me",
    "zone": "--zone",
}

COMMANDS = {
    "Archive.check() says how, and Archive.repair() saves what can be read": "memgpt-autogen doctor says how",
    "An agent with archive=": "memgpt-autogen load with archive=",
    "Or give blocks=[Block(..., limit=...)].": "In Python, a Block can have a higher limit.",
    "Give that server as base_url": "Give that server as --server",
    "give the address of another one as base_url": "give the address of another one as --server",
    "GET /agents lists those that there are": "memgpt-autogen list agents shows those that there are",
    "Give a text as attach(text=...)": "Save the text as a file first",
    "Raise window_tokens": "Raise --window",
    "archive.reembed(), or in a terminal: ": "",
    "fork(name, at=...)": "In Python, fork(name, at=...)",
    "give api_key, or give the base_url of": "or give the --base-url of",
    "base_url contains": "--base-url contains",
    "base_url is": "--base-url is",
    "give base_url": "give --base-url",
    "need `api_key`": "need MEMGPT_AUTOGEN_API_KEY",
    "pop()": "/pop",
    "the base_url, which": "the --base-url, which",
    "repair()": "in Python, repair()",
    "reset()": "memgpt-autogen delete agent",
    "query is blank": "--query is blank",
    "source is blank": "--source is blank",
    "speaker is blank": "--speaker is blank",
    "speaker, source, start, end or query": "--speaker, --source, --start, --end or --query",
    "undo()": "memgpt-autogen memory undo",
    "where dimension=": "where the setting embedding_dimension=",
}

_ARGUMENT = re.compile(rf"(?<!\w)({'|'.join(OPTIONS)})=(True|\.\.\.|'[^']*')?")


def with_options(text: str) -> str:
    """Return the text with `--name ...` in place of `name=...`, and with commands in place of calls."""
    for python, command in COMMANDS.items():
        text = re.sub(rf"(?<![\w.]){re.escape(python)}", command, text)
    return _ARGUMENT.sub(_option, text)


def _option(found: re.Match[str]) -> str:
    name, value = found.groups()
    if value is None or value == "True":
        return OPTIONS[name]
    return f"{OPTIONS[name]} {value if value == '...' else shlex.quote(value.strip(chr(39)))}"
