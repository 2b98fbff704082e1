"""The arguments of an agent that are the same in every host, and the agent that they describe."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import Any, Literal, TypedDict

from memgpt_autogen.adapter.arguments import check_memory, load_settings
from memgpt_autogen.assembly import UserTool, open_loop, open_memory
from memgpt_autogen.chosen_models import choose_llm
from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.hosts.core import HostedAgent
from memgpt_autogen.llm.embedders.open import AnyEmbedder
from memgpt_autogen.llm.protocols import LLM
from memgpt_autogen.llm.text_calls.plain import FunctionCalling, with_function_calling
from memgpt_autogen.loop.turn import Limits
from memgpt_autogen.memory.context.block import Block
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.settings import Settings
from memgpt_autogen.tools.approval import Approve


class CommonOptions(TypedDict, total=False):
    """What an agent of any host takes, whatever that host's tools are; see `AgentOptions`."""

    persona: str
    human: str
    blocks: Sequence[Block]
    memory: MemoryHierarchy
    home: str | Path
    settings: Settings
    owner: str
    archive: str
    ephemeral: bool
    llm: LLM
    window_tokens: int
    embedder: AnyEmbedder
    protocol: Literal["memgpt", "native"]
    function_calling: FunctionCalling
    limits: Limits
    inner_thoughts: bool
    plain_text: Literal["hint", "deliver"]
    calls_in_text: bool
    approve: Approve
    vision: bool
    tool_seconds: float
    turn_wait: float
    stream: bool
    model_error: Literal["reply", "raise"]
    owes_answer: bool


class AgentOptions(CommonOptions, total=False):
    """The options of an agent; each has the meaning that it has for `MemGPTAgent`.

    `owes_answer=False` lets the agent say nothing, where the host allows that.
    """

    tools: Sequence[UserTool]


_MEMORY = ("persona", "human", "blocks", "embedder", "archive", "ephemeral", "owner")
_HOSTED = ("model_error", "owes_answer")
_SETTINGS = ("protocol", "function_calling")
_OWN = ("memory", "home", "settings", "llm", "window_tokens")


def open_agent(name: str, options: AgentOptions) -> HostedAgent:
    """Open the agent of that name, or create it where there is none.

    Raises `ConfigurationError` for options that are not known or do not fit each other, and `StorageError`
    when the home cannot be opened.
    """
    given: dict[str, Any] = dict(options)
    unknown = sorted(set(given) - set(AgentOptions.__annotations__))
    if unknown:
        raise ConfigurationError(
            f"agent '{name}' has no option {', '.join(map(repr, unknown))}; "
            f"there are {', '.join(sorted(AgentOptions.__annotations__))}."
        )
    memory, home = given.get("memory"), given.get("home")
    of_memory = {key: given[key] for key in _MEMORY if key in given}
    if memory is not None:
        check_memory(name, memory, {**of_memory, "home": home, "protocol": given.get("protocol")})
    settings = load_settings(given.get("settings"), home, **{key: given.get(key) for key in _SETTINGS})
    memory = memory or open_memory(name, settings, **of_memory)
    llm = with_function_calling(given.get("llm") or choose_llm(settings), settings.function_calling)
    taken = {*_MEMORY, *_HOSTED, *_SETTINGS, *_OWN}
    loop = open_loop(
        memory,
        llm,
        window_tokens=given.get("window_tokens") or settings.window_tokens,
        **{key: value for key, value in given.items() if key not in taken},
    )
    return HostedAgent(memory, loop, **{key: given[key] for key in _HOSTED if key in given})
