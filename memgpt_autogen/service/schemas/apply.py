"""What a file of agents declares, and what applying it changed."""

from __future__ import annotations

from typing import Annotated, Literal, Optional

from pydantic import Field, model_validator

from memgpt_autogen.memory.context.block import LARGEST_LIMIT
from memgpt_autogen.service.schemas.agents import LONGEST_TEXT
from memgpt_autogen.service.schemas.base import Answer, Body
from memgpt_autogen.service.schemas.people import LimitsBody

Text = Annotated[str, Field(max_length=LONGEST_TEXT)]
Name = Annotated[str, Field(min_length=1, max_length=64)]
ArchiveName = Annotated[str, Field(min_length=1, max_length=120)]
Limit = Annotated[int, Field(ge=1, le=LARGEST_LIMIT)]


class DeclaredSharedBlock(Body):
    """A shared block. What is not given stays as it is."""

    value: Optional[Text] = None
    limit: Optional[Limit] = None
    description: Optional[Text] = None


class DeclaredBlock(DeclaredSharedBlock):
    """A block of one agent. What is not given stays as it is."""

    read_only: Optional[bool] = None


class DeclaredSource(Body):
    """A document in an agent's archive: a file, an address or a text; one of them."""

    name: Optional[Annotated[str, Field(min_length=1, max_length=1000)]] = None
    """Its name in citations. Only a file has one of its own."""
    file: Optional[Annotated[str, Field(min_length=1, max_length=4000)]] = None
    """A path, from the folder of the file that declares it. Over HTTP there are none."""
    url: Optional[Annotated[str, Field(max_length=4000)]] = None
    text: Optional[Annotated[str, Field(max_length=1_000_000)]] = None
    tags: Annotated[list[Annotated[str, Field(max_length=1000)]], Field(max_length=50, default_factory=list)]

    @model_validator(mode="after")
    def _one(self) -> DeclaredSource:
        if sum(each is not None for each in (self.file, self.url, self.text)) != 1:
            raise ValueError("a source is a file, a url or a text; give one of them")
        if self.file is None and self.name is None:
            raise ValueError("a url and a text need a name")
        return self

    @property
    def known_as(self) -> str:
        """The name in citations."""
        return self.name or (self.file or "").replace("\\", "/").rpartition("/")[2]


class DeclaredAgent(Body):
    """An agent. What is not given stays as it is."""

    persona: Optional[Text] = None
    """The text of its block `persona`, or the name of a persona."""
    human: Optional[Text] = None
    blocks: Annotated[dict[Name, DeclaredBlock], Field(max_length=50, default_factory=dict)]
    shared_blocks: Annotated[list[Name], Field(max_length=50, default_factory=list)]
    """The labels of shared blocks that it has."""
    archives: Annotated[list[ArchiveName], Field(max_length=50, default_factory=list)]
    """The names of shared archives that it reads besides its own."""
    sources: Annotated[list[DeclaredSource], Field(max_length=50, default_factory=list)]
    limits: Optional[LimitsBody] = None

    def all_blocks(self) -> dict[str, DeclaredBlock]:
        """Return its own blocks, with those that have a key of their own."""
        first = {"persona": self.persona, "human": self.human}
        given = {label: DeclaredBlock(value=text) for label, text in first.items() if text is not None}
        return {**given, **self.blocks}

    @model_validator(mode="after")
    def _once(self) -> DeclaredAgent:
        for label in ("persona", "human"):
            if getattr(self, label) is not None and label in self.blocks:
                raise ValueError(f"{label} is given twice, as {label} and in blocks")
        if twice := set(self.all_blocks()) & set(self.shared_blocks):
            raise ValueError(f"the block '{min(twice)}' is in blocks and in shared_blocks; give it once")
        return self


class AgentsFile(Body):
    """What a home, or a user of it, should have."""

    personas: Annotated[dict[Name, Text], Field(max_length=200, default_factory=dict)]
    """Texts for the block `persona`, by their names."""
    humans: Annotated[dict[Name, Text], Field(max_length=200, default_factory=dict)]
    blocks: Annotated[dict[Name, DeclaredSharedBlock], Field(max_length=200, default_factory=dict)]
    """Shared blocks, by their labels."""
    archives: Annotated[list[ArchiveName], Field(max_length=200, default_factory=list)]
    """Shared archives."""
    agents: Annotated[dict[Name, DeclaredAgent], Field(max_length=200, default_factory=dict)]


class ApplyBody(Body):
    """A file of agents, and what may be done with it."""

    file: Optional[AgentsFile] = None
    toml: Annotated[Optional[str], Field(max_length=1_000_000)] = None
    """The text of an agents.toml; this or `file`."""
    dry_run: bool = False
    """Whether this only says what would change."""
    overwrite: bool = False
    """Whether texts that agents have edited themselves are replaced."""
    prune: bool = False
    """Whether agents of the file lose the blocks, archives and documents that it does not name."""
    remove: Annotated[list[Name], Field(max_length=200, default_factory=list)]
    """Agents that are deleted with all that they remember. The file has none of them."""

    @model_validator(mode="after")
    def _one(self) -> ApplyBody:
        if (self.file is None) == (self.toml is None):
            raise ValueError("give the file as `file` or as `toml`, one of them")
        return self


class PlannedAnswer(Answer):
    """What is done, or would be, with one thing or one field of it."""

    what: Literal["persona", "human", "block", "archive", "agent", "limits", "source"]
    agent: Optional[str]
    """The agent whose block, archive, limits or document it is; null for what is shared."""
    name: str
    action: Literal["create", "change", "remove", "keep", "check", "conflict", "failed"]
    """`keep`: as it should be, or left alone (`why`).

    `conflict`: left alone, since the agent has edited it. `check`: a document is read again if it changed.
    """
    field: Optional[str]
    before: Optional[str]
    after: Optional[str]
    why: Optional[str]


class ApplyAnswer(Answer):
    """What was changed, or would be."""

    dry_run: bool
    changes: int
    """How many things were created, changed or removed, or would be."""
    conflicts: int
    failed: int
    items: list[PlannedAnswer]
