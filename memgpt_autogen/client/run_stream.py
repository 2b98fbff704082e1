"""Streams of runs: the events of one turn. They go on after a broken connection, or another start."""

from __future__ import annotations

from collections.abc import AsyncGenerator, AsyncIterator, Generator, Iterator
from types import TracebackType
from typing import Optional

from typing_extensions import Self

from memgpt_autogen.client.run_events import ReplyText, RunReader, StreamedEvent


class RunStream(Iterator[StreamedEvent]):
    """The events of a run. It asks when the first one is read, and ends with the run.

    Leaving it early, by `close` or at the end of a `with`, ends the connection and not the run.
    """

    def __init__(self, reader: RunReader, events: Generator[StreamedEvent, None, None]) -> None:
        self._reader = reader
        self._events = events

    def __iter__(self) -> Self:
        return self

    def __next__(self) -> StreamedEvent:
        return next(self._events)

    @property
    def run_id(self) -> Optional[str]:
        """The id of the run; None before the server has told it."""
        return self._reader.run_id

    @property
    def after(self) -> int:
        """The number of the last stored event that was read, from which `follow_run` reads on."""
        return self._reader.after

    def texts(self) -> Iterator[str]:
        """Yield what the agent says, piece by piece, as it can be printed. Several replies are lines."""
        text = ReplyText()
        for event in self:
            if piece := text.pieces(event):
                yield piece

    def close(self) -> None:
        """End the connection. The run goes on."""
        self._events.close()

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()


class AsyncRunStream(AsyncIterator[StreamedEvent]):
    """The events of a run, on an event loop. It is what `RunStream` is."""

    def __init__(self, reader: RunReader, events: AsyncGenerator[StreamedEvent, None]) -> None:
        self._reader = reader
        self._events = events

    def __aiter__(self) -> Self:
        return self

    async def __anext__(self) -> StreamedEvent:
        return await self._events.__anext__()

    @property
    def run_id(self) -> Optional[str]:
        """The id of the run; None before the server has told it."""
        return self._reader.run_id

    @property
    def after(self) -> int:
        """The number of the last stored event that was read, from which `follow_run` reads on."""
        return self._reader.after

    async def texts(self) -> AsyncIterator[str]:
        """Yield what the agent says, piece by piece, as it can be printed. Several replies are lines."""
        text = ReplyText()
        async for event in self:
            if piece := text.pieces(event):
                yield piece

    async def aclose(self) -> None:
        """End the connection. The run goes on."""
        await self._events.aclose()

    async def __aenter__(self) -> Self:
        return self

    async def __aexit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        await self.aclose()
