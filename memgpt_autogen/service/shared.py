"""What several agents share: blocks and archives, who has them, and which other users may use them."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace

from memgpt_autogen.chosen_models import choose_embedder
from memgpt_autogen.errors import (
    ArchiveAwayError,
    NotAllowedError,
    NotFoundError,
    TakenError,
    quoted,
)
from memgpt_autogen.home_stores import open_archive, open_home_database
from memgpt_autogen.llm.model_kinds import NONE
from memgpt_autogen.memory.archival.archive import Archive
from memgpt_autogen.memory.context.block import Block
from memgpt_autogen.memory.context.shared_blocks import (
    SharedBlock,
    create_shared_block,
    delete_shared_block,
    find_shared_block,
    revise_shared_block,
    shared_blocks,
)
from memgpt_autogen.memory.documents.shared_archives import (
    SharedArchive,
    delete_shared_archive,
    find_shared_archive,
    refuse_read,
    rename_shared_archive,
    shared_archives,
)
from memgpt_autogen.memory.documents.sources import ArchiveSources
from memgpt_autogen.memory.passages import EVERYTHING, Found, Passage, PassageFilter
from memgpt_autogen.memory.storage.accounts.grants import (
    Grant,
    Granted,
    May,
    add_grant,
    end_grant,
    given_grants,
    received_grants,
)
from memgpt_autogen.memory.storage.accounts.users import owner_id
from memgpt_autogen.memory.storage.agents import find_or_create_archive
from memgpt_autogen.service.agents import open_agent
from memgpt_autogen.service.blocks import BlockEdit, block_revision
from memgpt_autogen.service.pages import Page, page_among
from memgpt_autogen.service.passages import Order, passage_page
from memgpt_autogen.service.revisions import ANY, Expected
from memgpt_autogen.settings import Settings
from memgpt_autogen.text.names import check_archive_name


@dataclass(frozen=True, slots=True)
class ReadArchive:
    """An archive that an agent reads."""

    id: str
    name: str | None
    """None for the agent's own archive, which no other agent reads."""
    own: bool
    """Whether the agent stores its passages there."""
    granted: bool
    """Whether it belongs to another user."""
    passages: int | None = None
    """None while it cannot be reached."""
    documents: int | None = None
    embedding_model: str | None = None
    """The model of its vectors; None without vectors."""
    pending: int | None = None
    """How many passages have no vector yet, and are found by their words only."""


@dataclass(frozen=True, slots=True)
class Grants:
    """What of a kind is granted to others, and by others."""

    given: list[Grant]
    received: list[Grant]


def list_blocks(settings: Settings, *, limit: int = 50, cursor: str | None = None) -> Page[SharedBlock]:
    """Return a page of the owner's shared blocks, by label."""
    found = shared_blocks(open_home_database(settings))
    return page_among(found, limit, cursor, lambda each: each.block.label)


def add_block(settings: Settings, block: Block) -> SharedBlock:
    """Create a shared block. Agents get it by its label."""
    return create_shared_block(open_home_database(settings), replace(block, shared=True))


def find_block(settings: Settings, block: str) -> SharedBlock:
    """Return a shared block by its id or label."""
    return find_shared_block(open_home_database(settings), block)


def edit_block(settings: Settings, block: str, edit: BlockEdit, *, expected: Expected = ANY) -> SharedBlock:
    """Change a shared block for all agents that have it. Raises `StaleError` with both texts."""

    def change(there: Block) -> Block:
        expected.check(f"block '{there.label}'", block_revision(there), there.value, edit.text)
        limit = there.limit if edit.limit is None else edit.limit
        about = there.description if edit.description is None else edit.description
        value = there.value if edit.value is None else edit.value
        return Block(there.label, value, limit, about, shared=True)

    return revise_shared_block(open_home_database(settings), block, change)


def remove_block(settings: Settings, block: str, *, expected: Expected = ANY) -> None:
    """Delete a shared block that no agent has."""

    def check(there: SharedBlock) -> None:
        expected.check("the block", block_revision(there.block), there.block.value)

    delete_shared_block(open_home_database(settings), block, check)


# Archives


def list_archives(settings: Settings, *, limit: int = 50, cursor: str | None = None) -> Page[SharedArchive]:
    """Return a page of the owner's shared archives, by name."""
    found = shared_archives(open_home_database(settings))
    return page_among(found, limit, cursor, lambda each: each.name)


def add_archive(settings: Settings, name: str) -> SharedArchive:
    """Create a shared archive. Raises `TakenError` if the owner has one of that name."""
    check_archive_name(name)
    database = open_home_database(settings)
    if any(each.name == name for each in shared_archives(database)):
        raise TakenError(f"there is a shared archive {quoted(name)} already. Give another name.")
    return find_shared_archive(database, find_or_create_archive(database, name))


def find_archive(settings: Settings, archive: str) -> tuple[SharedArchive, int]:
    """Return a shared archive by its id or name, and how many passages it has."""
    found = find_shared_archive(open_home_database(settings), archive)
    return found, open_shared(settings, found.id, searching=False).count()


def find_archive_row(settings: Settings, archive: str) -> SharedArchive:
    """Return a shared archive by its id or name. Nothing of it is opened."""
    return find_shared_archive(open_home_database(settings), archive)


def rename_archive(settings: Settings, archive: str, name: str) -> SharedArchive:
    """Give a shared archive another name."""
    check_archive_name(name)
    return rename_shared_archive(open_home_database(settings), archive, name)


def remove_archive(settings: Settings, archive: str) -> int:
    """Delete a shared archive that no agent reads, with its passages; return how many it had."""
    database = open_home_database(settings)
    found = find_shared_archive(database, archive)
    refuse_read(found)
    count = open_shared(settings, found.id, searching=False).clear()
    delete_shared_archive(database, found.id)
    return count


def archive_passages(
    settings: Settings,
    archive: str,
    *,
    filters: PassageFilter = EVERYTHING,
    order: Order = "oldest",
    limit: int = 50,
    cursor: str | None = None,
) -> Page[Passage]:
    """Return a page of the passages of a shared archive, or of one that was granted."""
    found = reachable_archive(settings, archive)
    return passage_page(open_shared(settings, found, searching=False), filters, order, limit, cursor)


def search_archive(
    settings: Settings, archive: str, query: str, *, filters: PassageFilter = EVERYTHING, limit: int = 10
) -> list[Found]:
    """Return what matches in a shared archive, or in one that was granted, best first."""
    found = open_shared(settings, reachable_archive(settings, archive))
    return list(found.find(query, filters, 0, limit).items)


def add_passages(
    settings: Settings,
    archive: str,
    text: str,
    *,
    tags: Collection[str] = (),
    source: str | None = None,
    replaces: Sequence[str] = (),
) -> list[Passage]:
    """Insert a text into a shared archive, and return its passages.

    Raises `NotAllowedError` for an archive that was granted: it can be read only.
    """
    found = reachable_archive(settings, archive, write=True)
    return open_shared(settings, found).insert(
        text, tags=list(tags), source=source, replaces=replaces, wait=False
    )


def attach_archive(
    settings: Settings, agent: str, archive: str, among: Collection[str] | None = None
) -> None:
    """Let an agent read a shared archive, of its owner or one that was granted."""
    memory = open_agent(settings, agent, among)
    name = archive
    for each in shared_archives(open_home_database(settings)):
        if each.id == archive:
            name = each.name
    try:
        memory.attach(archive=name)
    except NotFoundError:
        raise NotFoundError(
            f"there is no shared archive {quoted(archive)}. POST /archives makes one."
        ) from None


def detach_archive(
    settings: Settings, agent: str, archive: str, among: Collection[str] | None = None
) -> None:
    """Let an agent stop reading a shared archive."""
    memory = open_agent(settings, agent, among, embedder=NONE)
    ids = {place.archive.archive_id: name for name, place in memory.readable.others().items()}
    if not memory.readable.detach(ids.get(archive, archive)):
        raise NotFoundError(f"no archive {quoted(archive)} is attached to the agent.")


def agent_archives(settings: Settings, agent: str, among: Collection[str] | None = None) -> list[ReadArchive]:
    """Return the archives that an agent reads, its own first."""
    readable = open_agent(settings, agent, among, embedder=NONE).readable
    names = {each.id: each.name for each in shared_archives(open_home_database(settings))}
    own = readable.own
    own_id = own.archive.archive_id
    found = [_counted(own, ReadArchive(own_id, names.get(own_id), own=True, granted=False))]
    for name, place in sorted(readable.others().items()):
        id_ = place.archive.archive_id
        found.append(_counted(place, ReadArchive(id_, name, own=False, granted=id_ not in names)))
    return found


def _counted(place: ArchiveSources, found: ReadArchive) -> ReadArchive:
    archive = place.archive
    try:
        return replace(
            found,
            passages=archive.count(),
            documents=sum(1 for _ in place),
            embedding_model=archive.held_model,
            pending=archive.pending(),
        )
    except ArchiveAwayError:
        return found


def reachable_archive(settings: Settings, archive: str, *, write: bool = False) -> str:
    """Return the id of a shared archive of the owner, or of one that another user lets the owner read.

    Raises `NotFoundError` where there is none, and `NotAllowedError` if it is to be written and is another's.
    """
    database = open_home_database(settings)
    try:
        return find_shared_archive(database, archive).id
    except NotFoundError:
        for each in received_grants(database, "archive"):
            if archive in (each.id, each.name):
                break
        else:
            raise
    if write:
        raise NotAllowedError(
            f"the archive {quoted(each.name)} belongs to another user, who lets you read it only. Ask that "
            "user for the change, or store the text in an archive of your own."
        )
    return each.id


def open_shared(settings: Settings, archive_id: str, *, searching: bool = True) -> Archive:
    """Open a shared archive that was found by its owner, or by a grant."""
    embedder = choose_embedder(settings, None if searching else NONE)
    return open_archive(archive_id, settings, embedder, open_home_database(settings))


# Grants


def grants(settings: Settings, what: Granted) -> Grants:
    """Return what the owner lets others use, and what others let the owner use."""
    database = open_home_database(settings)
    return Grants(given_grants(database, what), received_grants(database, what))


def grant(settings: Settings, what: Granted, name: str, user: str, may: May = "read") -> Grant:
    """Let another user's agents use a shared block or archive."""
    database = open_home_database(settings)
    id_ = _id_of(settings, what, name)
    return add_grant(database, what, id_, owner_id(database, user), may)


def revoke(settings: Settings, what: Granted, name: str, user: str) -> None:
    """Take a shared block or archive away from another user's agents."""
    database = open_home_database(settings)
    id_ = _id_of(settings, what, name)
    end_grant(database, what, id_, user)


def _id_of(settings: Settings, what: Granted, name: str) -> str:
    database = open_home_database(settings)
    return (find_shared_block(database, name) if what == "block" else find_shared_archive(database, name)).id
