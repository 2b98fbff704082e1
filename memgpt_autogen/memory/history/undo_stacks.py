"""Undo stacks: what can be undone and redone after a series of changes."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field


@dataclass(slots=True)
class UndoStacks:
    """The stacks keep the `seq` of each change that can be undone or redone.

    The next one is last. The stacks also keep whether a change is an edit of a block.

    The first text of a block, edits by other agents and a fork cannot be undone. A retry cannot be undone,
    since a turn followed it, and neither can earlier changes of the conversation.
    """

    done: dict[int, bool] = field(default_factory=dict)
    undone: dict[int, bool] = field(default_factory=dict)

    def change(self, seq: int, *, is_edit: bool) -> None:
        self.done[seq] = is_edit
        self.undone.clear()

    def undo(self, seq: int | None) -> None:
        _move(seq, self.done, self.undone)

    def redo(self, seq: int | None) -> None:
        _move(seq, self.undone, self.done)

    def take_back(self, seq: int | None) -> None:
        """Apply an edit that a retry takes back."""
        _move(seq, self.done, {})
        self.undone.clear()

    def forget(self, seqs: Iterable[int]) -> None:
        """Apply the end of a block: its edits can be neither undone nor redone."""
        for seq in seqs:
            self.done.pop(seq, None)
            self.undone.pop(seq, None)

    def retry(self) -> None:
        """Apply a retry, after the edits that it takes back."""
        self.done = {seq: True for seq, is_edit in self.done.items() if is_edit}
        self.undone.clear()


def _move(seq: int | None, source: dict[int, bool], target: dict[int, bool]) -> None:
    if seq is not None and seq in source:
        target[seq] = source.pop(seq)
