"""A home: list, open, import, remove and message the agents that it stores."""

from __future__ import annotations

from difflib import get_close_matches
from pathlib import Path
from typing import TYPE_CHECKING

from memgpt_autogen.assembly import open_memory
from memgpt_autogen.chosen_models import choose_embedder
from memgpt_autogen.concurrency import Progress
from memgpt_autogen.errors import ConfigurationError, NotFoundError, ToolError
from memgpt_autogen.home_stores import (
    create_home,
    home_exists,
    open_archive,
    open_home_database,
    open_home_index,
)
from memgpt_autogen.llm.embedders.open import AnyEmbedder
from memgpt_autogen.llm.model_kinds import NONE
from memgpt_autogen.llm.protocols import Embedder
from memgpt_autogen.memory.context.core import SharedBlocks
from memgpt_autogen.memory.documents.sources import ArchiveSources
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.memory.recall.index import index_of
from memgpt_autogen.memory.storage.accounts.users import User, stored_users
from memgpt_autogen.memory.storage.agents import (
    AgentRecord,
    agent_records,
    find_or_create_archive,
    stored_agent_names,
    stored_archive_ids,
    stored_archive_names,
)
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.home_mark import HomeMark, new_home_id
from memgpt_autogen.memory.storage.images import ImageFolder
from memgpt_autogen.memory.storage.lease import TurnHolder, turn_holders
from memgpt_autogen.memory.storage.log import Log
from memgpt_autogen.memory.upkeep.bundle import Bundle
from memgpt_autogen.memory.upkeep.bundle_schema import AgentSettings
from memgpt_autogen.memory.upkeep.move import moved_to
from memgpt_autogen.memory.upkeep.remove import Removed
from memgpt_autogen.memory.upkeep.transfer import (
    Contents,
    check_bundle,
    reserve_archive,
    restore_own_passages,
    restore_passages,
    write_agent,
)
from memgpt_autogen.messages import Message
from memgpt_autogen.settings import FILE, Settings, write_settings
from memgpt_autogen.text.names import check_agent_name, check_archive_name
from memgpt_autogen.tools.tool import Tool
from memgpt_autogen.unfinished_copy import CopyNote, copy_note

if TYPE_CHECKING:
    from memgpt_autogen.memory.qdrant.client.index import ClientIndex

# List and open. These functions create nothing.


def agent_names(settings: Settings) -> list[str]:
    """Return the names of the owner's agents in this home, in alphabetical order."""
    return stored_agent_names(open_home_database(settings)) if home_exists(settings) else []


def list_agents(settings: Settings) -> list[AgentRecord]:
    """Return the owner's agents of this home; the one that was active last comes first."""
    return agent_records(open_home_database(settings)) if home_exists(settings) else []


def moved_away(settings: Settings) -> str | None:
    """Return in words where the memory of this home was moved to; None if it is here."""
    return moved_to(open_home_database(settings)) if home_exists(settings) else None


def archive_names(settings: Settings) -> list[str]:
    """Return the names of the owner's shared archives of this home, in alphabetical order."""
    return stored_archive_names(open_home_database(settings)) if home_exists(settings) else []


def each_owner(settings: Settings) -> list[tuple[User, Settings]]:
    """Return all users of the home, each with the settings that see what belongs to that user.

    The home itself is the first.
    """
    if not home_exists(settings):
        return []
    users = stored_users(open_home_database(settings.model_copy(update={"owner": None})))
    return [(user, settings.model_copy(update={"owner": user.id})) for user in users]


def turns_running(settings: Settings) -> list[TurnHolder]:
    """Return the turns of the owner's agents that are running, or that ended with their process."""
    return turn_holders(open_home_database(settings)) if home_exists(settings) else []


def open_existing(
    name: str,
    settings: Settings,
    *,
    embedder: AnyEmbedder | None = None,
    archive: str | None = None,
) -> MemoryHierarchy:
    """Open the memory of an agent that exists, with a shared archive that exists, or with its own.

    Raises `ConfigurationError` where there is no such agent or archive; `open_memory` would create it.
    """
    names = agent_names(settings)
    if name not in names:
        raise NotFoundError(
            f"there is no agent '{name}' in {settings.home}; there are: {', '.join(names) or 'none'}."
        )
    if archive is not None and archive not in (archives := archive_names(settings)):
        raise NotFoundError(
            f"there is no shared archive '{archive}' in {settings.home}; there are: "
            f"{', '.join(archives) or 'none'}."
        )
    return open_memory(name, settings, embedder=embedder, archive=archive)


def remove_agent(name: str, settings: Settings, *, dry_run: bool = False) -> Removed:
    """Delete an agent from its home, with everything that belongs to it alone.

    `dry_run` only reports what that is. Needs no embedder. Raises `ConfigurationError` where there is no
    agent of that name.
    """
    if home_exists(settings):  # a removal that was killed may have left pictures, and no agent to open
        Log(open_home_database(settings), "", ImageFolder(settings.home)).finish_images()
    return open_existing(name, settings, embedder=NONE).remove(dry_run=dry_run)


# Import


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
    """Read a file that `export` wrote, and create its agent in this home; `name` renames it.

    Everything is checked before anything is written. The agent is imported completely or not at all; run an
    import that was interrupted again. This home's embedder embeds the passages. With `archive`, the passages
    go into a shared archive of this home, not into an archive of the agent's own. `shared_blocks` says which
    text to use where this home has a shared block with another text.

    Raises `ConfigurationError` for a file that is damaged or no bundle, and for a name that is taken.
    """
    settings = settings or Settings.load()
    with Bundle(Path(path).expanduser()) as bundle:
        name = name or bundle.manifest.agent.name
        chosen = choose_embedder(settings, embedder)
        _check(bundle, name, settings, chosen, archive, shared_blocks)
        create_home(settings.home)
        database = open_home_database(settings)
        agent_id = reserve_archive(bundle, database, name)
        if archive is None:
            passages = open_archive(agent_id, settings, chosen, database)
            restore_own_passages(bundle, passages, database, progress=progress)
        else:
            passages = open_archive(find_or_create_archive(database, archive), settings, chosen, database)
            restore_passages(bundle, passages, progress=progress)
        ArchiveSources(database, passages).refresh(announce=archive is not None)
        write_agent(bundle, database, agent_id, name, shared_blocks=shared_blocks)
    memory = open_memory(name, settings, embedder=chosen or NONE, archive=archive)
    memory.readable.news.skip()
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
    """Return what `import_memory` would do, or raise its error. Creates and writes nothing."""
    settings = settings or Settings.load()
    with Bundle(Path(path).expanduser()) as bundle:
        name = name or bundle.manifest.agent.name
        return _check(bundle, name, settings, choose_embedder(settings, embedder), archive, shared_blocks)


def _check(
    bundle: Bundle,
    name: str,
    settings: Settings,
    embedder: Embedder | None,
    archive: str | None,
    shared_blocks: SharedBlocks | None,
) -> Contents:
    check_agent_name(name)
    check_archive_name(archive)
    here = AgentSettings(
        protocol=settings.protocol,
        timezone=settings.timezone,
        model=settings.model,
        window_tokens=settings.window_tokens,
        embedding_model=embedder.model if embedder else None,
    )
    database = open_home_database(settings) if home_exists(settings) else None
    return check_bundle(bundle, database, name, archive, here, shared_blocks=shared_blocks)


# A copy of a home that uses the same Qdrant server


def go_on_as_original(settings: Settings) -> int:
    """Mark the archives on the server as this home's: the home that it is a copy of is not used any more.

    Returns how many archives these are.
    """
    database = open_home_database(settings)
    index = server_index(settings, database)
    with copy_note(settings.home) as note:
        _remove_unfinished(settings, database, note)
    taken = sum(index.take_over(archive) for archive in _archives_and_indexes(database))
    index.close()
    return taken


def make_archives_own(settings: Settings, *, progress: Progress | None = None) -> tuple[str, int]:
    """Copy the archives on the server into collections of this home's own, and leave the original's alone.

    Returns the prefix of these collections, which is written into the settings of the home, and how many
    points were copied. After an error, or if it is killed, it can be repeated: what the one before has left
    on the server is removed first.
    """
    database = open_home_database(settings)
    old = server_index(settings, database)
    start = f"{settings.qdrant_prefix}-" if settings.qdrant_prefix else ""
    with copy_note(settings.home) as note:
        _remove_unfinished(settings, database, note)
        prefix = f"{start}copy-{new_home_id(database)[:8]}"
        note.write(prefix, HomeMark.of(database))
        new = server_index(settings.model_copy(update={"qdrant_prefix": prefix}), database)
        copied, found = 0, _archives_and_indexes(database)
        for done, archive in enumerate(found, 1):
            copied += old.copy_archive(archive, new)
            if progress:
                progress(done, len(found))
        old.close()
        new.close()
        write_settings(settings.home, {"qdrant_prefix": prefix})
        note.clear()
    return prefix, copied


def _remove_unfinished(settings: Settings, database: Database, note: CopyNote) -> None:
    """Delete the collections of a copy that was killed, unless the settings of the home name them."""
    prefix = note.read(HomeMark.of(database))
    file = settings.home / FILE
    written = file.read_text("utf-8") if file.exists() else ""
    if prefix and prefix != settings.qdrant_prefix and prefix not in written:
        index = server_index(settings.model_copy(update={"qdrant_prefix": prefix}), database)
        index.discard(_archives_and_indexes(database))
        index.close()
    note.clear()


def _archives_and_indexes(database: Database) -> list[str]:
    archives = stored_archive_ids(database)
    return [*archives, *map(index_of, archives)]


def server_index(settings: Settings, database: Database | None) -> ClientIndex:
    """Return the index on the home's server. Raises `ConfigurationError` if the archives are embedded."""
    from memgpt_autogen.memory.qdrant.client.index import ClientIndex  # it takes a second

    index = open_home_index(settings, database)
    if not isinstance(index, ClientIndex):
        raise ConfigurationError(
            "the archives of this home are in its folder, and a copy has copied them too. This is for homes "
            "with a Qdrant server (qdrant_url)."
        )
    return index


# Messages between the agents of a home

MESSAGE_CHARS = 10_000
"""The most characters of a message to another agent."""


def message_agent(sender: str, settings: Settings | None = None) -> Tool:
    """Return a tool `message_agent`, with which `sender` leaves messages for other agents of the home.

    The other agent reads the message in its next turn, whichever process runs that turn. The tool returns
    only that the message was stored, so no agent sees another agent's memory.
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
            known = f"Did you mean {', '.join(near)}?" if near else "There is no other agent yet."
            raise ToolError(f"there is no other agent '{name}' here. {known}")
        if not message.strip():
            raise ToolError("the message is empty. Write what the other agent should hear.")
        if len(message) > MESSAGE_CHARS:
            raise ToolError(
                f"the message has {len(message):,} characters; the limit is {MESSAGE_CHARS:,}. Shorten it."
            )
        open_memory(name, home).log.append(Message.said_by(sender, message))
        return f"{name} will hear it the next time that it acts."

    return Tool.from_function(leave_word, name="message_agent")
