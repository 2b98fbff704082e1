"""Move a whole home to servers, or back into its folder."""

from __future__ import annotations

import shutil
from collections.abc import Sequence
from itertools import count

from memgpt_autogen.chosen_models import choose_embedder
from memgpt_autogen.concurrency import Progress
from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.home import server_index
from memgpt_autogen.home_stores import (
    ARCHIVES,
    close_index,
    create_home,
    holdings_of,
    home_exists,
    open_archive,
    open_home_database,
    open_home_index,
    qdrant_place,
)
from memgpt_autogen.llm.embedders.open import AnyEmbedder
from memgpt_autogen.llm.protocols import Embedder
from memgpt_autogen.memory.archival.archive import Archive
from memgpt_autogen.memory.recall.index import index_of
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.home_mark import HomeMark
from memgpt_autogen.memory.storage.lease import WAIT_SECONDS
from memgpt_autogen.memory.storage.refusals import MOVED
from memgpt_autogen.memory.upkeep.move import (
    Moved,
    accept_writes,
    archive_ids,
    check_target,
    copy_archive,
    delete_rows,
    refuse_writes,
    without_writers,
)
from memgpt_autogen.memory.upkeep.move_rows import copy_rows
from memgpt_autogen.settings import Settings, qdrant_addresses


def move_home(
    settings: Settings,
    target: Settings,
    *,
    embedder: AnyEmbedder | None = None,
    wait: float = WAIT_SECONDS,
    remove: bool = False,
    progress: Progress | None = None,
) -> Moved:
    """Move a home, with all users and agents, to the database, or the Qdrant, of other settings of it.

    Nobody can write meanwhile, and turns wait or are refused. Both sides are compared by counts and hashes.
    Then the old database refuses every write, and says where the memory is; the folder of embedded archives
    is renamed to `archives.moved`. With `remove`, what was moved is deleted there. A move that was
    interrupted is run again. The recall index is not moved: the next search makes it.

    Raises `ConfigurationError` if both are the same, or the target has other agents; `TurnElsewhereError` if
    a turn does not end within `wait` seconds; `StorageError` if the two sides differ after the copy. Nothing
    is removed then.
    """
    # a move is one of all users, and the target may have none yet
    settings, target = (each.model_copy(update={"owner": None}) for each in (settings, target))
    moves_database = settings.database_url != target.database_url
    moves_archives = settings.qdrant_url != target.qdrant_url
    also = ""
    if moves_archives and _are_one_server(settings, target):
        moves_archives = False  # with `remove`, the only copy would be deleted
        also = f" {qdrant_place(settings)} and {qdrant_place(target)} are one server: only set qdrant_url."
    if not moves_database and not moves_archives:
        raise ConfigurationError(f"the memory is there already, so there is nothing to move.{also}")
    if not home_exists(settings):
        raise ConfigurationError(f"there is no memory in {settings.home} to move.")
    chosen = choose_embedder(settings, embedder)
    create_home(target.home)
    source = open_home_database(settings)
    database = open_home_database(target) if moves_database else source
    rows: dict[str, int] = {}
    passages: dict[str, int] = {}
    with without_writers(source, wait) as connection:
        ids = archive_ids(connection)
        if moves_database:
            HomeMark.of(source)  # so that both databases have the same one
            check_target(connection, database)
            accept_writes(database)
            rows = copy_rows(connection, database, progress)
        _take_over(target, database, ids)
        if moves_archives:
            passages = _copy_archives(settings, target, (source, database), ids, chosen, progress)
        if moves_database:
            if remove:
                delete_rows(connection)
                source.will_scrub(connection)
            to_file = target.database_url is None
            advice = "Remove the setting database_url." if to_file else "Set database_url to it."
            refuse_writes(connection, f"{MOVED} {database.shown_url}. {advice}")
    if moves_archives:
        _retire_archives(settings, ids, remove=remove)
    if moves_database and remove:
        source.scrub()
    return Moved(rows, passages)


def _are_one_server(settings: Settings, target: Settings) -> bool:
    """Return whether two addresses, or lists of them, are those of one server or cluster."""
    if settings.qdrant_url is None or target.qdrant_url is None:
        return False
    if set(qdrant_addresses(settings.qdrant_url)) & set(qdrant_addresses(target.qdrant_url)):
        return True
    old, new = server_index(settings, None), server_index(target, None)
    try:
        return old.is_same_server(new)
    finally:
        old.close()
        new.close()


def _take_over(target: Settings, database: Database, ids: Sequence[str]) -> None:
    """Mark the archives that are on the target's server as those of the new database."""
    if target.qdrant_url is not None:
        index = server_index(target, database)
        for archive_id in (*ids, *map(index_of, ids)):
            index.take_over(archive_id)
        index.close()


def _copy_archives(
    settings: Settings,
    target: Settings,
    databases: tuple[Database, Database],
    ids: Sequence[str],
    embedder: Embedder | None,
    progress: Progress | None,
) -> dict[str, int]:
    passages = {}
    for archive_id in ids:
        old = open_archive(archive_id, settings, embedder, databases[0])
        old.refuse_other_space()
        # not compared with how many passages it should have, because it has none yet
        new = Archive(archive_id, open_home_index(target, databases[1]), embedder)
        passages[archive_id] = copy_archive(old, new, progress)
        holdings_of(target, databases[1]).put(archive_id, passages[archive_id])
    return passages


def _retire_archives(settings: Settings, ids: Sequence[str], *, remove: bool) -> None:
    """Let nobody take the old archives for the present ones."""
    folder = settings.home / ARCHIVES
    if settings.qdrant_url is not None:
        index = open_home_index(settings, None)
        for archive_id in (*ids, *map(index_of, ids)) if remove else ():
            Archive(archive_id, index).clear()
        return
    close_index(settings)
    if remove:
        shutil.rmtree(folder, ignore_errors=True)
    elif folder.exists():
        numbers = (f"-{number}" if number else "" for number in count())
        places = (folder.with_name(f"{ARCHIVES}.moved{number}") for number in numbers)
        folder.rename(next(place for place in places if not place.exists()))
