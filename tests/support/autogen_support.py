"""What the AutoGen-facing tests share: agents that say given lines, and silent group chats."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import Any

import autogen
from autogen.io import IOStream
from schema import prepare

from memgpt_autogen import MemGPTAgent, Settings
from memgpt_autogen.llm.protocols import Completion
from memgpt_autogen.memory.storage.log import Entry
from memgpt_autogen.testing import ScriptedLLM, call, says
from memgpt_autogen.testing.scripted import Answer, Request


def sends(text: str) -> Completion:
    """A step that says this to the others."""
    return says("", call("send_message", message=text))


def echo(request: Request) -> Completion:
    """A model that sends back how many messages it was shown, so that no two answers are alike."""
    return sends(f"answer {len(request.messages)}")


def agent(
    name: str = "sam", *answers: Answer, otherwise: Answer | None = echo, **options: Any
) -> MemGPTAgent:
    """An agent over a scripted model; the same name is the same agent."""
    options.setdefault("silent", True)
    settings = Settings.load()
    if settings.database_url is None and not {"settings", "home", "ephemeral"} & options.keys():
        prepare(settings.home)
    return MemGPTAgent(name, llm=ScriptedLLM(*answers, otherwise=otherwise), **options)


def person(name: str, lines: Iterable[str] = ()) -> Any:
    """A stock agent that says these lines, then "(silence)"."""
    stock = autogen.ConversableAgent(name, llm_config=False, human_input_mode="NEVER", silent=True)
    left: Iterator[str] = iter(lines)
    stock.register_reply(
        [autogen.Agent, None],
        lambda _recipient, **_: (True, next(left, "(silence)")),
        remove_other_reply_funcs=True,
    )
    return stock


def group(*members: Any, rounds: int) -> Any:
    """A round-robin group chat's manager."""
    chat = autogen.GroupChat(
        agents=list(members), messages=[], max_round=rounds, speaker_selection_method="round_robin"
    )
    return autogen.GroupChatManager(groupchat=chat, llm_config=False, silent=True)


class Printed(IOStream):  # type: ignore[misc]
    """Keeps what AutoGen and its agents print."""

    def __init__(self) -> None:
        self.lines: list[str] = []
        self.text = ""

    def print(self, *objects: Any, sep: str = " ", end: str = "\n", flush: bool = False) -> None:
        self.lines.append(sep.join(map(str, objects)))
        self.text += self.lines[-1] + end

    def send(self, message: Any) -> None:
        self.lines.append(repr(message))

    def input(self, prompt: str = "", *, password: bool = False) -> str:
        raise AssertionError("nobody is asked in a test")


def heard(sam: MemGPTAgent) -> list[tuple[str, str]]:
    """Who said what to the agent, in order; its own words under its own name."""
    return [(speaker(entry, sam.name), entry.message.spoken or "") for entry in spoken(sam)]


def spoken(sam: MemGPTAgent) -> list[Entry]:
    return sam.memory.log.spoken_tail(10_000)


def speaker(entry: Entry, own: str) -> str:
    return own if entry.message.role == "assistant" else entry.message.name or "?"


def requests(sam: MemGPTAgent) -> list[Request]:
    assert sam.loop is not None
    assert isinstance(sam.loop.llm, ScriptedLLM)
    return sam.loop.llm.requests


def chat(ours: MemGPTAgent, *lines: str) -> None:
    """Let a person say these lines to the agent."""
    ben = person("ben")
    for line in lines:
        ben.send(line, ours, request_reply=True, silent=True)
