"""Archival memory for AgentChat's own agents, by its `Memory` protocol."""

from __future__ import annotations

import json
import logging
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import partial
from pathlib import Path
from typing import Any, Optional

from autogen_core import CancellationToken, Component
from autogen_core.memory import (
    Memory,
    MemoryContent,
    MemoryMimeType,
    MemoryQueryResult,
    UpdateContextResult,
)
from autogen_core.model_context import ChatCompletionContext
from autogen_core.models import AssistantMessage, LLMMessage, UserMessage
from pydantic import BaseModel, Field
from typing_extensions import Self

from memgpt_autogen.adapter.arguments import check_memory, load_settings
from memgpt_autogen.assembly import open_memory
from memgpt_autogen.errors import ConfigurationError, MemGPTError
from memgpt_autogen.hosts.agentchat.messages import words_of
from memgpt_autogen.hosts.agentchat.written import written_settings
from memgpt_autogen.hosts.core import in_thread
from memgpt_autogen.llm.embedders.open import AnyEmbedder
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.memory.passages import EVERYTHING, Found, Passage
from memgpt_autogen.settings import Settings

logger = logging.getLogger(__name__)

SPEAKER = "memory"
"""The source of the message that has what was found."""

FOUND = "From your long-term memory; nobody has said this now:\n"

QUERY_CHARS = 2000
"""How many of the newest characters of the conversation are searched for."""

MIME_TYPE = "mime_type"
TEXT, JSON = MemoryMimeType.TEXT.value, MemoryMimeType.JSON.value
UNSEARCHABLE = (MemoryMimeType.IMAGE.value, MemoryMimeType.BINARY.value)


class MemGPTMemoryConfig(BaseModel):
    """How a `MemGPTMemory` is written down."""

    name: str
    settings: dict[str, Any] = Field(default_factory=dict)
    embedder: Optional[str] = None
    archive: Optional[str] = None
    source: str = "agentchat"
    results: int = 5


class MemGPTMemory(Memory, Component[MemGPTMemoryConfig]):
    """Archival memory for AgentChat's own agents: `AssistantAgent(..., memory=[MemGPTMemory("helper")])`.

    Before each turn, the passages that fit what was said last are put at the end of the model's context, as
    one message of the user `memory`, in place of those of the turn before. What the context contains already
    is left out. It keeps no conversations, since AgentChat tells a memory neither who speaks nor when it was
    said; `listening` does that.
    """

    component_config_schema = MemGPTMemoryConfig
    component_provider_override = "memgpt_autogen.hosts.agentchat.MemGPTMemory"

    def __init__(
        self,
        name: str,
        *,
        home: str | Path | None = None,
        settings: Settings | None = None,
        memory: MemoryHierarchy | None = None,
        embedder: AnyEmbedder | None = None,
        archive: str | None = None,
        source: str = "agentchat",
        results: int = 5,
    ) -> None:
        """Open the archive of the agent of that name, or create the agent where there is none.

        `archive` names one that several agents share. What is added has this `source`, and `clear` deletes
        no other passages. A query returns at most `results` passages.
        """
        if results < 1:
            raise ConfigurationError(f"results={results}: a query returns at least 1 passage.")
        given = {"home": home, "settings": settings, "embedder": embedder, "archive": archive}
        if memory is not None:
            check_memory(name, memory, given)
        self.memory = memory or open_memory(
            name, load_settings(settings, home), embedder=embedder, archive=archive
        )
        self.source = source
        self.results = results
        self._opened = memory is None
        self._settings = settings, home
        self._embedder, self._archive = embedder, archive

    async def update_context(self, model_context: ChatCompletionContext) -> UpdateContextResult:
        """Put what fits the newest messages into the context; nothing where the archive fails."""
        messages = [each for each in await model_context.get_messages() if not _is_own(each)]
        try:
            found = await in_thread(partial(self._fitting, messages))
        except MemGPTError as error:
            logger.warning("the archive of '%s' cannot be searched: %s", self.memory.name, error)
            found = []
        await _remove_own(model_context)
        if found:
            lines = "\n".join(f"- {each.passage.text}" for each in found)
            await model_context.add_message(UserMessage(content=FOUND + lines, source=SPEAKER))
        return UpdateContextResult(memories=MemoryQueryResult(results=[_content_of(each) for each in found]))

    async def query(
        self,
        query: str | MemoryContent = "",
        cancellation_token: CancellationToken | None = None,  # noqa: ARG002 - AgentChat's signature
        **kwargs: Any,
    ) -> MemoryQueryResult:
        """Return the passages that fit best, or the newest for an empty query; `results=` is their number."""
        text = query if isinstance(query, str) else _text_of(query)
        found = await in_thread(partial(self._find, text, int(kwargs.get("results") or self.results)))
        return MemoryQueryResult(results=[_content_of(each) for each in found])

    async def add(
        self,
        content: MemoryContent,
        cancellation_token: CancellationToken | None = None,  # noqa: ARG002 - AgentChat's signature
    ) -> None:
        """Store text, Markdown or JSON. Its `metadata` become tags: `tags` as they are, others `name=value`.

        Raises `ConfigurationError` for images and other bytes, which cannot be searched.
        """
        text, tags = _text_of(content), _tags_of(content)
        await in_thread(partial(self.memory.archival.insert, text, tags=tags, source=self.source))

    async def clear(self) -> None:
        """Delete what was added with this `source`. Other passages of the archive stay."""
        await in_thread(partial(self.memory.archival.delete_source, self.source))

    async def close(self) -> None:
        """Release the archive for other processes. The next use opens it again."""
        if self._opened:
            await in_thread(self.memory.archival.close)

    def _to_config(self) -> MemGPTMemoryConfig:
        """Return the configuration. Raises `ConfigurationError` for objects."""
        embedder = self._embedder
        if not self._opened or not (embedder is None or isinstance(embedder, str)):
            raise ConfigurationError(
                f"the memory of '{self.memory.name}' was given objects, which no component can contain. Give "
                "home= or settings=, and the name of an embedder."
            )
        return MemGPTMemoryConfig(
            name=self.memory.name,
            settings=written_settings(*self._settings),
            embedder=embedder,
            archive=self._archive,
            source=self.source,
            results=self.results,
        )

    @classmethod
    def _from_config(cls, config: MemGPTMemoryConfig) -> Self:
        return cls(
            config.name,
            settings=Settings.load(**config.settings),
            embedder=config.embedder,
            archive=config.archive,
            source=config.source,
            results=config.results,
        )

    def _fitting(self, messages: Sequence[LLMMessage]) -> list[Found]:
        query = _newest_words(messages)
        if not query:
            return []
        told = "\n".join(map(words_of, messages))
        found = self.memory.archival.search(query, page_size=2 * self.results).items
        current: dict[str, Found] = {}
        for each in found:
            for passage in (each.passage,) if each.passage.superseded_by is None else each.newest:
                current.setdefault(passage.id, replace(each, passage=passage, newest=()))
        return [each for each in current.values() if each.passage.text not in told][: self.results]

    def _find(self, query: str, most: int) -> Sequence[Found | Passage]:
        if not query.strip():
            return self.memory.archival.before(None, EVERYTHING, most)
        return self.memory.archival.search(query, page_size=most).items


def _is_own(message: LLMMessage) -> bool:
    return isinstance(message, UserMessage) and message.source == SPEAKER and _begins(message.content)


def _is_stored_own(message: Mapping[str, Any]) -> bool:
    return message.get("source") == SPEAKER and _begins(message.get("content"))


def _begins(content: object) -> bool:
    return isinstance(content, str) and content.startswith(FOUND)


async def _remove_own(context: ChatCompletionContext) -> None:
    """Remove what earlier turns have put there. A context can change its messages by its state only."""
    if not any(map(_is_own, await context.get_messages())):
        return
    state = dict(await context.save_state())
    stored = state.get("messages")
    if isinstance(stored, list):
        state["messages"] = [each for each in stored if not _is_stored_own(each)]
        await context.load_state(state)


def _newest_words(messages: Sequence[LLMMessage]) -> str:
    """Return what was said since the model's own last words: it will answer all of that."""
    new: list[str] = []
    for message in reversed(messages):
        if isinstance(message, AssistantMessage):
            break
        if isinstance(message, UserMessage):
            new.append(words_of(message))
    return "\n".join(reversed(new))[-QUERY_CHARS:]


def _text_of(content: MemoryContent) -> str:
    given = content.content
    if isinstance(given, str):
        return given
    if isinstance(given, Mapping):
        return json.dumps(given, ensure_ascii=False, default=str)
    if isinstance(given, bytes) and _mime_type_of(content) not in UNSEARCHABLE:
        with suppress(UnicodeDecodeError):
            return given.decode()
    raise ConfigurationError(
        f"a memory of kind {_mime_type_of(content)} cannot be searched, so it is not stored. Store what it "
        "shows or says as text/plain."
    )


def _mime_type_of(content: MemoryContent) -> str:
    given = content.mime_type
    return given.value if isinstance(given, MemoryMimeType) else given


def _tags_of(content: MemoryContent) -> list[str]:
    metadata = dict(content.metadata or {})
    named = metadata.pop("tags", None) or ()
    if _mime_type_of(content) != TEXT:
        metadata[MIME_TYPE] = _mime_type_of(content)
    tags = [named] if isinstance(named, str) else list(map(str, named))
    return [*tags, *(f"{key}={_as_text(value)}" for key, value in metadata.items())]


def _as_text(value: Any) -> str:
    return value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, default=str)


def _content_of(found: Found | Passage) -> MemoryContent:
    """Return a passage as content of AgentChat, with the metadata and of the kind that it was added with."""
    passage = found if isinstance(found, Passage) else found.passage
    added = dict(tag.split("=", 1) for tag in passage.tags if "=" in tag)
    mime_type = added.pop(MIME_TYPE, TEXT)
    metadata: dict[str, Any] = {
        "id": passage.id,
        "source": passage.source,
        "tags": [tag for tag in passage.tags if "=" not in tag],
        "created_at": passage.created_at.isoformat(),
    }
    if isinstance(found, Found):
        metadata |= {"score": found.score, "why": found.why}
    if passage.superseded_by is not None:
        metadata["superseded_by"] = passage.superseded_by.isoformat()
    content = _stored(passage.text, mime_type)
    return MemoryContent(content=content, mime_type=mime_type, metadata={**metadata, **added})


def _stored(text: str, mime_type: str) -> str | dict[str, Any]:
    if mime_type == JSON:
        with suppress(ValueError):  # a part of a long one is none
            stored = json.loads(text)
            return stored if isinstance(stored, dict) else text
    return text
