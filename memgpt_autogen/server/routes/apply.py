"""Apply a file of agents."""

from __future__ import annotations

from memgpt_autogen.server.authentication import Writer
from memgpt_autogen.server.routes.area import area
from memgpt_autogen.service.apply import apply_file, read_body
from memgpt_autogen.service.schemas.apply import ApplyAnswer, ApplyBody

router = area("apply")


@router.post("/apply")
def apply(caller: Writer, body: ApplyBody) -> ApplyAnswer:
    """Make the agents, blocks, archives and documents that a file declares, and say what that changed.

    It can be repeated without harm. Nothing is deleted without `prune` and `remove`, and texts that agents
    have edited stay without `overwrite`. Each agent is changed completely or not at all; one that cannot be
    is in the answer as failed.
    """
    caller.check_whole("a file may have any agent")
    file, options = read_body(body)
    done = apply_file(caller.settings, file, options)
    caller.note("", ", ".join(file.agents), action="plan" if body.dry_run else None)
    return ApplyAnswer.model_validate(done)
