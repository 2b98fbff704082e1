"""Write points: every place where a process that is killed could leave something half done, counted and
killed from outside.

A point lies before and after every SQL statement that writes, every COMMIT, every call of Qdrant Edge that
writes, and every change of a folder, every call to sync a file, and the end of a bundle. Nothing of ours
knows of it: SQLAlchemy tells its events, SQLite the statements that its driver runs directly, and what Edge
and `os` offer is wrapped.
"""

from __future__ import annotations

import os
import signal
import zipfile
from collections.abc import Callable
from typing import Any

import qdrant_edge
from sqlalchemy import Engine, Pool, event
from sqlalchemy.engine.default import DefaultDialect

READS = ("SELECT", "WITH", "PRAGMA", "BEGIN", "EXPLAIN")
NO_WRITES = (*READS, "COMMIT", "ROLLBACK", "--")  # SQLite tells the statements of a trigger as comments
EDGE_WRITES = ("update", "flush", "close", "optimize")
FOLDER_WRITES = ("mkdir", "rename", "replace", "unlink", "rmdir", "fsync")


class WritePoints:
    """Counts the points that are passed after `arm`, and dies at number `kill_at`; `told` hears each one's
    name."""

    def __init__(self, told: Callable[[int, str], None], kill_at: int | None = None) -> None:
        self.passed = 0
        self._told = told
        self._kill_at = kill_at
        self._writing = False

    def arm(self) -> None:
        """Begin to count. Call it once, in a process that will not live on."""
        event.listen(Engine, "before_cursor_execute", self._before_statement)
        event.listen(Pool, "checkout", self._trace)
        event.listen(Engine, "after_cursor_execute", self._after_statement)
        DefaultDialect.do_commit = self._commit(DefaultDialect.do_commit)  # type: ignore[method-assign]
        shard = qdrant_edge.EdgeShard
        qdrant_edge.EdgeShard = _counted_shard(shard, self)  # type: ignore[misc]
        for name in FOLDER_WRITES:
            self._wrap(os, name, f"os.{name}")
        self._wrap(zipfile.ZipFile, "writestr", "ZipFile.writestr")

    def pass_(self, name: str) -> None:
        self.passed += 1
        if self.passed == self._kill_at:
            self._told(self.passed, name)
            os.kill(os.getpid(), signal.SIGKILL)

    def around(self, call: Callable[..., Any], name: str) -> Callable[..., Any]:
        def counted(*args: Any, **kwargs: Any) -> Any:
            self.pass_(f"before {name}")
            result = call(*args, **kwargs)
            self.pass_(f"after {name}")
            return result

        return counted

    def _wrap(self, owner: Any, name: str, told: str) -> None:
        setattr(owner, name, self.around(getattr(owner, name), told))

    def _commit(self, commit: Callable[..., Any]) -> Callable[..., Any]:
        counted = self.around(commit, "COMMIT")

        def committed(*args: Any) -> None:
            wrote, self._writing = self._writing, False
            (counted if wrote else commit)(*args)

        return committed

    def _trace(self, connection: Any, *_: Any) -> None:
        if hasattr(connection, "set_trace_callback"):
            connection.set_trace_callback(self._traced)

    def _traced(self, statement: str) -> None:
        """Count a statement of SQLite, whoever runs it."""
        if not statement.lstrip().upper().startswith(NO_WRITES):
            self._writing = True
            self.pass_(f"before {statement[:60]}")

    def _before_statement(self, connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if connection.dialect.name != "sqlite" and not statement.lstrip().upper().startswith(READS):
            self._writing = True
            self.pass_(f"before {statement[:60]}")

    def _after_statement(self, _connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        if not statement.lstrip().upper().startswith(READS):
            self.pass_(f"after {statement[:60]}")


def _counted_shard(real: Any, points: WritePoints) -> Any:
    """Edge's class is closed to changes; this one stands before it."""

    class Shard:
        create = staticmethod(lambda *args: Shard(points.around(real.create, "EdgeShard.create")(*args)))
        load = staticmethod(lambda *args: Shard(real.load(*args)))

        def __init__(self, shard: Any) -> None:
            self._shard = shard

        def __getattr__(self, name: str) -> Any:
            call = getattr(self._shard, name)
            return points.around(call, f"EdgeShard.{name}") if name in EDGE_WRITES else call

    return Shard
