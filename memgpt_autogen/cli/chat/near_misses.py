"""What a line points to that begins with a slash and is no command, or that looks like a command."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from difflib import get_close_matches

# how alike a typing error and a command must be, from 0 to 1
ALIKE = 0.6

EXIT = "/exit ends the conversation"
ATTACH = "/attach reads a file, a folder or a web address"
FORGET = "/forget WORDS deletes what contains the words; memgpt-autogen delete agent deletes everything"
TOOLS = "tools are given in Python: MemGPTAgent(tools=[...])"
MEMORY = "/memory shows core memory"
SEARCH = "/recall WORDS searches messages; /archival WORDS searches documents and facts"
CONTEXT = "/context shows what fills the window"
SYSTEM = "the system instructions are fixed; memgpt-autogen memory edit persona changes the persona"

# the way out for a command of other programs, MemGPT's first; {rest} is what was typed after it
OTHERS: Mapping[str, str] = {
    "/add_function": TOOLS,
    "/dumpraw": "/dump shows the newest entries of the log",
    "/load": ATTACH,
    "/remove_function": TOOLS,
    "/savechat": "everything is saved at once; memgpt-autogen export writes it into a file",
    "/systemswap": SYSTEM,
    "/wipe": FORGET,
    "/again": "/retry asks for another answer",
    "/blocks": MEMORY,
    "/bye": EXIT,
    "/clear": "/summarize takes old messages out of the prompt; /forget WORDS deletes for good",
    "/compact": "/summarize evicts half of the queue",
    "/config": "memgpt-autogen configure chooses a model; /model changes it for this conversation",
    "/core": MEMORY,
    "/delete": FORGET,
    "/edit": "memgpt-autogen memory edit changes a block; /rewrite TEXT the agent's newest message",
    "/end": EXIT,
    "/export": "memgpt-autogen export writes an agent into a file",
    "/file": ATTACH,
    "/find": SEARCH,
    "/history": "/dump shows the newest entries of the log; memgpt-autogen memory history shows changes",
    "/import": "memgpt-autogen import reads the file of an agent",
    "/leave": EXIT,
    "/logout": EXIT,
    "/new": "/agent NAME changes to another agent; memgpt-autogen run --agent NAME creates one",
    "/q": EXIT,
    "/quit": EXIT,
    "/read": ATTACH,
    "/redo": "memgpt-autogen memory undo --redo redoes what was undone last",
    "/regenerate": "/retry asks for another answer",
    "/remember": "the agent hears what you say without a command",
    "/reset": FORGET,
    "/search": SEARCH,
    "/stop": "Ctrl-C interrupts a turn; /exit ends the conversation",
    "/system": SYSTEM,
    "/tokens": CONTEXT,
    "/tools": TOOLS,
    "/upload": ATTACH,
    "/usage": CONTEXT,
    "/verbose": "/thoughts shows or hides what the agent thinks",
}

# commands of the program that no conversation has
IN_THE_SHELL = "add bench configure delete demo detach doctor list quickstart reembed run version".split()

# lines without a slash that are meant as commands elsewhere
_BARE = {"exit": "/exit", "quit": "/exit", ":q": "/exit", "logout": "/exit", "help": "/help"}


def missing_command(name: str, commands: Collection[str]) -> str:
    """Return one line about a command that a conversation does not have, among those that it has."""
    wanted = name.lower()
    near = [each for each in (wanted, wanted.removesuffix("s")) if each in commands][:1]
    if not near and (way_out := OTHERS.get(wanted)):
        return f"there is no {name}; {way_out}"
    if not near and wanted[1:] in IN_THE_SHELL:
        return f"there is no {name}; in a shell there is memgpt-autogen {wanted[1:]}"
    near = near or get_close_matches(wanted, commands, n=2, cutoff=ALIKE)
    if near:
        return f"there is no {name}; did you mean {' or '.join(near)}?"
    return f"there is no {name}; /help lists the commands. To send the line, put a space before it"


def meant_as_command(said: str) -> str | None:
    """Return the command that a line without a slash was perhaps meant as."""
    return _BARE.get(said.lower())
