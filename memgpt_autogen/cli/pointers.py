"""What a wrong command line points to: the command or the option that exists.

MemGPT's commands and options are listed here; Letta has many of them too.
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from difflib import get_close_matches

PROGRAM = "memgpt-autogen"

# how alike a typing error and a name must be, from 0 to 1
ALIKE = 0.7

NO_PRESETS = "There are no presets: a new agent has a persona and a human, see memgpt-autogen run -h."
NO_DATABASE = "A database cannot be loaded: export it as CSV or JSON, and load the file."
SERVER = "memgpt-autogen server serves the agents over HTTP."
NO_TOOLS = "Tools are Python functions: MemGPTAgent(tools=[...])."
NO_WRAPPER = "No wrapper is needed: the setting function_calling is for models that cannot call functions."
NEW_AGENT = "memgpt-autogen run --agent NAME creates an agent that does not exist."
WHERE = "memgpt-autogen doctor shows the folder in which memory is stored."
PATHS = "The paths stand after load, as in memgpt-autogen load docs/ --agent NAME."
ADDRESSES = "The addresses stand after load, as in memgpt-autogen load https://example.org --agent NAME."
ENDPOINT = "The endpoint is given by --base-url."
KEY = "A key is set in the environment, as OPENAI_API_KEY or MEMGPT_AUTOGEN_API_KEY."
OWNER = "It stands before the command, as in memgpt-autogen --owner USER list agents."
NAMED = "The agent is named by --agent."
ONLY_REPLIES = "--quiet shows only what the agent says."
SYSTEM = "The system instructions are fixed; what a new agent is like is its --persona."

# what replaces a command of MemGPT
COMMANDS: Mapping[str, str] = {
    "add preset": NO_PRESETS,
    "add tool": NO_TOOLS,
    "create": NEW_AGENT,
    "delete preset": NO_PRESETS,
    "folder": WHERE,
    "help": "memgpt-autogen -h shows the commands.",
    "list models": "memgpt-autogen configure lists the models of an endpoint.",
    "list presets": NO_PRESETS,
    "list tools": NO_TOOLS,
    "migrate": "memgpt-autogen import ~/.memgpt imports the agents of MemGPT.",
    "new": NEW_AGENT,
    "open": WHERE,
    "serve": SERVER,
}

# what replaces an option of MemGPT, by the command
OPTIONS: Mapping[str, Mapping[str, str]] = {
    "add human": {"--name": "The name stands after human, as in memgpt-autogen add human NAME --text TEXT."},
    "add persona": {
        "--name": "The name stands after persona, as in memgpt-autogen add persona NAME --text TEXT."
    },
    "attach": {
        "--data-source": "memgpt-autogen load PATH --agent NAME reads documents; attach takes an archive."
    },
    "load": {
        "--dbname": NO_DATABASE,
        "--dump-path": NO_DATABASE,
        "--input-dir": PATHS,
        "--input-files": PATHS,
        "--query": NO_DATABASE,
        "--recursive": "A folder is always loaded with its subfolders.",
        "--scheme": NO_DATABASE,
        "--uri": NO_DATABASE,
        "--url": ADDRESSES,
        "--urls": ADDRESSES,
    },
    "quickstart": {
        "--latest": "It is not needed: nothing is downloaded.",
        "--terminal": "It is not needed: quickstart always asks in the terminal.",
    },
}

# what replaces an option of every command; an option that a line names must be there
OPTIONS_OF_ALL: Mapping[str, str] = {
    "--agent-name": NAMED,
    "--api-key": KEY,
    "--context-window": "The window is given by --window.",
    "--core-memory-limit": "The limit of a block is set in Python: Block('human', '', limit=4000).",
    "--endpoint": ENDPOINT,
    "--ignore-preset": NO_PRESETS,
    "--key": KEY,
    "--model-endpoint": ENDPOINT,
    "--model-endpoint-type": "It is not needed: every --base-url is OpenAI-compatible.",
    "--model-wrapper": NO_WRAPPER,
    "--name": NAMED,
    "--no-content": "The agent's words are always shown.",
    "--owner": OWNER,
    "--preset": NO_PRESETS,
    "--strip-ui": ONLY_REPLIES,
    "--strip_ui": ONLY_REPLIES,
    "--system": SYSTEM,
    "--system-file": SYSTEM,
    "--url": ENDPOINT,
    "--user": "Your name, as the agent hears it, is given by --me.",
    "--wrapper": NO_WRAPPER,
}

_OPTION = re.compile(r"(?<!\S)--[a-z-]+")


def unknown_command(group: str, word: str, commands: Sequence[str]) -> str:
    """Return one line about a command that does not exist.

    `group` is what stands before the word, such as "list", or "". `commands` are all that exist, such as
    "list agents", and their groups.
    """
    wanted = f"{group} {word}".strip()
    has_no = f"{PROGRAM} has no command '{wanted}'."
    if line := COMMANDS.get(wanted.lower()):
        return f"{has_no} {line}"
    if near := _near_commands(group, word, commands):
        return f"{has_no} Did you mean {_either(near)}?"
    return f"{has_no} {_called(group)} -h shows the commands."


def unknown_option(command: str, option: str, options: Mapping[str, Sequence[str]]) -> str:
    """Return one line about an option that a command or a group of commands does not have.

    `options` are those of every command.
    """
    own = options.get(command)
    has_no = f"{_called(command)} has no option {option}."
    line = OPTIONS.get(command, {}).get(option)
    of_all = OPTIONS_OF_ALL.get(option, "")
    if line is None and (own is None or set(_OPTION.findall(of_all)) - {option} <= set(own)):
        line = of_all
    if line:
        return f"{has_no} {line}"
    having = [each for each in options if option in options[each]]
    if own is None:
        if inside := [each for each in having if f"{each} ".startswith(f"{command} ".lstrip())]:
            return f"{has_no} It stands after the command, as in {_called(inside[0])} {option}."
    elif near := get_close_matches(option, own, n=2, cutoff=ALIKE):
        return f"{has_no} Did you mean {' or '.join(near)}?"
    if having:
        return f"{has_no} It is an option of {_either(having[:2])}."
    return f"{has_no} {_called(command)} -h shows the options."


def argument_as_option(command: str, name: str, arguments: Sequence[str]) -> str:
    """Return one line about an argument whose name was typed as an option."""
    usage = " ".join([_called(command), *(argument.upper() for argument in arguments)])
    return f"{_called(command)} has no option --{name}. Give the {name} without it: {usage}."


def unexpected_words(command: str, words: str, options: Mapping[str, Sequence[str]]) -> str:
    """Return one line about words for which a command has no place."""
    called = _called(command)
    way_out = (
        "An agent is named by --agent NAME."
        if "--agent" in options.get(command, ())
        else f"{called} -h shows what it takes."
    )
    return f"{called} has no place for '{words}'. {way_out}"


def _near_commands(group: str, word: str, commands: Sequence[str]) -> list[str]:
    """The commands that were meant, as far as the words tell."""
    words = f"{group} {word}".lower().replace("-", " ").replace("_", " ").split()
    for order in (words, words[::-1], words[-1:]):  # `agents list` and `agents` too
        same = [each for each in commands if _singular(each.split()[-len(order) :]) == _singular(order)]
        if same:
            return same[:2]
    inside = {each.rpartition(" ")[2]: each for each in reversed(commands) if each.startswith(group)}
    return [inside[each] for each in get_close_matches(words[-1], inside, n=2, cutoff=ALIKE)]


def _singular(words: Sequence[str]) -> list[str]:
    return [each.removesuffix("s") for each in words]


def _called(command: str) -> str:
    return f"{PROGRAM} {command}".strip()


def _either(commands: Sequence[str]) -> str:
    return " or ".join(map(_called, commands))
