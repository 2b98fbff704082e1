"""Tools that edit core memory."""

from __future__ import annotations

from memgpt_autogen.errors import BlockError
from memgpt_autogen.memory.context.block import Block, meant
from memgpt_autogen.memory.context.core import CoreMemory
from memgpt_autogen.tools.tool import Tool


def core_memory_tools(core: CoreMemory) -> list[Tool]:
    """Return the tools that append, replace, insert and rewrite. Each answers with the new size of the block.

    A text that the model quotes from the prompt means the text in the block, see `block.meant`.
    """

    def labels() -> list[str]:
        return [block.label for block in core]

    def core_memory_append(label: str, content: str) -> str:
        """Add a line to a block of core memory.

        Args:
            label: the block, such as human or persona
            content: the line, complete in itself, with names
        """
        text = meant(content, labels())
        return _format_size(core.edit(label, lambda block: block.append(text)))

    def core_memory_replace(label: str, old_content: str, new_content: str) -> str:
        """Change a text in a block of core memory. It must stand there exactly once.

        Args:
            label: the block
            old_content: the text as it stands now
            new_content: what takes its place; empty deletes it
        """
        known = labels()
        text = meant(new_content, known)
        try:
            return _format_size(
                core.edit(label, lambda block: block.replace(old_content, text, labels=known))
            )
        except BlockError as error:
            holders = [block.label for block in core if old_content and old_content in block.value]
            if label in holders or not holders:
                raise
            named = " and ".join(f"'{holder}'" for holder in holders)
            raise BlockError(f"{error} It is in block {named}: use that label.") from error

    def memory_insert(label: str, content: str, line: int = -1) -> str:
        """Insert a line into a block of core memory.

        Args:
            label: the block
            content: the new line
            line: the line to insert after; 0 is the start, -1 the end
        """
        text = meant(content, labels())
        return _format_size(core.edit(label, lambda block: block.insert(text, line)))

    def memory_rethink(label: str, new_memory: str) -> str:
        """Rewrite a whole block of core memory, to condense or reorder it.

        Args:
            label: the block
            new_memory: the complete new text
        """
        text = meant(new_memory, labels())
        return _format_size(core.edit(label, lambda block: block.rewrite(text)))

    return [
        Tool.from_function(function, own=True)
        for function in (core_memory_append, core_memory_replace, memory_insert, memory_rethink)
    ]


def _format_size(block: Block) -> str:
    return f"Done. Block '{block.label}' now has {len(block.value)} of {block.limit} characters."
