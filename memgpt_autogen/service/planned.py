"""What applying a file of agents does, or would do, with each thing. `print` it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Literal

from memgpt_autogen.errors import quoted
from memgpt_autogen.rendering.plain_text import counted

Action = Literal["create", "change", "remove", "keep", "check", "conflict", "failed"]


@dataclass(frozen=True, slots=True)
class Planned:
    """What is done with one thing, or with one field of it."""

    what: str
    name: str
    action: Action = "keep"
    agent: str | None = None
    field: str | None = None
    before: str | None = None
    after: str | None = None
    why: str | None = None

    def __str__(self) -> str:
        place = f"agent {self.agent}: " if self.agent else ""
        field = f", {self.field}" if self.field else ""
        told = f"{self.action:8} {place}{self.what} {self.name}{field}"
        if self.why:
            told += f" ({self.why})"
        if self.action in ("change", "conflict"):
            told += f": {_glance(self.before)} -> {_glance(self.after)}"
        return told


@dataclass(frozen=True, slots=True)
class Applied:
    """What was changed, or would be. `print` it."""

    items: tuple[Planned, ...]
    dry_run: bool = False

    @property
    def changes(self) -> int:
        return self._count("create", "change", "remove")

    @property
    def conflicts(self) -> int:
        return self._count("conflict")

    @property
    def failed(self) -> int:
        return self._count("failed")

    def _count(self, *actions: Action) -> int:
        return sum(each.action in actions for each in self.items)

    def __str__(self) -> str:
        kept = self._count("keep")
        lines = [str(each) for each in self.items if each.action != "keep" or each.why]
        verb = "would be changed" if self.dry_run else "changed"
        lines.append(f"{counted(self.changes, 'thing')} {verb}, {counted(kept, 'thing')} left alone")
        if self.conflicts:
            texts = counted(self.conflicts, "text")
            lines.append(f"{texts} that agents have edited stayed. overwrite=True replaces them.")
        return "\n".join(lines)


@dataclass(frozen=True, slots=True)
class Options:
    """What may be done."""

    dry_run: bool = False
    overwrite: bool = False
    """Whether texts that agents have edited themselves are replaced."""
    prune: bool = False
    """Whether agents of the file lose blocks, archives and documents that it does not name."""
    remove: Sequence[str] = ()
    """Agents that are deleted with all that they remember."""


def _glance(text: str | None) -> str:
    if text is None:
        return "nothing"
    return quoted(text if len(text) <= 60 else f"{text[:57]}...")
