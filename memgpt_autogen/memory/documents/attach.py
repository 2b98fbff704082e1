"""Attaching: from a path, an address or a text to sources of an archive, one document after the other."""

from __future__ import annotations

import hashlib
import re
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Optional, Union

from memgpt_autogen.errors import ConfigurationError, DocumentError, FetchError
from memgpt_autogen.memory.documents.catalogue import Source
from memgpt_autogen.memory.documents.sources import Sources
from memgpt_autogen.readers.open import Document, files_below, open_bytes, open_file, open_text
from memgpt_autogen.text.safe import one_line

MOST_FETCHED = 50_000_000
"""Bytes of a document that is fetched."""

FETCH_SECONDS = 120.0

What = Union[str, Path]


@dataclass(frozen=True, slots=True)
class Progressed:
    """How far attaching has come."""

    name: str
    """The document that is being loaded."""
    document: int
    """Which one it is, from 1, of so many `documents`."""
    documents: int
    bytes: int
    """How many are done, of so many `all_bytes`; estimated from the characters of the document that is being loaded."""
    all_bytes: int
    passages: int
    """How many of this run's passages are in."""


Told = Callable[[Progressed], object]


@dataclass(frozen=True, slots=True)
class Attached:
    """What attaching has brought; print it."""

    came: tuple[Source, ...] = ()
    changed: tuple[Source, ...] = ()
    unchanged: tuple[Source, ...] = ()
    failed: tuple[tuple[str, str], ...] = ()
    """Path and error of what could not be read."""
    archive: str | None = None
    """The shared archive that can be read now."""

    @property
    def sources(self) -> tuple[Source, ...]:
        return self.came + self.changed + self.unchanged

    def __str__(self) -> str:
        lines = [f"archive '{self.archive}' can be read now"] if self.archive else []
        for what, found in (
            ("came", self.came),
            ("changed", self.changed),
            ("was there already", self.unchanged),
        ):
            lines += [f"{what}: {source}" for source in found[:20]]
            if len(found) > 20:
                lines.append(f"{what}: {len(found) - 20:,} more")
        lines += [f"failed: {error}" for _, error in self.failed]
        return "\n".join(lines)


def attach(
    into: Sources,
    what: Optional[What] = None,
    *,
    text: str | None = None,
    name: str | None = None,
    tags: Sequence[str] = (),
    wait: bool = True,
    allow_private: bool = False,
    told: Told | None = None,
) -> Attached:
    """Load what is at a path or an address, or a text, into an archive.

    Of a folder, files that cannot be read are told in the result. Raises `DocumentError` where the one document that was meant
    cannot be read, `FetchError` where it cannot be fetched.
    """
    if (what is None) == (text is None):
        raise ConfigurationError(
            "give what to attach: a path, an address, or text=... with the text itself; one of them."
        )
    if isinstance(what, str) and "\n" in what:
        raise ConfigurationError("a path or an address has no line breaks. Give a text as attach(text=...).")
    steps: list[_Step] = []
    if text is not None:
        document = open_text(text, name)
        steps.append(_Step(document.name, document.size, lambda: document))
    elif isinstance(what, str) and is_address(what):
        steps.append(_Step(what, 0, lambda: fetched(what, name, allow_private=allow_private)))
    else:
        path = Path(what or "").expanduser()
        if not path.exists():
            raise DocumentError(
                f"{path} is not there. Give the path of a file or folder, or an address with https://."
            )
        if not path.is_dir():
            steps.append(_Step(str(path), path.stat().st_size, lambda: open_file(path, name)))
        else:
            steps += _steps_below(path, name)
            if not steps:
                raise DocumentError(f"the folder {path} has no files. Nothing was attached.")
            return _load(into, steps, named=False, skips=True, tags=tags, wait=wait, told=told)
    return _load(into, steps, named=name is not None, skips=False, tags=tags, wait=wait, told=told)


def is_address(text: str) -> bool:
    return text.lower().startswith(("http://", "https://"))


def fetched(address: str, name: str | None = None, *, allow_private: bool = False) -> Document:
    """The document at an address."""
    from memgpt_autogen.web.fetch import fetch

    found = fetch(address, allow_private=allow_private, most_bytes=MOST_FETCHED, seconds=FETCH_SECONDS)
    origin = without_secrets(found.url)
    called = name or origin.partition("://")[2].rstrip("/")
    return open_bytes(found.body, called, origin=origin, media_type=found.content_type)


def without_secrets(address: str) -> str:
    """An address as it is kept: where its query may hold a key, a mark stands for it that tells it from others."""
    plain, _, query = address.partition("#")[0].partition("?")
    if not query:
        return plain
    if SECRET.search(query):
        return f"{plain}?{hashlib.sha256(query.encode()).hexdigest()[:12]}"
    return f"{plain}?{query}"


SECRET = re.compile(
    r"(?:^|[&;_-])(?:\w*(?:key|token|sig|signature|secret|pass|password|auth|credential|session|jwt)\w*|code)=",
    re.IGNORECASE,
)
"""Names of parameters that may hold what nobody else should know."""


@dataclass(frozen=True, slots=True)
class _Step:
    path: str
    bytes: int
    open: Callable[[], Document]


def _steps_below(folder: Path, name: str | None) -> Iterator[_Step]:
    for path in files_below(folder):
        below = path.relative_to(folder).as_posix()
        called = f"{name}/{below}" if name else below

        def opened(path: Path = path, called: str = called) -> Document:
            return open_file(path, called)

        yield _Step(str(path), path.stat().st_size, opened)


def _load(
    into: Sources,
    steps: Sequence[_Step],
    *,
    named: bool,
    skips: bool,
    tags: Sequence[str],
    wait: bool,
    told: Told | None,
) -> Attached:
    found: dict[str, list[Source]] = {"came": [], "changed": [], "unchanged": []}
    failed: list[tuple[str, str]] = []
    all_bytes, before, passages = sum(step.bytes for step in steps), 0, 0
    for number, step in enumerate(steps, 1):
        new = 0

        reached = Progressed(step.path, number, len(steps), before, all_bytes, passages)

        def passed(
            characters: int, count: int, reached: Progressed = reached, size: int = step.bytes
        ) -> None:
            nonlocal new
            new = count
            if told:
                done = reached.bytes + min(size, characters)
                told(replace(reached, bytes=min(done, all_bytes), passages=reached.passages + count))

        try:
            document = step.open()
            source, how = into.load(document, named=named, tags=tags, wait=wait, passed=passed)
            found[how].append(source)
        except (DocumentError, FetchError) as error:
            if not skips:
                raise
            failed.append((step.path, _shown(str(error))))
        before += step.bytes
        passages += new
        if told:
            told(Progressed(step.path, number, len(steps), before, all_bytes, passages))
    return Attached(tuple(found["came"]), tuple(found["changed"]), tuple(found["unchanged"]), tuple(failed))


def _shown(text: str) -> str:
    return one_line(text)[1:-1]
