"""A turn that a request of a facade asks for: started, followed to its end, and left with its client."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Callable
from contextlib import aclosing
from dataclasses import dataclass

from fastapi import Request

from memgpt_autogen.memory.storage.runs.run_rows import NewRun, Run
from memgpt_autogen.server.asked_runs import LOOK_SECONDS, AskedRun
from memgpt_autogen.server.caller import Caller
from memgpt_autogen.server.sse import Validity, streams_of
from memgpt_autogen.service import runs
from memgpt_autogen.service.turns.following import AsyncFollower, Streamed


@dataclass(slots=True)
class AskedTurn:
    """A turn of a run, and what follows its events."""

    request: Request
    caller: Caller
    run: Run
    follower: AsyncFollower
    after: int = 0
    """The number of the event before its first."""
    asks: bool = True
    """Whether its reader has asked for the run, which may be cancelled when that reader leaves."""

    async def events(self) -> AsyncGenerator[Streamed | None, None]:
        """Yield the events of the turn to its end; None where none came for a while.

        It ends before that where the client has gone, its key is not valid any more, or the server stops.
        The run is cancelled if its client leaves and has asked for that. Close it after use.
        """
        streams, whole = streams_of(self.request), False
        key = Validity(streams, self.request)
        try:
            with streams.held(self.caller):
                async with aclosing(self.follower.events()) as events:
                    async for each in events:
                        if not await key.holds() or (each is None and await self.request.is_disconnected()):
                            return
                        yield each
                        if each is not None and each.kind == "turn_ended":
                            break
                whole = True
        finally:
            self.follower.close()
            if self.asks and not whole:
                streams.asker_left(self.run)


async def ask_turn(
    request: Request, caller: Caller, new: Callable[[], NewRun], run_id: str, *, streams_parts: bool
) -> AskedTurn:
    """Ask for the run that `new` returns, which has this id; `new` is called in a thread.

    Where its `idempotency_key` has a run already, the turn is the first one of that run, told again.
    Raises what `Runs.create` and `new` raise, and a problem, 429, if the user has too many streams open.
    """
    ping = None if streams_parts else LOOK_SECONDS
    run, follower = await AskedRun(request, caller, new, run_id).follow(ping=ping)
    request.state.run_id = run.id
    return AskedTurn(request, caller, run, follower)


def follow_turn(
    request: Request, caller: Caller, run: Run, after: int, *, streams_parts: bool, asks: bool = True
) -> AskedTurn:
    """Return the turn of a run whose events come after this number."""
    streams = streams_of(request)
    streams.check_room(caller)
    runs.check_events(run)
    request.state.run_id = run.id
    ping = None if streams_parts else LOOK_SECONDS
    follower = streams.follower(caller.user_id, run.id, after, ping=ping)
    return AskedTurn(request, caller, run, follower, after, asks)
