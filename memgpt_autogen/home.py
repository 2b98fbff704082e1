"""A home: list, open, import, message and remove the agents that it keeps."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path
from typing import Literal

from memgpt_autogen.assembly import _database, _index, _is_there, _make, choose_embedder, open_memory
from memgpt_autogen.concurrency import Progress
from memgpt_autogen.errors import ConfigurationError, StorageError, ToolError, quoted
from memgpt_autogen.llm.embedders.open import NONE, AnyEmbedder
from memgpt_autogen.llm.protocols import Embedder
from memgpt_autogen.memory.archival.archive import Archive
from memgpt_autogen.memory.context.block import DEFAULT_LIMIT
from memgpt_autogen.memory.context.core import SharedBlocks
from memgpt_autogen.memory.documents.sources import Sources
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.memory.storage.agents import (
    AgentRecord,
    agent_records,
    find_or_create_archive,
    stored_agent_names,
)
from memgpt_autogen.memory.storage.lease import TurnHolder, turn_holders
from memgpt_autogen.memory.upkeep.bundle import Bundle
from memgpt_autogen.memory.upkeep.bundle_schema import Travelling
from memgpt_autogen.memory.upkeep.remove import Removed
from memgpt_autogen.memory.upkeep.transfer import (
    Contents,
    adopt,
    check_bundle,
    reserve_archive,
    restore_own_passages,
    restore_passages,
)
from memgpt_autogen.messages import Message
from memgpt_autogen.settings import Settings
from memgpt_autogen.text.names import check_agent, check_archive
from memgpt_autogen.tools.tool import Tool


def import_memory(
    path: str | Path,
    name: str | None = None,
    settings: Settings | None = None,
    *,
    embedder: AnyEmbedder | None = None,
    archive: str | None = None,
    shared_blocks: SharedBlocks | None = None,
    progress: Progress | None = None,
) -> MemoryHierarchy:
    """The memory that `export` wrote, as a new agent of this home, under its own or another `name`.

    Everything is checked before anything is written, and the agent is there whole or not at all; an import that broke off
    can be run again. Passages are embedded by this home's embedder. `archive` puts them into a shared archive of this home
    instead of one of the agent's own. `shared_blocks` says what counts where the home has a shared block with another text.

    Raises `ConfigurationError` for a file that is not whole or not one of ours, and for a name that is taken.
    """
    settings = settings or Settings.load()
    with Bundle(Path(path).expanduser()) as bundle:
        name = name or bundle.manifest.agent.name
        chosen = choose_embedder(settings, embedder)
        _check(bundle, name, settings, chosen, archive, shared_blocks)
        _make(settings.home)
        database = _database(settings)
        agent_id = reserve_archive(bundle, database, name)
        if archive is None:
            own = Archive(agent_id, _index(settings), chosen)
            restore_own_passages(bundle, own, database, progress=progress)
            Sources(database, own).refresh()
        else:
            shared = Archive(find_or_create_archive(database, archive), _index(settings), chosen)
            restore_passages(bundle, shared, progress=progress)
            Sources(database, shared).refresh(told=True)
        adopt(bundle, database, agent_id, name, shared_blocks=shared_blocks)
    memory = open_memory(name, settings, embedder=chosen or NONE, archive=archive)
    memory.readable.skip_news()
    return memory


def check_import(
    path: str | Path,
    name: str | None = None,
    settings: Settings | None = None,
    *,
    embedder: AnyEmbedder | None = None,
    archive: str | None = None,
    shared_blocks: SharedBlocks | None = None,
) -> Contents:
    """What `import_memory` would do, or its error; nothing is made or written."""
    settings = settings or Settings.load()
    with Bundle(Path(path).expanduser()) as bundle:
        chosen = choose_embedder(settings, embedder)
        name = name or bundle.manifest.agent.name
        return _check(bundle, name, settings, chosen, archive, shared_blocks)


def agent_names(settings: Settings) -> list[str]:
    """Who has a memory in this home, in the order of the alphabet; looking makes nothing."""
    return stored_agent_names(_database(settings)) if _is_there(settings) else []


def residents_of(settings: Settings) -> list[AgentRecord]:
    """The agents of this home with what each remembers, the one that was talked to last standing first; looking makes nothing."""
    return agent_records(_database(settings)) if _is_there(settings) else []


def turns_running(settings: Settings) -> list[TurnHolder]:
    """Who is in a turn of an agent of this home, or ended in one; looking makes nothing."""
    return turn_holders(_database(settings)) if _is_there(settings) else []


def open_existing(
    name: str,
    settings: Settings,
    *,
    embedder: AnyEmbedder | None = None,
    archive: str | None = None,
) -> MemoryHierarchy:
    """The memory of an agent that is there. Raises `ConfigurationError` where there is none: `open_memory` would make one."""
    names = agent_names(settings)
    if name not in names:
        raise ConfigurationError(
            f"there is no agent '{name}' in {settings.home}; there are: {', '.join(names) or 'none'}."
        )
    return open_memory(name, settings, embedder=embedder, archive=archive)


def remove_agent(name: str, settings: Settings, *, dry_run: bool = False) -> Removed:
    """Remove an agent from its home for good, with all that is its alone; `dry_run` only tells what that is.

    Needs no embedder. Raises `ConfigurationError` where there is no agent of that name.
    """
    return open_existing(name, settings, embedder=NONE).remove(dry_run=dry_run)


def _check(
    bundle: Bundle,
    name: str,
    settings: Settings,
    embedder: Embedder | None,
    archive: str | None,
    shared_blocks: SharedBlocks | None,
) -> Contents:
    check_agent(name)
    check_archive(archive)
    here = Travelling(
        protocol=settings.protocol,
        timezone=settings.timezone,
        model=settings.model,
        window_tokens=settings.window_tokens,
        embedding_model=embedder.model if embedder else None,
    )
    database = _database(settings) if _is_there(settings) else None
    return check_bundle(bundle, database, name, archive, here, shared_blocks=shared_blocks)


LONGEST = 10_000
"""Characters of a message."""


def message_agent(sender: str, settings: Settings | None = None) -> Tool:
    """A tool `message_agent` for the agent of this name: what it writes stands in the other's log, under the sender's name.

    The other one hears it in its next turn, whoever runs that; nothing comes back but that it is there, so no agent sees
    another's memory.
    """

    def leave_word(name: str, message: str) -> str:
        """Leave a message for another agent, who hears it the next time that it acts.

        Args:
            name: the other agent
            message: complete in itself; the other knows only who it is from
        """
        home = settings or Settings.load()
        others = [other for other in agent_names(home) if other != sender]
        if name not in others:
            near = get_close_matches(name, others, n=3) or others[:10]
            listed = f"Did you mean {', '.join(near)}?" if near else "There is no other agent yet."
            raise ToolError(f"there is no other agent '{name}' here. {listed}")
        if not message.strip():
            raise ToolError("the message is empty. Write what the other agent should hear.")
        if len(message) > LONGEST:
            raise ToolError(
                f"the message has {len(message):,} characters, and at most {LONGEST:,} are taken. Shorten it."
            )
        open_memory(name, home).log.append(Message.said_by(sender, message))
        return f"{name} will hear it the next time that it acts."

    return Tool.of(leave_word, name="message_agent")


TextKind = Literal["persona", "human"]


_NAME = re.compile(r"[\w-]{1,64}")


@dataclass(frozen=True, slots=True)
class NamedTexts:
    """The personas, or the humans, of one home: `<home>/personas/NAME.txt`. Iterates over the names."""

    home: Path
    kind: TextKind

    @property
    def folder(self) -> Path:
        return self.home / f"{self.kind}s"

    def __iter__(self) -> Iterator[str]:
        return iter(sorted(path.stem for path in self.folder.glob("*.txt") if _NAME.fullmatch(path.stem)))

    def __getitem__(self, name: str) -> str:
        """The text. Raises `ConfigurationError` where there is none of that name."""
        path = self.path(name)
        if not path.exists():
            raise ConfigurationError(
                f"there is no {self.kind} '{name}' in {self.home}; there are: {', '.join(self) or 'none'}. "
                f"memgpt-autogen add {self.kind} {name} makes one."
            )
        try:
            return path.read_text(encoding="utf-8").strip()
        except (OSError, UnicodeDecodeError) as error:
            raise StorageError(f"the file {path} cannot be read as text: {error}") from error

    def meant(self, text: str | None) -> str | None:
        """The text of that name; what has a blank in it is no name and is taken as it stands."""
        if text is None or not _NAME.fullmatch(text):
            return text
        return self[text]

    def add(self, name: str, text: str, *, replace: bool = False) -> Path:
        """Write it. Raises `ConfigurationError` for a name that is taken or no name, and a text that no block has room for."""
        path, text = self.path(name), text.strip()
        if path.exists() and not replace:
            raise ConfigurationError(
                f"there is a {self.kind} '{name}' already ({path}). Give --replace, or another name."
            )
        if not text:
            raise ConfigurationError(f"the {self.kind} '{name}' has no text. Give --text or --file.")
        if len(text) > DEFAULT_LIMIT:
            raise ConfigurationError(
                f"the {self.kind} '{name}' has {len(text):,} characters and its block holds {DEFAULT_LIMIT:,}. Shorten it; "
                "what is longer belongs into archival memory."
            )
        try:
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text + "\n", encoding="utf-8")
        except OSError as error:
            raise StorageError(f"the file {path} cannot be written: {error}") from error
        return path

    def delete(self, name: str) -> None:
        """Raises `ConfigurationError` where there is none of that name."""
        self[name]
        self.path(name).unlink()

    def path(self, name: str) -> Path:
        if not _NAME.fullmatch(name):
            raise ConfigurationError(
                f"the name of a {self.kind} has 1 to 64 letters, digits, '_' and '-'; {quoted(name)} does not fit."
            )
        return self.folder / f"{name}.txt"
