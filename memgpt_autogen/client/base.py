"""What clients can do beyond single operations: talk, read streams, go through lists, and wait for jobs.

`BaseClient` is what a client of a server and one without a server have in common.
"""

from __future__ import annotations

import time
from collections.abc import Callable, Generator, Iterator
from types import TracebackType
from typing import Any, Optional, TypeVar

from typing_extensions import ParamSpec, Self

from memgpt_autogen.client.errors import JobFailedError, JobTimeoutError, RunFailedError
from memgpt_autogen.client.operation import UploadedFile
from memgpt_autogen.client.operations import Operations
from memgpt_autogen.client.run_events import RunReader, StreamedEvent
from memgpt_autogen.client.run_stream import RunStream
from memgpt_autogen.service.schemas.base import PageOf
from memgpt_autogen.service.schemas.runs import RunAnswer
from memgpt_autogen.service.schemas.sources import JobAnswer

P = ParamSpec("P")
T = TypeVar("T")

JOB_SECONDS = 3600.0
"""How long a job is waited for by default."""

FINAL = ("ended", "failed", "cancelled")
"""The states of runs that are over."""

# how often a job is looked at, in seconds, at first and at most
_FIRST, _MOST = 0.1, 1.0


class BaseClient(Operations):
    """All operations of the API as methods, and what is made of several of them."""

    def say(self, agent: str, input: Any = "", **options: Any) -> RunAnswer:  # noqa: A002 - as in the API
        """Ask an agent for a turn, wait for its end, and return the run with what the agent has said.

        It takes what `create_run` does, and waits as long as the turn takes; a lost connection does not end
        it. A run that waits for the results of others is `suspended`. Raises `RunFailedError` for one that
        fails.
        """
        replies = []
        with self.stream_run(agent, input, **options) as stream:
            for event in stream:
                if event.kind == "replied":
                    replies.append(event.text)
                if event.ends_turn:
                    break
            run = self.get_run(stream.run_id or "")
        run = run.model_copy(update={"replies": replies})
        if run.state == "failed":
            raise RunFailedError(run)
        return run

    def stream_run(self, agent: str, input: Any = "", **options: Any) -> RunStream:  # noqa: A002
        """Ask an agent for a turn, and return the stream of its events. It takes what `create_run` does.

        A broken connection is opened again, also over a restart of the server: no event comes twice.
        """
        reader = RunReader()
        return RunStream(reader, self._stream(reader, {"agent": agent, "input": input, **options}))

    def follow_run(self, run: str, *, after: int = 0) -> RunStream:
        """Return the stream of a run's events after a number, until its end."""
        reader = RunReader(after, run)
        return RunStream(reader, self._stream(reader, None))

    def iterate(
        self, method: Callable[P, PageOf[T]], *args: P.args, **kwargs: P.kwargs
    ) -> Generator[T, None, None]:
        """Yield all items of a list, page by page: `client.iterate(client.list_agents, search="x")`."""
        while True:
            page = method(*args, **kwargs)
            yield from page.items
            if page.next is None:
                return
            kwargs["cursor"] = page.next

    def follow_job(self, job: str, *, seconds: float = JOB_SECONDS) -> Iterator[JobAnswer]:
        """Yield a job whenever it has changed, until its end. Raises `JobTimeoutError` after `seconds`."""
        watch = JobWatch(seconds)
        while True:
            found = self.get_job(job)
            if watch.has_changed(found):
                yield found
            if watch.is_over(found):
                return
            time.sleep(watch.pause())

    def wait_for_job(self, job: str, *, seconds: float = JOB_SECONDS) -> JobAnswer:
        """Return a job when it has ended. Raises `JobFailedError` for one that has failed."""
        for found in self.follow_job(job, seconds=seconds):
            if found.state == "failed":
                raise JobFailedError(found)
            last = found
        return last

    def load(
        self,
        agent: str,
        file: Optional[UploadedFile] = None,
        *,
        url: Optional[str] = None,
        text: Optional[str] = None,
        name: Optional[str] = None,
        tag: Optional[list[str]] = None,
        seconds: float = JOB_SECONDS,
    ) -> JobAnswer:
        """Load a document into an agent's archive, and return the job when it has ended."""
        job = self.load_source(agent, file, url=url, text=text, name=name, tag=tag)
        return self.wait_for_job(job.id, seconds=seconds)

    def close(self) -> None:
        """Release what the client holds."""

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self.close()

    def _stream(
        self, reader: RunReader, asked: dict[str, Any] | None
    ) -> Generator[StreamedEvent, None, None]:
        """Yield the events of the reader's run, or of one that is `asked` for."""
        raise NotImplementedError


class JobWatch:
    """What was seen of a job, and how long it is waited for."""

    def __init__(self, seconds: float) -> None:
        self._until = time.monotonic() + seconds
        self._seconds = seconds
        self._seen: Optional[JobAnswer] = None
        self._pause = _FIRST

    def pause(self) -> float:
        """Return the seconds until the job is looked at again."""
        pause, self._pause = self._pause, min(_MOST, self._pause * 1.5)
        return pause

    def has_changed(self, job: JobAnswer) -> bool:
        changed, self._seen = job != self._seen, job
        return changed

    def is_over(self, job: JobAnswer) -> bool:
        """Return whether nothing changes any more. Raises `JobTimeoutError` when it takes too long."""
        if job.state in ("ended", "failed"):
            return True
        if time.monotonic() >= self._until:
            raise JobTimeoutError(
                f"'{job.what}' is not loaded after {self._seconds:g} seconds. The job {job.id} goes on; "
                "get_job says how far it is."
            )
        return False
