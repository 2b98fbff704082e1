"""No wait in the package is without a limit, and its locks are free in a forked child."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import memgpt_autogen

PACKAGE = Path(memgpt_autogen.__file__).parent

LOCKS = {"Lock", "RLock", "Semaphore", "BoundedSemaphore", "Barrier"}
WAITS = {"wait", "join", "result", "acquire", "exception", "communicate", "get"}
LISTS = {"wait", "as_completed", "wait_for"}
PROGRAMS = {"run", "call", "check_call", "check_output"}
LIMITS = {"timeout", "seconds", "blocking"}

ENDED = {
    "cli/chat/background.py": "the opening of an agent, which has limits itself",
    "cli/commands/demo.py": "an example, which the person watches and can stop",
    "cli/commands/memory.py": "the editor of the person who types",
    "cli/commands/run.py": "the opening of an agent, which has limits itself",
    "concurrency.py": "`run_with_timeout` has waited already, and `Lock` has a limit",
    "experiments/runner.py": "the trials, which have limits themselves, and whose progress is shown",
    "hosts/ag2/model.py": "the calls before this one, whose turns have limits",
    "hosts/agentchat/agent.py": "the run's token ends a pause, and `asyncio.wait_for` limits the lock",
    "hosts/agentchat/listening.py": "a task that was cancelled",
    "hosts/agentchat/model.py": "`llm.asking`, which limits a model that has no limit itself",
    "llm/asking.py": "the error of work that has ended",
    "llm/wire/endpoint.py": "the error of a request that has ended",
    "memory/qdrant/edge/open_folders.py": "a `concurrency.Lock`, which has a limit",
    "memory/storage/database.py": "`ForkGate.wait`, which has a limit",
    "memory/storage/turn_lock.py": "the turn lock, which makes its own locks and limits its waits",
    "readers/child.py": "the child that reads documents, which ends with its parent",
    "client/retries.py": "the outcome of an attempt that is over",
    "server/asked_runs.py": "the result of a turn that has ended",
    "server/facades/mcp/endpoint.py": "a task of the event loop, which the end of the app ends",
    "server/routes/runs.py": "`AskedRun.wait`, which looks each second whether its client has gone",
    "service/backup.py": "a `concurrency.Lock` without a wait",
    "service/turns/following.py": "`asyncio.wait_for` limits it",
    "tools/event_loop.py": "the coroutine of a tool, which runs in a thread with a limit",
    "tools/mcp/session.py": "`wait` has waited already",
}
"""Where a call looks as if it could wait for ever, and why it does not."""


def test_every_wait_has_a_limit() -> None:
    found: dict[str, list[str]] = {}
    for path in sorted(PACKAGE.rglob("*.py")):
        tree = ast.parse(path.read_text("utf-8"))
        for call in (*waits_of(tree), *imported_locks(tree)):
            found.setdefault(path.relative_to(PACKAGE).as_posix(), []).append(call)

    assert {path: calls for path, calls in found.items() if path not in ENDED} == {}
    assert ENDED.keys() - found.keys() == set()


def test_the_search_finds_waits_without_a_limit() -> None:
    source = """
lock = threading.Lock()
lock.acquire()
future.result()
thread.join()
jobs_queue.get()
subprocess.run(["ls"])
wait([future])
"""
    assert len(list(waits_of(ast.parse(source)))) == 7
    assert (
        list(waits_of(ast.parse("future.result(3); ', '.join(names); values.get('a'); event.wait(1)"))) == []
    )


def imported_locks(tree: ast.Module) -> Iterator[str]:
    """Yield the imports of locks that are not those of the package."""
    for node in ast.walk(tree):
        if isinstance(node, ast.ImportFrom) and node.module in ("threading", "multiprocessing"):
            yield from (f"import {name.name}" for name in node.names if name.name in LOCKS)


def waits_of(tree: ast.Module) -> Iterator[str]:
    """Yield the calls that may wait for ever."""
    for call in (node for node in ast.walk(tree) if isinstance(node, ast.Call)):
        function, named = call.func, {keyword.arg for keyword in call.keywords}
        name = getattr(function, "attr", getattr(function, "id", ""))
        source = ast.unparse(call)
        limited = bool(named & LIMITS)
        if (
            (name in LOCKS and source.startswith(("threading.", "multiprocessing.")))
            or (name in WAITS - {"get"} and not call.args and not limited)
            or (name == "get" and not call.args and not limited and "queue" in source.lower())
            or (name in LISTS and len(call.args) == 1 and isinstance(call.args[0], ast.List) and not limited)
            or (name in PROGRAMS and source.startswith("subprocess.") and not limited)
        ):
            yield source
