"""The answers of MemGPT 0.3, as its clients read them. What is ours besides is an additional key."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal, Optional

from pydantic import BaseModel, ConfigDict, Field, SerializerFunctionWrapHandler, model_serializer


class Shape(BaseModel):
    """An answer. Keys that it does not name are kept."""

    model_config = ConfigDict(extra="allow", protected_namespaces=(), use_attribute_docstrings=True)


class Dated(Shape):
    """An answer that has its time only where that is known: old clients take no null for a time."""

    created_at: Optional[datetime] = None

    @model_serializer(mode="wrap")
    def _without_null(self, write: SerializerFunctionWrapHandler) -> dict[str, Any]:
        written: dict[str, Any] = write(self)
        return {name: value for name, value in written.items() if name != "created_at" or value is not None}


class LLMConfig(Shape):
    """The model of an agent."""

    model: str
    model_endpoint_type: str
    model_endpoint: Optional[str]
    """For the admin only."""
    model_wrapper: Optional[str] = None
    context_window: Optional[int]


class EmbeddingConfig(Shape):
    """The embedding model of a home."""

    embedding_endpoint_type: str
    embedding_endpoint: Optional[str]
    embedding_model: Optional[str]
    embedding_dim: int
    """1 where nothing is embedded, or where the endpoint decides: old clients take no 0."""
    embedding_chunk_size: int


class AgentFacts(Shape):
    """What is known of an agent, but for its time."""

    id: str
    name: str
    description: Optional[str] = None
    user_id: str
    tools: list[str]
    system: str
    llm_config: LLMConfig
    embedding_config: EmbeddingConfig
    state: dict[str, Any]
    metadata: dict[str, Any]


class AgentState(AgentFacts):
    """An agent."""

    created_at: int
    """Seconds since 1970."""


class Preset(Dated):
    """What a new agent begins with."""

    name: str
    id: str
    user_id: str
    description: Optional[str] = None
    system: str = ""
    system_name: Optional[str] = None
    persona: str = ""
    persona_name: Optional[str] = None
    human: str = ""
    human_name: Optional[str] = None
    functions_schema: list[dict[str, Any]] = Field(default_factory=list)


class CreatedAgent(Shape):
    """An agent that was created."""

    agent_state: AgentState
    preset: Preset


class AgentConfig(Shape):
    """An agent with its sources."""

    agent_state: AgentState
    sources: list[str]
    """The ids of the sources."""
    last_run_at: Optional[int] = None
    """Seconds since 1970; null before anything happened."""


class AgentList(Shape):
    """The agents of a user, the newest run first."""

    num_agents: int
    agents: list[dict[str, Any]]


class Memory(Shape):
    """The memory of an agent: its blocks, and how much else there is."""

    core_memory: dict[str, str]
    recall_memory: int
    archival_memory: int


class UpdatedMemory(Shape):
    """The core memory of an agent before and after a change."""

    old_core_memory: dict[str, str]
    new_core_memory: dict[str, str]


class ArchivalObject(Shape):
    """A passage."""

    id: str
    contents: str


class ArchivalMemory(Shape):
    """Passages, the oldest first."""

    archival_memory: list[ArchivalObject]


class InsertedPassages(Shape):
    """The ids of what was inserted: several, where the text is long."""

    ids: list[str]


class Messages(Shape):
    """Entries of a log, the newest first."""

    messages: list[dict[str, Any]]


class Usage(Shape):
    """The tokens of a turn."""

    completion_tokens: int = 0
    prompt_tokens: int = 0
    total_tokens: int = 0
    step_count: int = 0


class Answered(Shape):
    """What an agent did in a turn."""

    messages: list[dict[str, Any]]
    usage: Usage


class CommandAnswer(Shape):
    """What came of a command."""

    response: str


class Template(Shape):
    """A named text for a block of new agents."""

    id: str
    name: str
    text: str
    user_id: str


class Humans(Shape):
    """The texts for the block `human`."""

    humans: list[Template]


class Personas(Shape):
    """The texts for the block `persona`."""

    personas: list[Template]


class Presets(Shape):
    """The presets of a user."""

    presets: list[Preset]


class CreatedPreset(Shape):
    """A preset that was created."""

    preset: Preset


class Tool(Shape):
    """A function that agents have."""

    name: str
    id: str
    tags: list[str]
    source_type: Optional[str]
    source_code: str
    """Always empty: what runs is the server's own."""
    module: Optional[str] = None
    json_schema: dict[str, Any]
    user_id: Optional[str]


class Tools(Shape):
    """The functions that agents have."""

    tools: list[Tool]


class Source(Dated):
    """A named collection of documents, which agents can be given."""

    name: str
    id: str
    user_id: str
    description: Optional[str] = None
    embedding_config: EmbeddingConfig
    metadata_: Optional[dict[str, Any]] = None


class Sources(Shape):
    """The sources of a user."""

    sources: list[Source]


class Job(Shape):
    """The loading of a document."""

    id: str
    status: Literal["created", "running", "completed", "failed"]
    created_at: datetime
    completed_at: Optional[datetime]
    user_id: str
    metadata_: dict[str, Any]
    """`num_passages` and `num_documents` of one that is completed, and `error` of one that failed."""


class Models(Shape):
    """The models of a server: it has one."""

    models: list[LLMConfig]


class Config(Shape):
    """How the server is set up."""

    config: dict[str, Any]
    defaults: dict[str, Any]


class Users(Shape):
    """The users of a home, and the cursor of the next page."""

    cursor: Optional[str]
    user_list: list[dict[str, Any]]


class CreatedUser(Shape):
    """A user that was created, with a key that is shown this once."""

    user_id: str
    api_key: str


class CreatedKey(Shape):
    """A key that was made. It is shown this once."""

    api_key: str


class Keys(Shape):
    """The keys of a user: the first 8 and the last 4 characters of each."""

    api_key_list: list[str]


class DeletedKey(Shape):
    """A key that was deleted."""

    message: str
    api_key_deleted: str


class DeletedUser(Shape):
    """A user that was deleted."""

    message: str
    user_id_deleted: str


class Said(Shape):
    """A sentence about what was done."""

    message: str


class Identity(Shape):
    """Whose a password or a key is."""

    uuid: str
    is_admin: bool
