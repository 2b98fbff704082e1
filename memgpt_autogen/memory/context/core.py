"""Core memory: labelled blocks that are in every prompt, edited by the model itself.

An edit is one transaction: it reads the newest value, checks the new one, writes it, and appends an
`edit` entry to the log of every agent that has the block. So the state at any point of the past can be
rebuilt from the log.
"""

from __future__ import annotations

import uuid
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import replace
from functools import lru_cache
from typing import Any, Literal

from sqlalchemy import Connection, bindparam, delete, insert, select, update

from memgpt_autogen.errors import BlockError, TakenError
from memgpt_autogen.memory.context.block import Block
from memgpt_autogen.memory.storage.accounts.grants import granted, may_write
from memgpt_autogen.memory.storage.accounts.owners import owned
from memgpt_autogen.memory.storage.database import Database
from memgpt_autogen.memory.storage.log import append_entries
from memgpt_autogen.memory.storage.prepared_query import PreparedQuery
from memgpt_autogen.memory.storage.refusals import RowRefusedError, repeatable
from memgpt_autogen.memory.storage.tables import agents, attachments, blocks, to_column
from memgpt_autogen.messages import Message, now

SharedBlocks = Literal["join", "own"]
"""What happens to a shared block from another home if this home has another text with its label.

`join`: it gets the home's text, as an entry in the log says. `own`: it becomes the agent's alone, with
its own text.
"""


DETACH = "detach"
"""What the change of a block that was taken away is called in the log. The entry's name is its label."""


class CoreMemory:
    """The blocks of one agent, in a fixed order. They are read each time, since other agents may share them.

    Iterates over its blocks; `core["human"]` is one of them.
    """

    def __init__(self, database: Database, agent_id: str) -> None:
        self.agent_id = agent_id
        self._database = database

    def __iter__(self) -> Iterator[Block]:
        with self._database.reading() as connection:
            return iter(self.read(connection))

    def __getitem__(self, label: str) -> Block:
        with self._database.reading() as connection:
            return _block(self._row(connection, label))

    def __contains__(self, label: object) -> bool:
        return any(block.label == label for block in self)

    @repeatable
    def add(self, added: Iterable[Block], *, if_lacking: bool = False) -> None:
        """Attach new blocks at the end. A shared block of the home keeps its text, limit and description.

        Raises `TakenError` when a label is taken; with `if_lacking`, such blocks are left out
        instead.
        """
        if not (added := list(added)):
            return
        with self._database.writing(alone=True) as connection:
            taken = {row.label for row in self._rows(connection)}
            for block in added:
                if block.label in taken and if_lacking:
                    continue  # another process has just made them
                if block.label in taken:
                    raise TakenError(
                        f"core memory has a block '{block.label}' already; choose another label, or edit it "
                        "with set()."
                    )
                there = self._shared(connection, block.label) if block.shared else None
                block_id = there.id if there else self._insert(connection, block)
                self._attach(connection, block_id, len(taken), read_only=block.read_only)
                taken.add(block.label)
                first = _first(_block(self._row(connection, block.label)))
                append_entries(connection, self.agent_id, [first])

    def edit(self, label: str, change: Callable[[Block], Block]) -> Block:
        """Apply the model's change to the newest value. If the change raises, nothing is changed.

        Raises `BlockError` for an unknown label and a read-only block.
        """
        try:
            return self._change(label, change, forced=False)
        except RowRefusedError as error:
            raise BlockError(
                f"the database refused the new text of block '{label}', so nothing was changed. Write it in "
                "other words."
            ) from error

    def set(self, label: str, value: str) -> Block:
        """Overwrite a block from code. Read-only blocks can be overwritten too."""
        return self.revise(label, lambda block: block.rewrite(value))

    def revise(self, label: str, change: Callable[[Block], Block]) -> Block:
        """Apply a change from code to the newest state of a block; if it raises, nothing is changed.

        It may change the text, the limit and the description, which all agents of a shared block get, and
        whether this agent's model may only read it.
        """
        return self._change(label, change, forced=True)

    @repeatable
    def remove(self, label: str, check: Callable[[Block], object] | None = None) -> Block:
        """Take a block away, and return it; if `check` raises for it, nothing is changed.

        A shared block stays for other agents. Raises `BlockError` for an unknown label, and for the last
        block: an agent without any would be a new one.
        """
        with self._database.writing(alone=True) as connection:
            row = self._row(connection, label, lock=True)
            block = _block(row)
            if check is not None:
                check(block)
            if len(self._rows(connection)) == 1:
                raise BlockError(f"block '{label}' is the agent's only one. Give it another one first.")
            held = attachments.c.agent_id == self.agent_id, attachments.c.block_id == row.id
            connection.execute(delete(attachments).where(*held))
            if not row.shared:
                connection.execute(delete(blocks).where(blocks.c.id == row.id))
            gone = Message("system", "", "change", label, extra={"what": DETACH})
            append_entries(connection, self.agent_id, [gone])
        return block

    @repeatable
    def share(self, label: str) -> Block:
        """Make a block of the agent's own a shared one, with its text. One that is shared already stays so.

        Raises `TakenError` if there is another shared block of that label.
        """
        with self._database.writing(alone=True) as connection:
            row = self._row(connection, label, lock=True)
            if row.shared:
                return _block(row)
            if self._shared(connection, label) is not None:
                raise TakenError(
                    f"there is a shared block '{label}' already. Take this one away from the agent, then "
                    "give it the shared one."
                )
            connection.execute(update(blocks).where(blocks.c.id == row.id).values(shared=True))
            edit = edit_entry(label, row.value, row.value, shared=True, code=True)
            append_entries(connection, self.agent_id, [edit])
            return _block(self._row(connection, label))

    def put_back(
        self, connection: Connection, label: str, expected: str, value: str, mark: Mapping[str, object]
    ) -> bool:
        """Write an earlier text as an edit with this `mark`, inside an open transaction.

        Returns False, and changes nothing, if the block's text is not the `expected` one.
        """
        row = self._row(connection, label, lock=True)
        if row.value != expected:
            return False
        self._refuse_anothers(connection, row)
        self._write(connection, row, _block(row).rewrite(value).value, mark=mark)
        return True

    def hold(self, connection: Connection) -> None:
        """Keep others from editing these blocks until the transaction ends.

        An edit locks the block before the logs. Code that locks both must use this order too.
        """
        mine = select(attachments.c.block_id).where(attachments.c.agent_id == self.agent_id)
        connection.execute(
            select(blocks.c.id).where(blocks.c.id.in_(mine)).order_by(blocks.c.id).with_for_update()
        )

    @repeatable
    def restart(self, first: Mapping[str, str]) -> None:
        """Give the agent's own blocks their first texts again, as the first edits of an empty log.

        Only `MemoryHierarchy.reset` does this.
        """
        with self._database.writing() as connection:
            for row in self._rows(connection, lock=True):
                value = row.value if row.shared else first.get(row.label, row.value)
                append_entries(connection, self.agent_id, [_first(_block(row).rewrite(value))])
                self._write(connection, row, value, logged=[self.agent_id])

    def read(self, connection: Connection) -> list[Block]:
        """Return the blocks, inside an open transaction."""
        return [_block(row) for row in _ATTACHED.rows(connection, agent=self.agent_id)]

    def adopt(
        self, connection: Connection, added: Iterable[Block], shared_blocks: SharedBlocks | None
    ) -> None:
        """Attach imported blocks, whose edits are in the log already, inside an open transaction.

        Raises `TakenError` if a shared block has another text here and `shared_blocks` does not
        say which one counts.
        """
        for position, block in enumerate(added):
            there = self.joined(connection, block, shared_blocks)
            if there is None:
                taken = block.shared and self._shared(connection, block.label) is not None
                block_id = self._insert(connection, replace(block, shared=block.shared and not taken))
            else:
                block_id = there.id
                if there.value != block.value:
                    append_entries(
                        connection, self.agent_id, [edit_entry(block.label, block.value, there.value)]
                    )
            self._attach(connection, block_id, position, read_only=block.read_only)

    def joined(self, connection: Connection, block: Block, shared_blocks: SharedBlocks | None) -> Any:
        """Return the home's shared block that this one joins, or None. Raises as `adopt` does."""
        there = self._shared(connection, block.label) if block.shared else None
        if there is None or there.value == block.value:
            return there
        if shared_blocks is None:
            raise TakenError(
                f"this home has a shared block '{block.label}' with another text than the bundle's. Say "
                "which one counts: shared_blocks='join' takes the home's text, shared_blocks='own' makes the "
                "bundle's the agent's alone."
            )
        return there if shared_blocks == "join" else None

    @repeatable
    def _change(self, label: str, change: Callable[[Block], Block], *, forced: bool) -> Block:
        with self._database.writing() as connection:
            row = self._row(connection, label, lock=True)
            before = _block(row)
            if before.read_only and not forced:
                raise BlockError(f"block '{label}' is read-only. Keep this in archival memory instead.")
            self._refuse_anothers(connection, row)
            after = change(before)
            self._write(connection, row, after.value, mark={"code": True} if forced else {})
            if forced:
                self._reshape(connection, row, before, after)
        return after

    def _write(
        self,
        connection: Connection,
        row: Any,
        value: str,
        *,
        logged: Iterable[str] = (),
        mark: Mapping[str, object] | None = None,
    ) -> None:
        """Write a changed text, and an edit into the log of each agent of the block that is not `logged`.

        In this agent's own log the edit has the `mark`; in the others, the name of this agent.
        """
        if value == row.value:
            return
        connection.execute(
            update(blocks).where(blocks.c.id == row.id).values(value=value, updated_at=to_column(now()))
        )
        self._log_edit(connection, row, row.value, value, {}, mark or {}, logged=logged)

    def _log_edit(
        self,
        connection: Connection,
        row: Any,
        before: str,
        after: str,
        shape: Mapping[str, object],
        mark: Mapping[str, object],
        *,
        logged: Iterable[str] = (),
    ) -> None:
        """Append the edit of a block to the logs of its agents that are not `logged`."""
        agent = attachments.c.agent_id
        sharing = select(agent).where(attachments.c.block_id == row.id, agent.not_in(logged)).order_by(agent)
        # always in one order: two edits that lock the same agents must not wait for each other
        for agent_id in connection.scalars(sharing).all():
            about = mark if agent_id == self.agent_id else {"by": self._name(connection)}
            append_entries(connection, agent_id, [edit_entry(row.label, before, after, **shape, **about)])

    def _reshape(self, connection: Connection, row: Any, before: Block, after: Block) -> None:
        """Write a changed limit, description and right, and log them as an edit that keeps the text."""
        shape = {
            name: getattr(after, name)
            for name in ("limit", "description")
            if getattr(after, name) != getattr(before, name)
        }
        if shape:
            values = {"char_limit": after.limit, "description": after.description}
            connection.execute(update(blocks).where(blocks.c.id == row.id).values(values))
            self._log_edit(connection, row, after.value, after.value, shape, {"code": True})
        if after.read_only != before.read_only:
            held = attachments.c.agent_id == self.agent_id, attachments.c.block_id == row.id
            connection.execute(update(attachments).where(*held).values(read_only=after.read_only))
            about = {"read_only": after.read_only, "code": True}
            append_entries(
                connection, self.agent_id, [edit_entry(row.label, after.value, after.value, **about)]
            )

    def _refuse_anothers(self, connection: Connection, row: Any) -> None:
        """Raise `BlockError` for a block of another user that may only be read, for code too."""
        own = row.owner_id == self._database.owner
        if not own and not may_write(connection, self._database, row.id):
            raise BlockError(f"block '{row.label}' belongs to another user, who lets you only read it.")

    def _name(self, connection: Connection) -> str:
        return str(connection.scalar(select(agents.c.name).where(agents.c.id == self.agent_id)))

    def _rows(self, connection: Connection, *only: Any, lock: bool = False) -> list[Any]:
        query = _BLOCKS.where(*only).with_for_update(of=blocks) if lock else _BLOCKS.where(*only)
        return list(connection.execute(query, {"agent": self.agent_id}))

    def _row(self, connection: Connection, label: str, *, lock: bool = False) -> Any:
        for row in self._rows(connection, blocks.c.label == label, lock=lock):
            return row
        labels = ", ".join(f"'{block.label}'" for block in self.read(connection)) or "none"
        raise BlockError(f"core memory has no block '{label}'. Its blocks: {labels}.")

    def _attach(self, connection: Connection, block_id: str, position: int, *, read_only: bool) -> None:
        read_only = read_only or not may_write(connection, self._database, block_id)
        ids = {"agent_id": self.agent_id, "block_id": block_id}
        connection.execute(insert(attachments).values(**ids, position=position, read_only=read_only))

    def _shared(self, connection: Connection, label: str) -> Any:
        """Return the owner's shared block of that label, or one that was granted to the owner, or None."""
        query = select(blocks).where(owned(blocks, self._database), blocks.c.label == label, blocks.c.shared)
        found = connection.execute(query).one_or_none()
        if found is None and (grant := granted(connection, self._database, "block", label)):
            found = connection.execute(select(blocks).where(blocks.c.id == grant.id)).one_or_none()
        return found

    def _insert(self, connection: Connection, block: Block) -> str:
        block_id = str(uuid.uuid4())
        connection.execute(
            insert(blocks).values(
                id=block_id,
                label=block.label,
                value=block.value,
                char_limit=block.limit,
                description=block.description,
                shared=block.shared,
                updated_at=to_column(now()),
                owner_id=self._database.owner,
            )
        )
        return block_id


# the blocks of one agent
_BLOCKS = (
    select(blocks, attachments.c.read_only)
    .join(attachments)
    .where(attachments.c.agent_id == bindparam("agent"))
    .order_by(attachments.c.position)
)
_ATTACHED = PreparedQuery(_BLOCKS)


@lru_cache(maxsize=64)  # every prompt reads the same rows
def _block(row: Any) -> Block:
    return Block(row.label, row.value, row.char_limit, row.description, bool(row.read_only), bool(row.shared))


def _first(block: Block) -> Message:
    """Return the edit with which an agent gets a block, with all of its properties."""
    about = {"limit": block.limit, "description": block.description}
    return edit_entry(block.label, None, block.value, **about, read_only=block.read_only, shared=block.shared)


def edit_entry(label: str, before: str | None, after: str, **about: Any) -> Message:
    """Return the entry of the log that says how a block was changed; `before` is None for its first text."""
    return Message("system", "", "edit", label, extra={"before": before, "after": after, **about})
