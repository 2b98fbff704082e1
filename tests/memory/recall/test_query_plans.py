"""How SQLite finds what a quoted phrase matches: the full-text index answers once, whatever the filter is."""

from __future__ import annotations

from datetime import datetime, timedelta, timezone
from typing import Any

import pytest
from finding import heard
from sqlalchemy import event

from memgpt_autogen.memory.hierarchy import MemoryHierarchy

pytestmark = pytest.mark.sqlite

DAY = datetime(2024, 5, 1, tzinfo=timezone.utc)


@pytest.mark.parametrize(
    "filters",
    [
        {},
        {"speaker": "ben"},
        {"role": "user"},
        {"start": DAY},
        {"end": DAY},
        {"start": DAY, "end": DAY + timedelta(hours=1)},
        {"speaker": "ben", "role": "user", "start": DAY, "end": DAY + timedelta(hours=1)},
    ],
    ids=lambda filters: "-".join(filters) or "unfiltered",
)
def test_a_search_for_a_phrase_asks_the_full_text_index_once_and_before_the_log(
    memory: MemoryHierarchy, filters: dict[str, Any]
) -> None:
    heard(memory, *(f"the green tea number {number}" for number in range(200)), time=DAY)
    plans: list[list[Any]] = []

    def explain(connection: Any, _cursor: Any, statement: str, values: Any, *_: Any) -> None:
        if "MATCH" in statement:
            raw = connection.connection.dbapi_connection
            plans.append(raw.execute(f"EXPLAIN QUERY PLAN {statement}", values).fetchall())

    event.listen(memory.log.database._engine, "before_cursor_execute", explain)

    memory.recall.search('"green tea" number', **filters)

    (plan,) = plans
    ((parent, read),) = [(step[1], step[3]) for step in plan if "entries_words" in step[3]]
    assert read.startswith("SCAN entries_words VIRTUAL TABLE"), plan
    assert [step[3] for step in plan if step[1] == parent] == [read], plan
