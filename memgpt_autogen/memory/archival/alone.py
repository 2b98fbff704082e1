"""One at a time: who reads passages of an archive and then writes or deletes them as they were read.

Otherwise a passage could come back that another one deletes meanwhile, and a link, a mark or a tag could be
lost.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager, nullcontext
from weakref import WeakValueDictionary

from memgpt_autogen.concurrency import Lock
from memgpt_autogen.memory.storage.refusals import OPEN

Turns = Callable[[], AbstractContextManager[object]]
"""Lets one process at a time in, of those that use an archive."""

_locks: WeakValueDictionary[str, Lock] = WeakValueDictionary()
_looking = Lock("the lock of an archive's passages")


@contextmanager
def alone_in(place: str, turns: Turns = nullcontext) -> Iterator[None]:
    """Be the only thread of this process, and the only process of those that take `turns`, in this place.

    A thread that is inside can enter again. One that is in a transaction of a database does not wait, as the
    one inside may need that database. Raises `StorageError` if another one does not end in time.
    """
    with _looking:
        lock = _locks.get(place)
        if lock is None:
            lock = _locks[place] = Lock("the passages of an archive")
    if lock.is_mine or OPEN.depth:
        yield
        return
    with lock, turns():
        yield
