"""Responses as the database has them: from the input and the events of their runs."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from memgpt_autogen.errors import NotFoundError
from memgpt_autogen.memory.storage.runs.run_events import read_all_events
from memgpt_autogen.memory.storage.runs.run_rows import EventRow, Run
from memgpt_autogen.server.caller import Caller
from memgpt_autogen.server.facades.openai.errors import RequestError
from memgpt_autogen.server.facades.openai.responses.head import NOTED, ResponseHead
from memgpt_autogen.server.facades.openai.responses.ids import ResponseId
from memgpt_autogen.server.facades.openai.responses.output import ResponseOutput
from memgpt_autogen.service import runs
from memgpt_autogen.service.turns.following import Streamed, event_data

FOLLOWS = "follows"
"""What a run notes where a part of another run belongs to the same response, and comes before it."""

_ENDS = ("turn_ended", "error")


@dataclass(frozen=True, slots=True)
class StoredResponse:
    """A response whose run there is."""

    id: ResponseId
    run: Run
    rows: tuple[EventRow, ...]
    """The events of its part of the run, and of none after it."""
    before: StoredResponse | None = None
    """The part of another run that belongs to the same response."""
    previous: str = ""
    """The response before it in the same run."""

    @property
    def head(self) -> ResponseHead:
        return ResponseHead.of(self.run, str(self.id), self.previous)

    @property
    def is_over(self) -> bool:
        return bool(self.rows) and self.rows[-1].kind in _ENDS

    @property
    def chat(self) -> str:
        """The chat in which its words were said."""
        return next((str(each["chat"]) for each in self.run.input.get("said", ()) if each.get("chat")), "")

    def output(self, starting_after: int = -1) -> ResponseOutput:
        """Return the response as far as its events are stored."""
        output = ResponseOutput(self.head, starting_after)
        output.begin()
        for part in (self.before, self):
            if part is None or output.must_act:
                continue
            output.goes_on()
            for row in part.rows:
                output.take(Streamed(row.kind, event_data(part.run.id, row), row.number))
        if self.run.state == "queued" and not self.rows:
            output.status = "queued"
        if self.run.cancelled:
            output.cancel()
        return output

    def input_items(self) -> list[dict[str, Any]]:
        """Return what was said to the agent, and the results that it was given, the oldest first."""
        said = [(each.get("text", ""), "user") for each in self.run.input.get("said", ())]
        items: list[dict[str, Any]] = self.before.input_items() if self.before else []
        name = str(self.id).removeprefix("resp_")
        if self.id.after:
            said = []
            functions = {tool["function"]["name"] for tool in self.head.tools}
            items += [
                {
                    "id": f"fco_{name}_{place}",
                    "type": "function_call_output",
                    "call_id": row.data["call"]["id"],
                    "output": row.data["text"],
                    "status": "completed",
                }
                for place, row in enumerate(self.rows)
                if row.kind == "tool_returned" and row.data["call"]["name"] in functions
            ]
        for place, (text, role) in enumerate(said):
            content = [{"type": "input_text", "text": text}]
            item = {"id": f"msg_{name}_in_{place}", "type": "message", "role": role, "content": content}
            items.append({**item, "status": "completed"})
        return items


def read_response(caller: Caller, text: object) -> StoredResponse:
    """Return the response with this id.

    Raises `NotFoundError` where there is none, it was not to be stored, or its events were deleted.
    """
    found = _read(caller, ResponseId.parse(text))
    if found is None or not found.head.is_stored:
        raise NotFoundError(f"there is no response {text}.")
    return found


def missing(id_: str) -> RequestError:
    return RequestError(
        f"there is no response {id_!r:.80}. A request with store=false leaves none, and old ones are "
        "deleted; the log of the agent has what was said.",
        status=404,
    )


def missing_previous(id_: object) -> RequestError:
    return RequestError(
        f"there is no response {id_!r:.80} to go on after. Leave previous_response_id out: the agent "
        "remembers what was said.",
        param="previous_response_id",
        code="previous_response_not_found",
    )


def _read(caller: Caller, id_: ResponseId | None) -> StoredResponse | None:
    if id_ is None:
        return None
    try:
        run, _ = runs.get_run(caller.settings, id_.run_id)
    except NotFoundError:
        return None
    # a key for certain agents may have asked forks of them
    if not (caller.agents is None or run.agent_id in caller.agents or run.key_id == caller.key_id):
        return None
    noted = run.input.get(NOTED)
    if noted is None or not run.has_events:
        return None
    rows = read_all_events(runs.home_database(caller.settings), run.id)
    ends = [row.number for row in rows if row.kind in _ENDS]
    begins = [0, *ends]
    if id_.after not in begins:
        return None
    end = next((number for number in ends if number > id_.after), None)
    part = tuple(row for row in rows if row.number > id_.after and (end is None or row.number <= end))
    if id_.after and not part and run.state == "suspended":  # it has not gone on
        return None
    previous = ""
    if id_.after:
        previous = str(ResponseId(run.id, begins[begins.index(id_.after) - 1]))
    before = None if id_.after else _read(caller, ResponseId.parse(noted.get(FOLLOWS)))
    return StoredResponse(id_, run, part, before, previous)
