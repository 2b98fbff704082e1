"""The commands of MemGPT's terminal, such as `/memory`, on an agent."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import BaseModel

from memgpt_autogen.errors import ConfigurationError, quoted
from memgpt_autogen.memory.storage.runs.run_input import Act
from memgpt_autogen.service import agents, past
from memgpt_autogen.service.memgpt.asker import Asker
from memgpt_autogen.service.memgpt.memory import get_memory
from memgpt_autogen.service.memgpt.messages import get_messages
from memgpt_autogen.service.memgpt.shapes import CommandAnswer

_POPPED = 3
"""How many messages `/pop` takes back by default."""

_DUMPED = 20
"""How many messages `/dump` returns by default."""

_ACTS: Mapping[str, Act] = {"retry": "retry", "heartbeat": "heartbeat"}

# commands that are not here, and why
_NONE: Mapping[str, str] = {
    "exit": "the server goes on; close your client.",
    "wipe": "it would delete the agent's memory. DELETE /api/agents/{id} deletes the agent.",
    "memorywarning": "the server itself warns the agent when its prompt gets full.",
    "attach": "POST /api/sources/{id}/attach?agent_id= does that.",
}


class NewCommand(BaseModel):
    """A command, such as `/pop 2`."""

    command: str


@dataclass(frozen=True, slots=True)
class Command:
    """A command that was read."""

    name: str
    rest: str

    @property
    def act(self) -> Act | None:
        """The turn that it asks for; None if it asks for none."""
        return _ACTS.get(self.name)


def read_command(asker: Asker, agent: str, new: NewCommand) -> Command:
    """Return a command for this agent. Raises `ConfigurationError` for one that there is not."""
    agents.resolve_agent(asker.settings, agent, asker.agents)
    name, _, rest = new.command.strip().removeprefix("/").partition(" ")
    name = name.lower()
    if name in _NONE:
        raise ConfigurationError(f"there is no command /{name}: {_NONE[name]}")
    if name not in (*_RUN, *_ACTS):
        known = ", ".join(f"/{each}" for each in (*_RUN, *_ACTS))
        raise ConfigurationError(f"there is no command {quoted(new.command.strip())}. There are: {known}.")
    return Command(name, rest.strip())


def run_command(asker: Asker, agent: str, command: Command) -> CommandAnswer:
    """Do what a command says that asks for no turn."""
    return CommandAnswer(response=_RUN[command.name](asker, agent, command.rest))


def _memory(asker: Asker, agent: str, _rest: str) -> str:
    memory = get_memory(asker, agent)
    blocks = [f"<{label}>\n{text}\n</{label}>" for label, text in memory.core_memory.items()]
    counts = f"recall memory: {memory.recall_memory}; archival memory: {memory.archival_memory}"
    return "\n".join((*blocks, counts))


def _save(_asker: Asker, _agent: str, _rest: str) -> str:
    return "Everything is stored already."


def _dump(asker: Asker, agent: str, rest: str) -> str:
    rows = get_messages(asker, agent, start=0, count=_number(rest, _DUMPED)).messages
    return "\n".join(
        f"[{row['created_at']}] {row['role']}: {row['spoken'] or row['text']}" for row in reversed(rows)
    )


def _dump_raw(asker: Asker, agent: str, rest: str) -> str:
    rows = get_messages(asker, agent, start=0, count=_number(rest, _DUMPED)).messages
    return json.dumps(rows[::-1], ensure_ascii=False)


def _pop(asker: Asker, agent: str, rest: str) -> str:
    taken = past.pop(asker.settings, agent, _number(rest, _POPPED), asker.agents)
    return f"Took back {len(taken)} {'message' if len(taken) == 1 else 'messages'}."


def _rethink(asker: Asker, agent: str, rest: str) -> str:
    past.rethink(asker.settings, agent, _text(rest, "rethink"), asker.agents)
    return "The newest thought is another one now."


def _rewrite(asker: Asker, agent: str, rest: str) -> str:
    past.rewrite(asker.settings, agent, _text(rest, "rewrite"), asker.agents)
    return "The newest words of the agent are others now."


_RUN = {
    "memory": _memory,
    "pop": _pop,
    "rethink": _rethink,
    "rewrite": _rewrite,
    "dump": _dump,
    "dumpraw": _dump_raw,
    "save": _save,
    "savechat": _save,
}


def _number(text: str, usual: int) -> int:
    if not text:
        return usual
    if not (text.isascii() and text.isdigit() and 1 <= int(text[:9]) <= 1000 and len(text) <= 4):
        raise ConfigurationError(f"{quoted(text)} is no number from 1 to 1000.")
    return int(text)


def _text(text: str, command: str) -> str:
    if not text:
        raise ConfigurationError(f"/{command} needs a text after it.")
    return text
