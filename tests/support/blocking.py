"""An `AsyncClient` whose methods return at once what they would return to `await`, on a loop in a thread."""

from __future__ import annotations

import inspect
from collections.abc import Iterator
from typing import Any

from anyio.from_thread import BlockingPortal
from typing_extensions import Self

from memgpt_autogen.client import AsyncClient, AsyncRunStream


class Blocking:
    """Looks like a `Client`, and is an `AsyncClient`."""

    def __init__(self, client: AsyncClient, portal: BlockingPortal) -> None:
        self._client = client
        self._portal = portal

    def __getattr__(self, name: str) -> Any:
        method = getattr(self._client, name)
        if name in ("stream_run", "follow_run"):
            return lambda *args, **kwargs: BlockingStream(method(*args, **kwargs), self._portal)
        if name == "iterate":  # whose first argument is a method
            return lambda each, *args, **kwargs: self._all(method(self._unwrapped(each), *args, **kwargs))
        if inspect.isasyncgenfunction(method):
            return lambda *args, **kwargs: self._all(method(*args, **kwargs))

        def call(*args: Any, **kwargs: Any) -> Any:
            return self._portal.call(lambda: method(*args, **kwargs))

        call.__name__ = name
        return call

    def _unwrapped(self, method: Any) -> Any:
        return getattr(self._client, method.__name__)

    def _all(self, items: Any) -> list[Any]:
        async def collect() -> list[Any]:
            return [item async for item in items]

        return self._portal.call(collect)


class BlockingStream:
    """Looks like a `RunStream`."""

    def __init__(self, stream: AsyncRunStream, portal: BlockingPortal) -> None:
        self._stream = stream
        self._portal = portal

    def __iter__(self) -> Iterator[Any]:
        async def next_of() -> Any:
            return await anext(self._stream, None)

        while (event := self._portal.call(next_of)) is not None:
            yield event

    def texts(self) -> list[str]:
        async def collect() -> list[str]:
            return [text async for text in self._stream.texts()]

        return self._portal.call(collect)

    def close(self) -> None:
        self._portal.call(self._stream.aclose)

    @property
    def run_id(self) -> str | None:
        return self._stream.run_id

    @property
    def after(self) -> int:
        return self._stream.after

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_error: object) -> None:
        self.close()
