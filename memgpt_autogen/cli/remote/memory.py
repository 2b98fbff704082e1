"""The memory of an agent on a server, as far as commands use it: with the names that a memory here has.

What is not possible over a server raises `ConfigurationError`.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass, fields
from datetime import datetime
from functools import cached_property
from pathlib import Path
from typing import Any, NoReturn, TypeVar
from zoneinfo import ZoneInfo

from memgpt_autogen.client.http_client import Client
from memgpt_autogen.concurrency import Progress
from memgpt_autogen.errors import ConfigurationError, NotFoundError
from memgpt_autogen.memory.context.block import Block
from memgpt_autogen.memory.documents.attach import AttachProgress, AttachResult, ProgressCallback, is_address
from memgpt_autogen.memory.documents.catalogue import Source
from memgpt_autogen.memory.history.history import Change, Changes
from memgpt_autogen.memory.passages import Found, Page, Passage
from memgpt_autogen.memory.recall.search import RecallPage, Utterance
from memgpt_autogen.memory.signals import Signals
from memgpt_autogen.memory.upkeep.forget_report import ForgetRequest, Forgotten
from memgpt_autogen.memory.upkeep.remove import Removed
from memgpt_autogen.messages import Message
from memgpt_autogen.service.schemas.search import HitAnswer, Tier

T = TypeVar("T")

MOST = 200
"""The most items of a page of the server."""


class RemoteMemory:
    """The memory of one agent, by the operations of a server's client."""

    def __init__(self, client: Client, name: str, zone: ZoneInfo) -> None:
        self.client = client
        self.name = name
        self.zone = zone
        self.core = RemoteCore(client, name)
        self.recall = RemoteRecall(client, name)
        self.archival = RemoteArchive(client, name)

    def __getattr__(self, name: str) -> NoReturn:
        if name.startswith("__"):
            raise AttributeError(name)
        raise not_there()

    @property
    def log(self) -> RemoteCounts:
        return RemoteCounts(self.client, self.name)

    @property
    def queue(self) -> RemoteCounts:
        return RemoteCounts(self.client, self.name)

    @property
    def prompt(self) -> RemoteCounts:
        return RemoteCounts(self.client, self.name)

    @property
    def readable(self) -> RemoteMemory:
        return self

    @property
    def own(self) -> list[Source]:
        """Return the documents of the agent's own archive."""
        return [each for each in self.sources() if each.archive is None]

    def history(self, newest: int) -> Changes:
        found = self.client.iterate(self.client.get_history, self.name, limit=min(newest, MOST))
        changes = [_made(Change, each) for each, _ in zip(found, range(newest), strict=False)]
        return Changes(sorted(changes, key=lambda change: change.seq))

    def undo(self, steps: int = 1) -> Changes:
        return Changes(_made(Change, each) for each in self.client.undo(self.name, steps).items)

    def redo(self, steps: int = 1) -> Changes:
        return Changes(_made(Change, each) for each in self.client.redo(self.name, steps).items)

    def pop(self, count: int = 1) -> list[Message]:
        taken = self.client.pop(self.name, count).items
        return [
            Message("user" if each.name else "assistant", each.text, name=each.name, time=each.time)
            for each in taken
        ]

    def rethink(self, text: str) -> str:
        return self.client.rethink(self.name, text).before

    def rewrite(self, text: str) -> str:
        return self.client.rewrite(self.name, text).before

    def sources(self) -> list[Source]:
        return [
            _made(Source, each)
            for each in self.client.iterate(self.client.list_sources, self.name, limit=MOST)
        ]

    def attach(
        self,
        place: str | Path | None = None,
        *,
        archive: str | None = None,
        name: str | None = None,
        told: ProgressCallback | None = None,
        allow_private: bool = False,
        assets: bool = False,
    ) -> AttachResult:
        """Load a file or an address, or attach a shared archive."""
        if archive is not None:
            self.client.attach_archive(self.name, archive)
            return AttachResult(archive=archive)
        if allow_private or assets:
            option = "--allow-private" if allow_private else "--all"
            raise ConfigurationError(
                f"{option} does not work with --server: it fetches no private address, and takes one file at "
                "a time. Load single files."
            )
        if is_address(str(place)):
            job = self.client.load_source(self.name, url=str(place), name=name)
        elif Path(str(place)).expanduser().is_dir():
            raise ConfigurationError(
                f"{place} is a folder, and a server takes one file at a time. Name its files: {place}/*"
            )
        else:
            job = self.client.load_source(self.name, Path(str(place)).expanduser(), name=name)
        for found in self.client.follow_job(job.id):
            if told:
                told(AttachProgress(found.what, 1, 1, found.done, found.total or found.done, 0))
            job = found
        if job.result is None:
            return AttachResult(failed=((str(place), job.error or "it could not be loaded"),))
        known = {each.name: each for each in self.sources()}
        came, changed, unchanged = (
            tuple(known[each] for each in names if each in known)
            for names in (job.result.came, job.result.changed, job.result.unchanged)
        )
        return AttachResult(came, changed, unchanged, notes=tuple(job.result.notes))

    def detach(self, source: str | None = None, *, archive: str | None = None) -> None:
        if archive is not None:
            self.client.detach_archive(self.name, archive)
        elif source is not None:
            self.client.delete_source(self.name, source)

    def export(self, path: Path, *, progress: Progress | None = None) -> Path:  # noqa: ARG002 - as here
        return self.client.export_agent(self.name, path)

    def run_forget(self, request: ForgetRequest) -> Forgotten:
        asked = {each.name: getattr(request, each.name) for each in fields(request)}
        return _made(Forgotten, self.client.forget(self.name, **asked))

    def remove(self, *, dry_run: bool = False) -> Removed:
        return _made(Removed, self.client.delete_agent(self.name, dry_run=dry_run))


@dataclass(frozen=True)
class RemoteCounts:
    """What a log, a queue and a prompt tell of themselves in numbers."""

    client: Client
    name: str

    @cached_property
    def _window(self) -> Any:
        return self.client.get_window(self.name)

    @property
    def outside(self) -> RemoteCounts:
        return self

    @property
    def summary(self) -> Any:
        """Return the summary, which has a `text`; None where there is none."""
        return self.client.get_state(self.name, self.last_seq(), limit=1).summary

    def count(self) -> int:
        """Return how many messages a search can find."""
        return self.client.get_agent(self.name).messages

    def last_seq(self) -> int:
        return self.client.get_agent(self.name).seq

    def passages(self) -> int | None:
        found: int | None = self._window.archival_passages
        return found

    def evictions(self) -> int:
        return int(self._window.evictions)

    def spoken_tail(self, count: int) -> list[Any]:  # noqa: ARG002 - as here
        return []

    def since(self, seq: int) -> Iterator[Any]:  # noqa: ARG002 - as here
        raise not_there()


class RemoteCore:
    """The blocks of an agent."""

    def __init__(self, client: Client, agent: str) -> None:
        self._client = client
        self._agent = agent

    def __iter__(self) -> Iterator[Block]:
        for each in self._client.iterate(self._client.list_blocks, self._agent, limit=MOST):
            yield _made(Block, each)

    def __getitem__(self, label: str) -> Block:
        return _made(Block, self._client.get_block(self._agent, label))

    def set(self, label: str, text: str) -> None:
        self._client.edit_block(self._agent, label, value=text)


class _Searched:
    def __init__(self, client: Client, agent: str) -> None:
        self.client = client
        self.agent = agent

    def _hits(self, query: str, tier: Tier, start: datetime | None, end: datetime | None, **more: Any) -> Any:
        return self.client.search(
            self.agent, [query], tiers=[tier], start=start, end=end, limit=MOST, explain=True, **more
        )


class RemoteRecall(_Searched):
    """The messages of an agent."""

    def search(
        self,
        query: str | None = None,
        *,
        speaker: str | None = None,
        start: datetime | None = None,
        end: datetime | None = None,
        page: int = 0,
        page_size: int = 5,
    ) -> RecallPage:
        if not query:
            raise ConfigurationError("with --server, /recall needs words to search for.")
        found = self._hits(query, "recall", start, end, speaker=speaker)
        items = [
            Utterance(each.seq or 0, each.speaker or "", each.text, each.time, each.score, _why(each))
            for each in found.items
        ]
        trouble = "; ".join(found.troubles)
        return RecallPage(_page(items, page, page_size), len(items), page, page_size, trouble=trouble)


class RemoteArchive(_Searched):
    """The passages of an agent."""

    def search(
        self,
        query: str,
        *,
        start: datetime | None = None,
        end: datetime | None = None,
        as_of: datetime | None = None,
        page: int = 0,
        page_size: int = 5,
    ) -> Page[Found]:
        found = self._hits(query, "archival", start, end, as_of=as_of)
        items = [
            Found(
                _made(Passage, each.passage),
                each.score,
                _why(each),
                each.archive,
                newest=tuple(_made(Passage, newer) for newer in each.newest),
            )
            for each in found.items
            if each.passage is not None
        ]
        shown = tuple(_page(items, page, page_size))
        return Page(shown, len(items), page, page_size, "; ".join(found.troubles))

    def sources(self) -> dict[str, int]:
        """Return how many passages of the agent's own archive came from each source."""
        counts: dict[str, int] = {}
        for each in self.client.iterate(self.client.list_passages, self.agent, limit=MOST):
            if each.source is not None:
                counts[each.source] = counts.get(each.source, 0) + 1
        return dict(sorted(counts.items(), key=lambda each: (-each[1], each[0])))

    def delete_source(self, source: str) -> None:
        self.client.delete_source(self.agent, source)

    def count(self) -> int:
        return self.client.get_window(self.agent).archival_passages or 0

    def tags(self) -> dict[str, int]:
        return {}

    def close(self) -> None:
        """Close nothing: the archive is the server's."""


def open_remote(client: Client, name: str, zone: ZoneInfo) -> RemoteMemory:
    """Return the memory of an agent that exists. Raises `NotFoundError` where there is none."""
    client.get_agent(name)
    return RemoteMemory(client, name, zone)


def find_or_create_remote(
    client: Client,
    name: str,
    zone: ZoneInfo,
    *,
    archive: str | None = None,
    persona: str | None = None,
    human: str | None = None,
) -> RemoteMemory:
    """Return the memory of an agent, which is created if there is none."""
    try:
        client.get_agent(name)
    except NotFoundError:
        client.create_agent(name, archive=archive, persona=persona, human=human)
    else:
        if archive is not None:
            client.attach_archive(name, archive)
    return RemoteMemory(client, name, zone)


def not_there() -> ConfigurationError:
    return ConfigurationError(
        "this does not work with --server. Do it on the server's machine, or through the API: the server's "
        "/docs lists its paths."
    )


def _made(kind: type[T], answer: Any) -> T:
    """Return a value of the package from the answer of a server that has the same fields."""
    known = {each.name for each in fields(kind) if each.init}  # type: ignore[arg-type]  # all are dataclasses
    given = {name: getattr(answer, name) for name in type(answer).model_fields if name in known}
    return kind(**{name: tuple(each) if isinstance(each, list) else each for name, each in given.items()})


def _page(items: Sequence[T], page: int, size: int) -> list[T]:
    return list(items[page * size : (page + 1) * size])


def _why(hit: HitAnswer) -> str:
    return "; ".join(
        str(
            Signals(
                tuple(each.words),
                tuple(each.beside),
                speaker=each.speaker,
                time=each.time,
                meaning=each.meaning,
                lexical=each.lexical,
            )
        )
        for each in hit.why or ()
    )
