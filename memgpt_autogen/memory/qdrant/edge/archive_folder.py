"""The folder of each archive: its name, who may use it now, and how another folder takes its place."""

from __future__ import annotations

import atexit
import hashlib
import re
import shutil
import uuid
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from functools import lru_cache
from pathlib import Path

from memgpt_autogen.errors import StorageError
from memgpt_autogen.memory.qdrant.edge.open_folders import (
    FolderHeldError,
    FolderLock,
    OpenFolder,
    OpenFolders,
)
from memgpt_autogen.memory.qdrant.edge.shard import Shard, check_room, failure_of, load_shard
from memgpt_autogen.memory.qdrant.protocol import Space

MOST_OPEN = 16
"""How many archives a process keeps open. Each has eight idle threads, and opening one takes some 40 ms."""

WAIT_SECONDS = 10.0
"""How long another process may keep an archive that this process needs."""

# an old folder, until it is deleted
LAST = "last"

# a new folder that is to take the place of a damaged one
WHOLE = "whole"

# a copy of an archive in another space, which is not complete yet
ATTEMPT = "reembed"


class ArchiveFolders:
    """The archives under one root folder."""

    def __init__(self, root: Path, idle_seconds: float, wait_seconds: float) -> None:
        self.root = root
        self._idle_seconds = idle_seconds
        self._wait_seconds = wait_seconds

    def folder(self, archive: str) -> Path:
        return _folder_in(self.root, archive)

    def was_used(self, archive: str) -> bool:
        """Whether anything was ever written to the archive; True also where that cannot be read."""
        folder = self.folder(archive)
        try:
            return folder.exists() or FolderLock(folder).file("lock").exists()
        except OSError:
            return True

    def open_space(self, archive: str) -> Space | None:
        """Return the space of an archive that this process has open, without waiting; None otherwise."""
        opened = open_archives.opened.get(self.folder(archive))
        shard = opened.content if opened else None
        return shard.space if shard is not None and shard.archive == archive else None

    @contextmanager
    def held(
        self, archive: str, *, folder: Path | None = None, make: bool = False, load: bool = True
    ) -> Iterator[OpenFolder[Shard]]:
        """Hold the archive's folder, or another `folder`, in this thread alone.

        Its `content` is the shard, or None while there is no folder. `make` locks a folder that does not
        exist, so that it can be created. Without `load` the shard is not opened.
        """
        folder = folder or self.folder(archive)
        idle, wait = self._idle_seconds, self._wait_seconds
        try:
            with open_archives.use(
                folder, idle_seconds=idle, wait_seconds=wait, make=make, load=load
            ) as opened:
                _check_owner(opened.content, archive)
                yield opened
        except FolderHeldError as error:
            failure = StorageError(
                f"archive '{archive}' in {folder} is in use by {error.holder}, which did not release it "
                f"within {wait:g} seconds. Wait for it or end it, or let both use a Qdrant server."
            )
            failure.plain = f"archive '{archive}' is in use by another program. Try again later."
            raise failure from error
        except BaseException as error:
            reason = failure_of(error)
            if reason is None:
                raise
            failure = StorageError(
                f"archive '{archive}' in {folder}: {reason} If its files are damaged, Archive.check() says "
                f"how, and Archive.repair() saves what can be read."
            )
            failure.plain = (
                f"archive '{archive}' cannot be opened. Go on without it, and tell the operator: "
                "memgpt-autogen doctor says what to do."
            )
            raise failure from error

    def check_room(self) -> None:
        """Raise `StorageError` if the disk is almost full."""
        check_room(self.root)

    def new_folder(self, archive: str) -> Path:
        """Return a path for a folder that is not the archive's yet. It is deleted if this process dies."""
        return self._sibling(archive, f"new-{uuid.uuid4().hex[:8]}")

    def attempt(self, archive: str, key: str) -> Path:
        """Return the path of an incomplete copy of an archive, which any process may continue."""
        return self._sibling(archive, f"{ATTEMPT}-{key}")

    def replace(
        self, opened: OpenFolder[Shard], archive: str, new: Path | None, *, keep: Path | None = None
    ) -> None:
        """Put the folder `new`, or none, in the archive's place. Delete the old one, or move it to `keep`.

        If this is interrupted anywhere, `_clean_up` finds the old folder or the new one.
        """
        folder = self.folder(archive)
        whole, last = _sibling(folder, WHOLE), _sibling(folder, LAST)
        opened.close_content()
        if keep is not None and new is not None:
            new = new.rename(whole)
        if folder.exists():
            folder.rename(keep or last)
        if new is not None:
            new.rename(folder)
            opened.content = load_shard(folder)
        shutil.rmtree(last, ignore_errors=True)
        self._delete_attempts(archive)

    def remove(self, opened: OpenFolder[Shard], archive: str) -> None:
        """Delete the archive's folder."""
        opened.close_content()
        folder, gone = self.folder(archive), self._sibling(archive, f"gone-{uuid.uuid4().hex[:8]}")
        if folder.exists():
            folder.rename(gone)
            shutil.rmtree(gone)
        self._delete_attempts(archive)

    def others(self, archives: Iterable[str]) -> list[Path]:
        """Return the folders, and what was made beside them, of archives that are none of these."""
        known = set(map(_folder_name, archives))
        found = self.root.iterdir() if self.root.is_dir() else ()
        return sorted(
            place
            for place in found
            if place.is_dir() and place.name.lstrip(".").partition(".")[0] not in known
        )

    def close(self, archive: str | None = None) -> None:
        """Close an archive, or all of them."""
        open_archives.close(self.folder(archive) if archive else self.root)

    def _sibling(self, archive: str, suffix: str) -> Path:
        return _sibling(self.folder(archive), suffix)

    def _delete_attempts(self, archive: str) -> None:
        """Delete incomplete copies, which contain texts too. A process that works on one notices it."""
        for left in self.root.glob(f".{self.folder(archive).name}.{ATTEMPT}-*[0-9a-f]"):
            open_archives.close(left)  # this process may still have it open, after an attempt that failed
            lock = FolderLock(left)
            try:
                lock.take()
            except FolderHeldError:
                continue
            shutil.rmtree(left, ignore_errors=True)
            lock.give_back()


def _sibling(folder: Path, suffix: str) -> Path:
    return folder.with_name(f".{folder.name}.{suffix}")


def _clean_up(folder: Path) -> None:
    """Finish or undo what a killed process began in a folder that now belongs to this process."""
    last, whole = _sibling(folder, LAST), _sibling(folder, WHOLE)
    for found in (last, whole):
        if found.exists() and not folder.exists():
            found.rename(folder)
    new, gone = (folder.parent.glob(f".{folder.name}.{what}-*") for what in ("new", "gone"))
    for left in (last, whole, *new, *gone):
        shutil.rmtree(left, ignore_errors=True)


open_archives: OpenFolders[Shard] = OpenFolders(load_shard, _clean_up, MOST_OPEN)
atexit.register(open_archives.close)


def _check_owner(shard: Shard | None, archive: str) -> None:
    # no request to the engine says which archive is meant
    if shard and shard.archive not in (None, archive):
        raise StorageError(f"it contains the passages of archive '{shard.archive}'.")


@lru_cache(maxsize=4096)  # a search asks some five times, and to make the path takes as long as one question
def _folder_in(root: Path, archive: str) -> Path:
    return root / _folder_name(archive)


def _folder_name(archive: str) -> str:
    """Return a name with a hash, which separates names that a file system would confuse."""
    readable = re.sub(r"[^a-z0-9]+", "-", archive.lower()).strip("-")[:40]
    return f"{readable}-{hashlib.sha256(archive.encode()).hexdigest()[:16]}"
