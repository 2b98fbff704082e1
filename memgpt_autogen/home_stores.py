"""Where a home keeps what it stores: its folder, its database and its archives, as the settings name them."""

from __future__ import annotations

from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Any

from memgpt_autogen.errors import ConfigurationError, StorageError, quoted
from memgpt_autogen.llm.protocols import Embedder, known_dimension
from memgpt_autogen.llm.wire.redaction import bare_address
from memgpt_autogen.memory.archival.archive import Archive
from memgpt_autogen.memory.qdrant.open import open_index
from memgpt_autogen.memory.qdrant.protocol import Cluster, PassageIndex, Scope, Space, Where
from memgpt_autogen.memory.storage.accounts.users import owner_id
from memgpt_autogen.memory.storage.database import Database, open_database
from memgpt_autogen.memory.storage.engine import database_url, sqlite_url
from memgpt_autogen.memory.storage.holdings import Holding, Holdings
from memgpt_autogen.memory.storage.home_mark import HomeMark
from memgpt_autogen.memory.storage.outbox import Outbox
from memgpt_autogen.private_files import make_inner_file, make_private_folder
from memgpt_autogen.settings import Settings, qdrant_addresses
from memgpt_autogen.text.safe import clean_text

if TYPE_CHECKING:
    from memgpt_autogen.memory.qdrant.client.advice import Advice, Server

DATABASE = "memory.db"

ARCHIVES = "archives"


def create_home(home: Path) -> None:
    """Create the folder of a home. Raises `StorageError` where that is not possible."""
    if clean_text(str(home)) != str(home):
        raise ConfigurationError(
            f"the home folder {quoted(str(home))} has a name that is not text; give one without NUL and "
            "stray bytes."
        )
    try:
        make_private_folder(home)
    except OSError as error:
        raise StorageError(
            f"the home folder {home} cannot be created: {error}. Set MEMGPT_AUTOGEN_HOME, or pass home=."
        ) from error


def home_exists(settings: Settings) -> bool:
    """Return whether there is a database to open; opening one that is not there would create it."""
    return settings.database_url is not None or (settings.home / DATABASE).exists()


def open_home_database(settings: Settings) -> Database:
    """Return the database of a home, as the owner of the settings sees it.

    Raises `NotFoundError` where the home has no such user.
    """
    if settings.database_url is None:
        make_inner_file(settings.home / DATABASE)
        database = open_database(sqlite_url(settings.home / DATABASE))
    else:
        database = open_database(database_url(settings.database_url.get_secret_value()))
    return database if settings.owner is None else database.owned_by(owner_id(database, settings.owner))


def open_archive(
    archive_id: str, settings: Settings, embedder: Embedder | None, database: Database
) -> Archive:
    """Return an archive of this home; it is created when something is inserted."""
    index = open_home_index(settings, database)
    return join_archive(
        archive_id,
        database=database,
        index=index,
        embedder=embedder,
        holdings=holdings_of(settings, database),
    )


def qdrant_version(settings: Settings) -> str:
    """Ask the configured Qdrant server for its version. Raises `StorageError` if it does not answer."""
    from memgpt_autogen.memory.qdrant.client.index import ClientIndex  # it takes a second

    index = open_home_index(settings, None)
    if not isinstance(index, ClientIndex):
        raise ConfigurationError("no Qdrant server is configured. Set qdrant_url.")
    try:
        return index.version()
    finally:
        index.close()


def qdrant_report(settings: Settings, embedder: Embedder | None) -> tuple[Server, list[Advice]]:
    """Return what the configured server, or each node of a cluster, tells of itself, and advice about it.

    Raises `StorageError` if none answers.
    """
    from memgpt_autogen.memory.qdrant.client.report import report  # it takes a second

    qdrant_version(settings)
    dimension = 0 if embedder is None else known_dimension(embedder)
    space = None if dimension is None else Space(embedder.model if embedder else None, dimension)
    return report(
        str(settings.qdrant_url), _qdrant_key(settings), _cluster(settings), settings.qdrant_prefix, space
    )


def open_home_index(
    settings: Settings, database: Database | None, *, mark: HomeMark | None = None
) -> PassageIndex:
    """Return the index of the home's archives. With its database, it changes no archive of another home.

    `mark` stands for the home in place of its database's own.
    """
    if settings.qdrant_url is None:
        return open_index(settings.home / ARCHIVES)
    return open_index(
        settings.qdrant_url,
        api_key=_qdrant_key(settings),
        cluster=_cluster(settings),
        prefix=settings.qdrant_prefix,
        mark=(lambda: mark) if mark else None if database is None else partial(HomeMark.of, database),
    )


def _qdrant_key(settings: Settings) -> str | None:
    return settings.qdrant_api_key.get_secret_value() if settings.qdrant_api_key else None


def _cluster(settings: Settings) -> Cluster:
    return Cluster(
        settings.qdrant_timeout,
        settings.qdrant_shards,
        settings.qdrant_replicas,
        settings.qdrant_write_consistency,
        settings.qdrant_on_disk_payload,
    )


def join_archive(archive_id: str, *, database: Database | None, **parts: Any) -> Archive:
    """Return an archive of these parts, whose passages can wait in the database for a server.

    Processes that change its passages take turns in the database.
    """
    if database is None:
        return Archive(archive_id, **parts)
    turns = partial(database.only_process, archive_id)
    return Archive(archive_id, outbox=Outbox(database, archive_id), turns=turns, **parts)


def holdings_of(settings: Settings, database: Database) -> Holdings:
    """Return the numbers of passages that the archives should have in the place that the settings name."""
    prefix = f" (prefix {settings.qdrant_prefix})" if settings.qdrant_prefix else ""
    place = qdrant_place(settings)
    left = None if place is None else partial(_left_in_folder, settings)
    return Holdings(database, None if place is None else f"{place}{prefix}", left)


def _left_in_folder(settings: Settings, archive_id: str) -> Holding | None:
    """Return what an archive has in the home's folder, while a server is configured."""
    folder = settings.home / ARCHIVES
    if not folder.is_dir():
        return None
    index = open_index(folder)
    try:
        space = index.space(archive_id)
        count = 0 if space is None else index.count(Where(Scope(archive_id, space)))
    finally:
        index.close(archive_id)
    return Holding(count, str(folder), embedded=True) if count else None


def qdrant_place(settings: Settings) -> str | None:
    """Return the addresses of the Qdrant server without passwords; None if archives are embedded."""
    url = settings.qdrant_url
    return None if url is None else ", ".join(map(bare_address, qdrant_addresses(url)))


def close_index(settings: Settings) -> None:
    """Release all files of the home's archives, also those of the recall index."""
    open_home_index(settings, None).close()
