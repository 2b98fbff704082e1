"""Bodies of Letta's client. What it asks for and this server cannot do is refused, and not ignored."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Annotated, Any, Literal, Optional, Union

from pydantic import BaseModel, ConfigDict, Field

from memgpt_autogen.memory.context.block import DEFAULT_LIMIT, LARGEST_LIMIT, Block
from memgpt_autogen.server.problems import ProblemError
from memgpt_autogen.service.schemas.agents import LONGEST_TEXT
from memgpt_autogen.service.schemas.base import Moment

# what to use in place of fields that are refused
_INSTEAD: Mapping[str, str] = {
    "callback_url": "Ask for the run until it has ended.",
    "embedding": "All agents use the embedder of the server's settings.",
    "identity_ids": "Users have keys: /api/v1/users.",
    "initial_message_sequence": "Send the messages to the agent.",
    "model": "All agents use the model of the server's settings.",
    "override_model": "All agents use the model of the server's settings.",
    "override_system": "Write what the agent must know into its block persona.",
    "system": "Write what the agent must know into its block persona.",
    "tool_ids": "Tools come from the operator, from MCP servers (/api/v1/mcp-servers), or as client_tools.",
    "tools": "Tools come from the operator, from MCP servers (/api/v1/mcp-servers), or as client_tools.",
}

# values of fields that ask for nothing else than what happens anyhow
_AS_USUAL: Mapping[str, tuple[Any, ...]] = {
    "embedding_chunk_size": (300,),
    "enable_reasoner": (True,),
    "enable_thinking": (True, "true", "True"),
    "include_base_tool_rules": (True,),
    "include_base_tools": (True,),
    "parallel_tool_calls": (True,),
    "reasoning": (True,),
    "vector_db_provider": ("native",),
}

AUTO = "letta/auto"
"""The model and the embedder that Letta's servers choose themselves."""


class LettaBody(BaseModel):
    """A body. Fields that it does not have are let in only where they ask for nothing."""

    model_config = ConfigDict(extra="allow", use_attribute_docstrings=True)

    def check(self, *names: str) -> None:
        """Raise a problem, 422, where it asks for more than the server can do; `names` can be given."""
        asked = {
            name: value
            for name, value in (self.model_extra or {}).items()
            if name not in names and not asks_nothing(name, value)
        }
        if asked:
            listed = ", ".join(sorted(asked)[:20])
            instead = dict.fromkeys(_INSTEAD[name] for name in sorted(asked) if name in _INSTEAD)
            raise ProblemError(422, " ".join([f"this server cannot do: {listed}. Leave that out.", *instead]))


def asks_nothing(name: str, value: Any) -> bool:
    """Whether a field with this value asks for nothing else than what happens anyhow."""
    return value is None or value is False or value in ("", [], {}) or value in _AS_USUAL.get(name, ())


class BlockBody(LettaBody):
    """A block that is new."""

    label: Annotated[str, Field(max_length=64)]
    value: Annotated[str, Field(max_length=LONGEST_TEXT)]
    limit: Annotated[Optional[int], Field(ge=1, le=LARGEST_LIMIT)] = None
    description: Annotated[Optional[str], Field(max_length=LONGEST_TEXT)] = None
    read_only: Optional[bool] = None

    def block(self, *, shared: bool = False) -> Block:
        self.check()
        limit = self.limit or max(DEFAULT_LIMIT, len(self.value))
        return Block(
            self.label, self.value, limit, self.description or "", bool(self.read_only), shared=shared
        )


class BlockChange(LettaBody):
    """What changes of a block."""

    value: Annotated[Optional[str], Field(max_length=LONGEST_TEXT)] = None
    limit: Annotated[Optional[int], Field(ge=1, le=LARGEST_LIMIT)] = None
    description: Annotated[Optional[str], Field(max_length=LONGEST_TEXT)] = None
    read_only: Optional[bool] = None
    label: Optional[str] = None


class AgentBody(LettaBody):
    """An agent that is new."""

    name: Annotated[Optional[str], Field(max_length=64)] = None
    memory_blocks: Annotated[Optional[list[BlockBody]], Field(max_length=50)] = None
    block_ids: Annotated[Optional[list[str]], Field(max_length=50)] = None
    folder_ids: Annotated[Optional[list[str]], Field(max_length=50)] = None
    source_ids: Annotated[Optional[list[str]], Field(max_length=50)] = None
    agent_type: Optional[str] = None
    model: Optional[str] = None
    embedding: Optional[str] = None
    tools: Annotated[Optional[list[str]], Field(max_length=200)] = None
    include_base_tools: bool = True


class AgentChange(LettaBody):
    """What changes of an agent."""

    name: Annotated[Optional[str], Field(max_length=64)] = None
    model: Optional[str] = None
    embedding: Optional[str] = None


class NameBody(LettaBody):
    """A thing that has only a name."""

    name: Annotated[str, Field(max_length=120)]
    embedding: Optional[str] = None


class NameChange(LettaBody):
    """Another name."""

    name: Annotated[Optional[str], Field(max_length=120)] = None


class PassageBody(LettaBody):
    """A text for an archive."""

    text: Annotated[str, Field(min_length=1, max_length=500_000)]
    tags: Annotated[Optional[list[Annotated[str, Field(max_length=1000)]]], Field(max_length=50)] = None
    created_at: Optional[Moment] = None


class PassagesBody(LettaBody):
    """Several texts for an archive."""

    passages: Annotated[list[PassageBody], Field(max_length=100)]


class PassageSearchBody(LettaBody):
    """What is looked for in an agent's archive, or in a shared one."""

    query: Annotated[str, Field(min_length=1, max_length=2000)]
    agent_id: Optional[str] = None
    archive_id: Optional[str] = None
    limit: Annotated[int, Field(ge=1, le=200)] = 50
    tags: Annotated[Optional[list[str]], Field(max_length=50)] = None
    tag_match_mode: Literal["any", "all"] = "any"
    start_date: Optional[Moment] = None
    end_date: Optional[Moment] = None


class SaidBody(LettaBody):
    """A message to the agent, or an answer to what it waits for."""

    type: Optional[str] = None
    role: Optional[str] = None
    content: Union[str, list[dict[str, Any]], None] = None
    name: Annotated[Optional[str], Field(max_length=64)] = None
    otid: Annotated[Optional[str], Field(max_length=200)] = None
    approve: Optional[bool] = None
    reason: Annotated[Optional[str], Field(max_length=2000)] = None
    approval_request_id: Optional[str] = None
    approvals: Annotated[Optional[list[dict[str, Any]]], Field(max_length=128)] = None
    tool_returns: Annotated[Optional[list[dict[str, Any]]], Field(max_length=128)] = None


class ClientTool(LettaBody):
    """A function that the client runs."""

    name: Annotated[str, Field(max_length=64)]
    description: Optional[str] = None
    parameters: Optional[dict[str, Any]] = None


class MessagesBody(LettaBody):
    """A turn that is asked for."""

    messages: Annotated[Optional[list[SaidBody]], Field(max_length=100)] = None
    input: Union[str, list[dict[str, Any]], None] = None
    streaming: Optional[bool] = None
    stream_tokens: Optional[bool] = None
    include_pings: Optional[bool] = None
    background: Optional[bool] = None
    client_tools: Annotated[Optional[list[ClientTool]], Field(max_length=128)] = None
    include_return_message_types: Annotated[Optional[list[str]], Field(max_length=50)] = None
    use_assistant_message: Optional[bool] = None
    assistant_message_tool_name: Optional[str] = None
    assistant_message_tool_kwarg: Optional[str] = None
    include_compaction_messages: Optional[bool] = None
    max_steps: Annotated[Optional[int], Field(ge=1)] = None
    override_model: Optional[str] = None

    def check_all(self) -> None:
        """Raise a problem, 422, where it asks for more than the server can do."""
        self.check()
        for each in self.messages or ():
            each.check("batch_item_id", "group_id", "sender_id")
        for tool in self.client_tools or ():
            tool.check()


class CancelBody(LettaBody):
    """Which runs are cancelled; all that go on by default."""

    run_ids: Annotated[Optional[list[str]], Field(max_length=100)] = None


class StreamBody(LettaBody):
    """From where a stream is read on."""

    starting_after: Annotated[int, Field(ge=0)] = 0
    include_pings: Optional[bool] = None


class ToolRunBody(LettaBody):
    """Arguments of a function."""

    args: Annotated[dict[str, Any], Field(default_factory=dict)]
