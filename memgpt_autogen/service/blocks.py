"""The blocks of an agent's core memory: read, write, edit, take away, history and undo."""

from __future__ import annotations

from collections.abc import Callable, Collection
from dataclasses import dataclass, replace

from memgpt_autogen.errors import BlockError, ConflictError, NotFoundError, quoted
from memgpt_autogen.llm.model_kinds import NONE
from memgpt_autogen.memory.context.block import Block
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.memory.history.history import Change
from memgpt_autogen.service.agents import between_turns, open_agent
from memgpt_autogen.service.pages import Page, page_among
from memgpt_autogen.service.revisions import ANY, Expected, revision_of
from memgpt_autogen.settings import Settings


@dataclass(frozen=True, slots=True)
class BlockEdit:
    """What changes of a block; None keeps it. Of the ways to change the text, at most one is given."""

    value: str | None = None
    append: str | None = None
    """A text for a new line at the end."""
    old: str | None = None
    """A text that is in the block once, and `new` in its place."""
    new: str | None = None
    limit: int | None = None
    description: str | None = None
    read_only: bool | None = None

    @property
    def text(self) -> str | None:
        """The text that this wants to write."""
        return next((each for each in (self.value, self.append, self.new) if each is not None), None)


def list_blocks(
    settings: Settings,
    agent: str,
    among: Collection[str] | None = None,
    *,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[Block]:
    """Return a page of an agent's blocks, in the order of the prompt."""
    blocks = list(enumerate(open_agent(settings, agent, among, embedder=NONE).core))
    page = page_among(blocks, limit, cursor, lambda each: each[0])
    return Page([block for _, block in page.items], page.next)


def find_block(settings: Settings, agent: str, label: str, among: Collection[str] | None = None) -> Block:
    """Return a block. Raises `NotFoundError` where the agent has none of that label."""
    return _find(open_agent(settings, agent, among, embedder=NONE), label)


def put_block(
    settings: Settings,
    agent: str,
    block: Block,
    among: Collection[str] | None = None,
    *,
    expected: Expected = ANY,
) -> tuple[Block, bool]:
    """Give an agent this block, in place of that of the same label if it has one; return whether it is new.

    A block cannot become shared, or its own: `ConflictError`. Raises `StaleError` with both texts where the
    block is not as expected.
    """
    memory = open_agent(settings, agent, among, embedder=NONE)
    if block.label not in memory.core:
        expected.check_absent(f"block {quoted(block.label)}", block.value)
        memory.core.add([block], if_lacking=True)
        return memory.core[block.label], True

    def put(there: Block) -> Block:
        _check(there, expected, block.value)
        if there.shared != block.shared:
            kind = "shared" if there.shared else "the agent's own"
            raise ConflictError(
                f"block '{block.label}' is {kind} and stays so. Take it away first, or give another label.",
                there.value,
                block.value,
            )
        return block

    return memory.core.revise(block.label, put), False


def edit_block(
    settings: Settings,
    agent: str,
    label: str,
    edit: BlockEdit,
    among: Collection[str] | None = None,
    *,
    expected: Expected = ANY,
) -> Block:
    """Change a block. Raises `ConflictError` with both texts where `old` is not in it exactly once."""
    memory = open_agent(settings, agent, among, embedder=NONE)
    _find(memory, label)
    labels = [block.label for block in memory.core]

    def change(block: Block) -> Block:
        _check(block, expected, edit.text)
        shape = {name: getattr(edit, name) for name in ("limit", "description", "read_only")}
        shape = {name: value for name, value in shape.items() if value is not None}
        # a text that becomes shorter may be what makes a smaller limit possible
        return replace(
            _edited(replace(block, limit=max(block.limit, edit.limit or 0)), edit, labels), **shape
        )

    return memory.core.revise(label, change)


def remove_block(
    settings: Settings,
    agent: str,
    label: str,
    among: Collection[str] | None = None,
    *,
    expected: Expected = ANY,
) -> Block:
    """Take a block away from an agent, and return it. A shared block stays for the others."""
    memory = open_agent(settings, agent, among, embedder=NONE)
    _find(memory, label)
    with between_turns(memory):
        return memory.core.remove(label, lambda block: _check(block, expected, None))


def block_history(
    settings: Settings,
    agent: str,
    label: str,
    among: Collection[str] | None = None,
    *,
    limit: int = 50,
    cursor: str | None = None,
) -> Page[Change]:
    """Return a page of the changes of a block, the newest first. It may be of a block that was taken away."""
    memory = open_agent(settings, agent, among, embedder=NONE)
    changes = [change for change in memory.history() if change.label == label]
    if not changes:
        raise _missing(memory, label)
    return page_among(changes, limit, cursor, lambda change: change.seq, newest=True)


def undo_block(
    settings: Settings,
    agent: str,
    label: str,
    among: Collection[str] | None = None,
    *,
    expected: Expected = ANY,
) -> Block:
    """Take back the newest edit of a block. Raises `HistoryError` where there is none, or one came since."""
    memory = open_agent(settings, agent, among, embedder=NONE)
    _check(_find(memory, label), expected, None)
    with between_turns(memory):
        memory.undo_block(label)
    return memory.core[label]


def share_block(
    settings: Settings,
    agent: str,
    label: str,
    among: Collection[str] | None = None,
) -> Block:
    """Make a block of an agent's own a shared one, which other agents can get."""
    memory = open_agent(settings, agent, among, embedder=NONE)
    _find(memory, label)
    return memory.core.share(label)


def block_revision(block: Block) -> str:
    """Return the revision of a block."""
    return revision_of(
        block.label, block.value, block.limit, block.description, block.read_only, block.shared
    )


def _find(memory: MemoryHierarchy, label: str) -> Block:
    for block in memory.core:
        if block.label == label:
            return block
    raise _missing(memory, label)


def _missing(memory: MemoryHierarchy, label: str) -> NotFoundError:
    labels = ", ".join(block.label for block in memory.core)
    return NotFoundError(f"the agent has no block {quoted(label)}. Its blocks: {labels}.")


def _check(block: Block, expected: Expected, yours: str | None) -> None:
    expected.check(f"block '{block.label}'", block_revision(block), block.value, yours)


def _edited(block: Block, edit: BlockEdit, labels: Collection[str]) -> Block:
    if edit.value is not None:
        return block.rewrite(edit.value)
    if edit.append is not None:
        return block.append(edit.append)
    if edit.old is None:
        return block
    new = edit.new or ""
    replaced = _or_conflict(block, new, lambda: block.replace(edit.old or "", "", labels=labels))
    del replaced  # only whether the place is there: a text that is too long is no conflict
    return block.replace(edit.old, new, labels=labels)


def _or_conflict(block: Block, yours: str, change: Callable[[], Block]) -> Block:
    try:
        return change()
    except BlockError as error:
        raise ConflictError(str(error), block.value, yours) from error
