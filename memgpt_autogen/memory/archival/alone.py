"""One at a time: who reads passages of an archive and then writes or deletes them as they were read.

Otherwise a passage could come back that another one deletes meanwhile, and a link or a mark could be lost.
What only adds passages does not wait.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from weakref import WeakValueDictionary

from memgpt_autogen.concurrency import Lock
from memgpt_autogen.memory.archival.store import ArchiveStore

_locks: WeakValueDictionary[str, Lock] = WeakValueDictionary()
_looking = Lock("the lock of an archive's passages")


@contextmanager
def alone(store: ArchiveStore) -> Iterator[None]:
    """Be the only one who changes passages of the archive. A thread that is inside cannot enter again.

    That holds for all threads of this process, and for the processes that use the archive with its database.
    Raises `StorageError` if another one does not end in time.
    """
    with _looking:
        lock = _locks.get(store.archive_id)
        if lock is None:
            lock = _locks[store.archive_id] = Lock("the passages of an archive")
    with lock, store.turns():
        yield
