"""The operations of `apply`. Written by docs/write_client.py from the OpenAPI file."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from memgpt_autogen.client.operation import AsyncCaller, Caller, Operation
from memgpt_autogen.service.schemas.apply import AgentsFile, ApplyAnswer, ApplyBody

APPLY: Operation[ApplyAnswer] = Operation(
    "apply",
    "POST",
    "/api/v1/apply",
    parameters=(),
    body=ApplyBody,
    area="apply",
    answer=ApplyAnswer,
)


class ApplyOperations(Caller):
    """The operations of `apply`."""

    def apply(
        self,
        file: AgentsFile | Mapping[str, Any] | None = None,
        *,
        toml: str | None = None,
        dry_run: bool = False,
        overwrite: bool = False,
        prune: bool = False,
        remove: Sequence[str] | None = None,
    ) -> ApplyAnswer:
        """Make the agents, blocks, archives and documents that a file declares, and say what that
        changed.

        It can be repeated without harm. Nothing is deleted without `prune` and `remove`, and texts that
        agents have edited stay without `overwrite`. Each agent is changed completely or not at all; one
        that cannot be is in the answer as failed.

        `toml`: The text of an agents.toml; this or `file`.
        `dry_run`: Whether this only says what would change.
        `overwrite`: Whether texts that agents have edited themselves are replaced.
        `prune`: Whether agents of the file lose the blocks, archives and documents that it does not name.
        `remove`: Agents that are deleted with all that they remember. The file has none of them.
        """
        return self._call(
            APPLY,
            {
                "file": file,
                "toml": toml,
                "dry_run": dry_run,
                "overwrite": overwrite,
                "prune": prune,
                "remove": remove,
            },
        )


class AsyncApplyOperations(AsyncCaller):
    """The operations of `apply`, for an event loop."""

    async def apply(
        self,
        file: AgentsFile | Mapping[str, Any] | None = None,
        *,
        toml: str | None = None,
        dry_run: bool = False,
        overwrite: bool = False,
        prune: bool = False,
        remove: Sequence[str] | None = None,
    ) -> ApplyAnswer:
        """Make the agents, blocks, archives and documents that a file declares, and say what that
        changed.

        It can be repeated without harm. Nothing is deleted without `prune` and `remove`, and texts that
        agents have edited stay without `overwrite`. Each agent is changed completely or not at all; one
        that cannot be is in the answer as failed.

        `toml`: The text of an agents.toml; this or `file`.
        `dry_run`: Whether this only says what would change.
        `overwrite`: Whether texts that agents have edited themselves are replaced.
        `prune`: Whether agents of the file lose the blocks, archives and documents that it does not name.
        `remove`: Agents that are deleted with all that they remember. The file has none of them.
        """
        return await self._call(
            APPLY,
            {
                "file": file,
                "toml": toml,
                "dry_run": dry_run,
                "overwrite": overwrite,
                "prune": prune,
                "remove": remove,
            },
        )
