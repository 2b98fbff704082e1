"""A request for a run: it is begun in a thread of turns, followed, or waited for until its end."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from concurrent.futures import Future
from contextlib import aclosing, suppress
from dataclasses import dataclass, field
from typing import Any

from fastapi import Request
from starlette.concurrency import run_in_threadpool

from memgpt_autogen.memory.storage.runs.run_rows import NewRun, OnDisconnect, Run
from memgpt_autogen.server.caller import Caller
from memgpt_autogen.server.sse import Validity, streams_of
from memgpt_autogen.service.runs import check_events
from memgpt_autogen.service.turns.following import AsyncFollower

LOOK_SECONDS = 1.0
"""How often a request that waits looks whether its client has gone."""


@dataclass
class Waited:
    """What a request that waited has seen of its run."""

    run_id: str
    is_new: bool = True
    run: Run | None = None
    """The run as it was last seen; None where the client left, or lost its key, before the end."""
    replies: list[str] = field(default_factory=list)

    @property
    def is_whole(self) -> bool:
        """Whether this is all of a run that has ended."""
        return self.run is not None and self.is_new and self.run.is_over


class AskedRun:
    """A run that a request asks for. `new` makes it, in a thread that may read the database.

    It gets the id `run_id`, unless its key belongs to a run that there is already.
    """

    def __init__(
        self,
        request: Request,
        caller: Caller,
        new: Callable[[], NewRun],
        run_id: str,
        *,
        on_disconnect: OnDisconnect = "continue",
    ) -> None:
        self._request = request
        self._caller = caller
        self._new = new
        self._run_id = run_id
        self._on_disconnect = on_disconnect
        self.streams = streams_of(request)

    async def submit(self) -> tuple[Run, bool]:
        """Ask for the run, and return it as it begins, and whether it is new."""
        begun = self.streams.executor.begin(self._new, self._caller.user_id)
        return await (self._enqueue() if begun is None else asyncio.wrap_future(begun))

    async def follow(self, *, ping: float | None = None) -> tuple[Run, AsyncFollower]:
        """Do what `submit` does, and return the run and what follows its events.

        After `ping` seconds without events it says so. Raises a problem, 429, if the user has too many
        streams open, and `NotFoundError` where the events of a run that there was already are deleted.
        """
        self.streams.check_room(self._caller)
        # before the run exists, so that nothing of it has to be read
        follower = self._follower(self._run_id, ping, is_new=True)
        try:
            run, is_new = await self.submit()
            if not is_new:
                follower.close()
                check_events(run)
                follower = self._follower(run.id, ping)
        except BaseException:
            follower.close()
            raise
        return run, follower

    async def wait(self) -> Waited:
        """Ask for the run, and wait for its end.

        The thread of the turn tells nothing before the end, since each word to the event loop delays a turn.
        """
        self.streams.check_room(self._caller)
        waited = Waited(self._run_id)
        key = Validity(self.streams, self._request)
        with self.streams.held(self._caller):
            submitted = await self._submitted_at_end(key, waited.replies)
            if submitted is None:
                return waited
            run, waited.is_new = submitted
            waited.run_id = run.id
            if waited.is_new and run.is_over:
                waited.run = run
            else:
                await self._read(key, waited)
        return waited

    def _follower(self, run_id: str, ping: float | None, *, is_new: bool = False) -> AsyncFollower:
        return self.streams.follower(self._caller.user_id, run_id, ping=ping, is_new=is_new)

    async def _enqueue(self) -> tuple[Run, bool]:
        def enqueue() -> tuple[Run, bool]:
            return self.streams.executor.enqueue(self._new, self._caller.user_id)

        return await run_in_threadpool(enqueue)

    async def _submitted_at_end(self, key: Validity, replies: list[str]) -> tuple[Run, bool] | None:
        """Return what `submit` returns, but at its end if it begins at once; None without a client."""
        begun = self.streams.executor.begin(self._new, self._caller.user_id, replies=replies)
        if begun is None:
            return await self._enqueue()
        end = _End(begun)
        while not await end.comes_within(LOOK_SECONDS):
            if self.streams.stopping:
                return None
            if await self._has_left(key):
                if self._on_disconnect == "cancel":
                    await run_in_threadpool(self.streams.executor.cancel, self._run_id, self._caller.user_id)
                return None
        return begun.result()

    async def _has_left(self, key: Validity) -> bool:
        return not await key.holds() or await self._request.is_disconnected()

    async def _read(self, key: Validity, waited: Waited) -> None:
        """Read the run's events until its end."""
        waited.replies.clear()
        follower = self._follower(waited.run_id, LOOK_SECONDS)
        async with aclosing(follower.events()) as events:
            async for each in events:
                if not await key.holds() or (each is None and await self._request.is_disconnected()):
                    if follower.run is not None:
                        self.streams.asker_left(follower.run)
                    return
                if each is not None and each.kind == "replied":
                    waited.replies.append(str(each.data["text"]))
                if each is not None and each.kind == "turn_ended":
                    break
        waited.run = follower.run


class _End:
    """The end of a future of a thread, as an event loop waits for it.

    It wakes the loop once. What asyncio has for this makes a future of its own from it, tells that, and then
    whoever waits for that.
    """

    def __init__(self, future: Future[Any]) -> None:
        self._loop = asyncio.get_running_loop()
        self._future = future
        self._waiter: asyncio.Future[None] = self._loop.create_future()
        future.add_done_callback(self._wake_from_thread)

    async def comes_within(self, seconds: float) -> bool:
        """Wait for it, at most so many seconds, and return whether it came."""
        if self._future.done():
            return True
        self._waiter = self._loop.create_future()
        timer = self._loop.call_later(seconds, self._wake)
        try:
            await self._waiter
        finally:
            timer.cancel()
        return self._future.done()

    def _wake_from_thread(self, _: Future[Any]) -> None:
        with suppress(RuntimeError):  # the loop is closed: nobody waits
            self._loop.call_soon_threadsafe(self._wake)

    def _wake(self) -> None:
        if not self._waiter.done():
            self._waiter.set_result(None)
