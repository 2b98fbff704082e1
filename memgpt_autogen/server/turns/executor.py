"""The executor: a bounded number of threads that run turns, whoever asked for them.

The queue is the table of runs, so it is shared by all workers and survives them. One thread looks after the
runs of this worker: it renews its claims, sees what is cancelled, and takes what others left.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Mapping
from typing import Any

from memgpt_autogen.concurrency import start_thread
from memgpt_autogen.errors import ConfigurationError, MemGPTError, StorageError
from memgpt_autogen.events import TurnFailed
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.runs.claimed_run import ClaimedRun, RunLostError
from memgpt_autogen.memory.storage.runs.run_rows import NewRun, Run
from memgpt_autogen.memory.storage.runs.runs import Runs
from memgpt_autogen.memory.storage.runs.worker import CLAIM_SECONDS, Worker
from memgpt_autogen.server.turns.live import Live
from memgpt_autogen.server.turns.open_agents import OpenAgent
from memgpt_autogen.server.turns.running_turn import BUG, RESULT_SECONDS, RunningTurn

logger = logging.getLogger(__name__)

TURNS = 8
"""How many turns run at once by default."""

DRAIN_SECONDS = 30.0
"""How long a worker that stops waits for its turns by default."""

# how often a worker looks for runs that others have made, left or cancelled, in seconds
_LOOK_SECONDS = 0.5

# how often a worker looks for suspended runs whose time is up, in seconds
_EXPIRE_SECONDS = 5.0


class TurnExecutor:
    """Runs turns in at most `turns` threads. `open_agent` opens the agent of a run."""

    def __init__(
        self,
        database: Database,
        open_agent: OpenAgent,
        *,
        turns: int = TURNS,
        result_seconds: float = RESULT_SECONDS,
        claim_seconds: float = CLAIM_SECONDS,
    ) -> None:
        if turns < 1:
            raise ConfigurationError(f"turns is {turns}; at least 1 turn must be able to run.")
        self.live = Live()
        """What readers of this process learn at once."""
        self._database = database
        self._worker = Worker(database, seconds=claim_seconds)
        self._open_agent = open_agent
        self._turns = turns
        self._result_seconds = result_seconds
        self._changed = threading.Condition()
        self._threads = 0
        self._running: dict[str, RunningTurn] = {}
        self._stopping = False
        self._wake = threading.Event()
        self._keeper: threading.Thread | None = None
        self._renewed = self._expired = 0.0

    @property
    def running(self) -> int:
        """How many turns run in this process now."""
        return len(self._running)

    def start(self) -> None:
        """Begin to take runs."""
        self._keeper = threading.Thread(target=self._keep, name="memgpt-runs", daemon=True)
        self._keeper.start()

    def stop(self, drain: float = DRAIN_SECONDS) -> None:
        """Take no more runs, wait at most so many seconds for those that run, and leave the others.

        Another worker, or this server when it starts again, goes on with what is left.
        """
        with self._changed:
            self._stopping = True
            self._changed.wait_for(lambda: not self._threads, drain)
        self._wake.set()
        if self._keeper is not None:
            self._keeper.join(_LOOK_SECONDS * 10)
        try:
            self._worker.release()
        except StorageError as error:  # the claims run out
            logger.warning("runs were not released: %s", type(error).__name__)

    def submit(self, new: NewRun, owner_id: str) -> tuple[Run, bool]:
        """Create a run, and start it at once if its agent and a thread are free.

        Raises what `Runs.create` raises. Returns the run and whether it is new.
        """
        runs = Runs(self._database.owned_by(owner_id))
        has_thread = self._take_thread()
        run, is_new = None, False
        try:
            run, is_new = runs.create(new, self._worker if has_thread else None)
        finally:
            starts = run is not None and is_new and run.state == "running"
            if has_thread and not starts:
                self._give_thread()
        if starts:
            self._start(run)
        elif new.if_busy == "interrupt":
            self._wake.set()
        return run, is_new

    def cancel(self, run_id: str, owner_id: str) -> Run:
        """Cancel a run, and return it. One that runs in this process stops at once."""
        run = Runs(self._database.owned_by(owner_id)).cancel(run_id)
        self._cancel_running(run_id)
        self.live.news(run_id)
        self._wake.set()
        return run

    def give_results(self, run_id: str, owner_id: str, results: Mapping[str, Mapping[str, Any]]) -> Run:
        """Give the results of calls that a suspended run waits for. It goes on when it has all."""
        run = Runs(self._database.owned_by(owner_id)).give_results(run_id, results)
        self._wake.set()
        return run

    # Threads

    def _take_thread(self) -> bool:
        with self._changed:
            free = not self._stopping and self._threads < self._turns
            self._threads += free
            return free

    def _give_thread(self) -> None:
        with self._changed:
            self._threads -= 1
            self._changed.notify_all()

    def _start(self, run: Run) -> None:
        start_thread(lambda: self._work(run), name="memgpt-turn")

    def _work(self, run: Run) -> None:
        """Run this run, and then others as long as there are any."""
        following: Run | None = run
        try:
            while following is not None:
                self._play(following)
                following = None if self._stopping else self._next()
        finally:
            self._give_thread()

    def _next(self) -> Run | None:
        try:
            return self._worker.take()
        except StorageError as error:
            logger.warning("no run was taken: %s", type(error).__name__)
            return None

    def _play(self, run: Run) -> None:
        try:
            claimed = ClaimedRun(self._worker, run)
            try:
                loop = self._open_agent(run.owner_id, run.agent_id)
            except Exception as error:  # noqa: BLE001 - it ends this run, and no thread
                text = str(error) if isinstance(error, MemGPTError) else BUG
                logger.warning("run %s: its agent was not opened: %s", run.id, type(error).__name__)
                claimed.fail(TurnFailed(type(error).__name__, text))
                self.live.news(run.id)
                return
            turn = RunningTurn(claimed, loop, self.live, result_seconds=self._result_seconds)
            self._running[run.id] = turn
            try:
                turn.play()
            finally:
                del self._running[run.id]
        except (RunLostError, StorageError) as error:  # its claim runs out
            logger.warning("run %s was left: %s", run.id, type(error).__name__)

    def _cancel_running(self, run_id: str) -> None:
        turn = self._running.get(run_id)
        if turn is not None and turn.cancellation is not None:
            turn.cancellation.cancel()

    # The keeper

    def _keep(self) -> None:
        while not self._stopping:
            self._look()
            self._wake.wait(_LOOK_SECONDS)
            self._wake.clear()
        while self._threads and self._running:  # those that still run keep their claims
            self._look_after()
            time.sleep(_LOOK_SECONDS)

    def _look(self) -> None:
        try:
            self._look_after()
            self._take_more()
        except StorageError as error:
            logger.warning("the runs cannot be read now: %s", type(error).__name__)

    def _look_after(self) -> None:
        """Renew the claims of this worker, see what is cancelled, and end what has expired."""
        moment = time.monotonic()
        if self._running:
            for run_id in self._worker.to_cancel():
                self._cancel_running(run_id)
            if moment - self._renewed >= self._worker.seconds / 3:
                self._renewed = moment
                self._worker.renew()
        if moment - self._expired >= _EXPIRE_SECONDS:
            self._expired = moment
            self._worker.expire()

    def _take_more(self) -> None:
        while self._take_thread():
            run = self._next()
            if run is None:
                self._give_thread()
                return
            self._start(run)
