"""The executor: a bounded number of threads that run turns, whoever asked for them.

The queue is the table of runs, so it is shared by all workers and survives them. One thread looks after the
runs of this worker: it renews its claims, sees what is cancelled, and takes what others left.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from functools import partial
from types import MappingProxyType
from typing import Any

from memgpt_autogen.concurrency import BEGUN_SECONDS
from memgpt_autogen.errors import ConfigurationError, StorageError
from memgpt_autogen.events import TurnFailed
from memgpt_autogen.loop.heartbeat import HeartbeatLoop
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.runs.claimed_run import ClaimedRun, RunLostError
from memgpt_autogen.memory.storage.runs.run_rows import NewRun, Run
from memgpt_autogen.memory.storage.runs.runs import CannotBeginError, Runs
from memgpt_autogen.memory.storage.runs.worker import CLAIM_SECONDS, Worker
from memgpt_autogen.service.problems import log_reason, stored_error
from memgpt_autogen.service.turns.agent_names import AgentNames
from memgpt_autogen.service.turns.live import Live
from memgpt_autogen.service.turns.observing import TurnObserver, TurnSeen, Unobserved
from memgpt_autogen.service.turns.open_agents import OpenAgent
from memgpt_autogen.service.turns.running_turn import RESULT_SECONDS, RunningTurn
from memgpt_autogen.service.turns.threads import TurnThreads

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
        observer: TurnObserver | None = None,
    ) -> None:
        if turns < 1:
            raise ConfigurationError(f"turns is {turns}; at least 1 turn must be able to run.")
        self.live = Live()
        """What readers of this process learn at once."""
        self.database = database
        self.names = AgentNames(database)
        """Which agents requests name."""
        self._observer = observer or Unobserved()
        self._worker = Worker(database, seconds=claim_seconds)
        self._open_agent = open_agent
        self._result_seconds = result_seconds
        self._threads = TurnThreads(turns)
        self._running: dict[str, RunningTurn] = {}
        self._stopping = False
        self._wake = threading.Event()
        self._added = False
        """Whether runs were put into the queue since a thread last looked there."""
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
        self._stopping = True
        self._threads.wait(drain)
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
        begun = self.begin(lambda: new, owner_id)
        return self.enqueue(lambda: new, owner_id) if begun is None else begun.result(BEGUN_SECONDS)

    def begin(
        self, new: Callable[[], NewRun], owner_id: str, *, replies: list[str] | None = None
    ) -> Future[tuple[Run, bool]] | None:
        """Do what `submit` does in a thread of turns; None where none is free.

        `new` makes the run, and is called again where the agent is another one than was known. The future
        has what `submit` returns, or raises what that or `new` raises. With a list for `replies`, a run that
        begins at once is told only when its turn has ended, and what the agent said is added to the list.
        """
        if not self._take_thread():
            return None
        asked: Future[tuple[Run, bool]] = Future()
        asked.set_running_or_notify_cancel()  # it has begun, so nobody can cancel it
        self._threads.run(partial(self._begin, new, owner_id, asked, replies))
        return asked

    def enqueue(self, make: Callable[[], NewRun], owner_id: str) -> tuple[Run, bool]:
        """Create a run that waits until a thread is free. Raises and returns what `submit` does."""
        new = self._looked_up(make(), make, owner_id)
        made = Runs(self.database.owned_by(owner_id)).create(new)
        self._added = True
        if new.if_busy == "interrupt" or self._threads.are_free:
            self._wake.set()
        return made

    def cancel(self, run_id: str, owner_id: str) -> Run:
        """Cancel a run, and return it. One that runs in this process stops at once."""
        run = Runs(self.database.owned_by(owner_id)).cancel(run_id)
        self._cancel_running(run_id)
        self.live.news(run_id)
        self._wake.set()
        return run

    def give_results(
        self,
        run_id: str,
        owner_id: str,
        results: Mapping[str, Mapping[str, Any]],
        approvals: Mapping[str, Mapping[str, Any]] = MappingProxyType({}),
    ) -> Run:
        """Give what a suspended run waits for: results of calls, or approvals. It goes on when it has all."""
        run = Runs(self.database.owned_by(owner_id)).give_results(run_id, results, approvals)
        self._wake.set()
        return run

    # Threads

    def _take_thread(self) -> bool:
        return not self._stopping and self._threads.take()

    def _looked_up(self, new: NewRun, make: Callable[[], NewRun], owner_id: str) -> NewRun:
        """Return a run whose agent was looked up now: this one, or one that is made anew."""
        if new.called is None:
            return new
        self.names.forget(owner_id, new.called)
        return make()

    def _work(self, run: Run | None, *, look: bool = True, told: Callable[[], object] = lambda: None) -> None:
        """Run this run, and then others as long as there are any; `look` tells whether there may be some.

        `told` tells of the turn before, and does nothing the second time. It is called before other runs, and
        where there are none, once the thread is free: whoever waits for it may ask for another turn at once.
        """
        try:
            if run is not None or look or self._added:
                told()
            following = run or self._following(look)
            while following is not None:
                following = self._following(self._play(following))
        finally:
            self._threads.give()
            told()
            if self._added and self._threads.are_free:  # since this thread looked, and while none was free
                self._wake.set()

    def _following(self, look: bool) -> Run | None:  # noqa: FBT001 - a private method of one argument
        return self._next() if look or self._added else None

    def _next(self) -> Run | None:
        if self._stopping:
            return None
        self._added = False
        try:
            return self._worker.take()
        except StorageError as error:
            logger.warning("no run was taken: %s", type(error).__name__)
            return None

    def _begin(
        self,
        make: Callable[[], NewRun],
        owner_id: str,
        asked: Future[tuple[Run, bool]],
        replies: list[str] | None = None,
    ) -> None:
        run, look = None, True
        ended: ClaimedRun | None = None

        def created(begun: Run) -> None:
            if replies is None:
                asked.set_result((begun, True))

        def told() -> None:
            if ended is not None and not asked.done():
                if replies is not None:
                    replies.extend(ended.replies)
                asked.set_result((ended.run, True))

        try:
            new = make()
            ended = self._begin_at_once(new, owner_id, created)
            if ended is not None:
                look = ended.others_wait
            else:
                new = self._looked_up(new, make, owner_id)
                run, is_new = made = Runs(self.database.owned_by(owner_id)).create(new, self._worker)
                asked.set_result(made)
                if new.if_busy == "interrupt":
                    self._wake.set()
                run = run if is_new and run.state == "running" else None
        except Exception as error:  # noqa: BLE001 - it is raised where the run was asked for
            asked.set_exception(error)
        self._work(run, look=look, told=told)

    def _begin_at_once(
        self, new: NewRun, owner_id: str, created: Callable[[Run], object]
    ) -> ClaimedRun | None:
        """Run a turn whose first transaction creates its run, and return that after the turn.

        Where anything is in the way, such as another turn of the agent, there is no run afterwards.
        """
        if new.input.get("act", "say") != "say":
            return None
        claimed = None
        try:
            loop = self._open_agent(owner_id, new.agent_id, new.agent_name)
            runs = Runs(self.database.owned_by(owner_id))
            claimed = ClaimedRun.planned(self._worker, runs, new)
            self._play_turn(claimed, loop, created)
        except Exception as error:  # noqa: BLE001 - it comes again where the run is created by itself
            if claimed is not None and claimed.is_stored:
                logger.warning("run %s was left: %s", new.id, type(error).__name__)
            elif not isinstance(error, CannotBeginError):
                logger.info("a run does not begin at once: %s", type(error).__name__)
        return claimed if claimed is not None and claimed.is_stored else None

    def _play(self, run: Run) -> bool:
        """Run a turn, and return whether other runs may wait after it."""
        try:
            claimed = ClaimedRun(self._worker, run)
            try:
                loop = self._open_agent(run.owner_id, run.agent_id, None)
            except Exception as error:  # noqa: BLE001 - it ends this run, and no thread
                text = stored_error(error, run.owner_id, opening=True)
                log_reason(logger, error, run_id=run.id)
                logger.warning("run %s: its agent was not opened: %s", run.id, type(error).__name__)
                with self._observer.turn(run) as told:
                    self.live.stored(*claimed.fail(TurnFailed(type(error).__name__, text)))
                    told(TurnSeen("failed", "error"))
            else:
                self._play_turn(claimed, loop)
        except (RunLostError, StorageError) as error:  # its claim runs out
            logger.warning("run %s was left: %s", run.id, type(error).__name__)
            return True
        return claimed.others_wait

    def _play_turn(
        self, claimed: ClaimedRun, loop: HeartbeatLoop, created: Callable[[Run], object] | None = None
    ) -> None:
        run_id = claimed.run.id
        turn = RunningTurn(
            claimed,
            loop,
            self.live,
            observer=self._observer,
            result_seconds=self._result_seconds,
            created=created,
        )
        self._running[run_id] = turn
        try:
            with self._observer.turn(claimed.run) as told, self.live.playing(run_id):
                turn.play()
                run = claimed.run
                told(TurnSeen() if run.state == "running" else TurnSeen(run.state, run.stop_reason or ""))
        finally:
            del self._running[run_id]

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
        while self._threads.taken and self._running:  # those that still run keep their claims
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
                self._threads.give()
                return
            self._threads.run(partial(self._work, run))
