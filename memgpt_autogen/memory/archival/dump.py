"""An archive as records, also of what waits for its server, and as it was at a time."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from itertools import chain
from typing import Any

from memgpt_autogen.memory.archival.delivery import Delivery
from memgpt_autogen.memory.archival.records import record
from memgpt_autogen.memory.archival.store import ArchiveStore
from memgpt_autogen.memory.passages import PassageFilter, utc
from memgpt_autogen.memory.qdrant.protocol import Stored


def dump(store: ArchiveStore, delivery: Delivery, until: datetime | None) -> Iterator[dict[str, Any]]:
    """Return every passage as a record, oldest first, up to a time if one is given."""
    end = utc("until", until)
    waiting = delivery.payloads(end)  # read first, as it may be delivered meanwhile
    found = store.walk(store.bound(PassageFilter(end=end)))
    payloads = chain(_noted(found, waiting), _rest(waiting))
    return (_as_of(record(store.archive_id, payload), end) for payload in payloads)


def _noted(found: Iterable[Stored], waiting: dict[str, Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    """Yield the payloads of passages, and take them out of `waiting`."""
    for stored in found:
        waiting.pop(stored.id, None)
        yield stored.payload


def _rest(waiting: Mapping[str, Mapping[str, Any]]) -> Iterator[Mapping[str, Any]]:
    yield from waiting.values()  # as it is when it is asked for the first one


def _as_of(found: dict[str, Any], end: datetime | None) -> dict[str, Any]:
    """Return a record without a mark that it did not have at that time, and what it belongs to."""
    mark = found.get("superseded_by")
    if end is None or mark is None or datetime.fromisoformat(mark) <= end:
        return found
    return {name: value for name, value in found.items() if name not in ("superseded_by", "replaced_by")}
