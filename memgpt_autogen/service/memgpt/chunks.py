"""The events of a turn as MemGPT 0.3 told them: whole steps, pieces of calls, or the older form.

Each function takes the events one after the other, and keeps nothing outside of the state that it is given.
A chunk has the id of its entry in the log and its date. What the agent says is the argument of a call of
`send_message`, and a chunk `assistant_message` beside it.
"""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, Union

from memgpt_autogen.messages import now
from memgpt_autogen.service.memgpt.ids import entry_id, named_id
from memgpt_autogen.service.memgpt.shapes import Usage
from memgpt_autogen.service.problems import status_of_kind
from memgpt_autogen.service.turns.following import Streamed

Form = Literal["steps", "tokens", "old"]
"""`steps`: whole chunks; `tokens`: a call comes in pieces; `old`: a call is one text, without markers."""

Chunk = Union[dict[str, Any], str]
"""What is sent: an object, or the bare text of a marker."""

DONE_STEP, DONE_GEN, DONE = "[DONE_STEP]", "[DONE_GEN]", "[DONE]"

SAYS = "send_message"

WAITS = (
    "the turn waits until somebody allows a call of the agent, or gives its result. This API has no way for "
    "that; POST /api/v1/runs/{run}/results has."
)

STOPPED = "the server stops. Ask again; what was said is in the agent's log."


@dataclass(slots=True)
class Telling:
    """How far a turn was told."""

    agent_id: str
    form: Form = "steps"
    step: int | None = None
    """The entry of the step whose chunks are told; None between two steps."""
    called: bool = False
    """Whether the step has called a function, which ends what the model wrote."""
    said: bool = False
    """Whether the step has a call of `send_message` whose words were not told as `assistant_message`."""
    written: str = ""
    """What was sent of the words that the model still writes."""
    reply: str = ""
    """These words as far as they are known."""
    begun: bool = False
    """Whether pieces of a call of `send_message` were sent that has not ended."""
    calls: int = 0
    """How many calls were sent in pieces."""
    usage: Usage = field(default_factory=Usage)
    ended: bool = False
    """Whether the turn has ended."""
    failed: tuple[int, str] | None = None
    """The status and the text of the error that ended it."""

    def tell(self, event: Streamed) -> list[Chunk]:
        """Return the chunks that an event is."""
        return list(_CHUNKS.get(event.kind, _nothing)(self, event))

    def close(self) -> list[Chunk]:
        """Return the last chunks. A turn whose end was not told failed, since the server stops."""
        if not self.ended and self.failed is None:
            self.failed = 503, STOPPED
        last: list[Chunk] = [] if self.failed is None else [{"error": self.failed[1]}]
        return last if self.form == "old" else [*last, DONE]


def _nothing(_telling: Telling, _event: Streamed) -> Iterator[Chunk]:
    return iter(())


def _thought(telling: Telling, event: Streamed) -> Iterator[Chunk]:
    yield from _new_step(telling, event)
    if event.data["text"]:
        yield _chunk(telling, event, internal_monologue=event.data["text"])


def _tool_called(telling: Telling, event: Streamed) -> Iterator[Chunk]:
    yield from _new_step(telling, event)
    call = event.data["call"]
    telling.said = telling.said or call["name"] == SAYS
    yield from _call(telling, event, call)


def _call(telling: Telling, event: Streamed, call: Mapping[str, Any]) -> Iterator[Chunk]:
    about = {name: call[name] for name in ("id", "name", "arguments")}
    if telling.form == "steps":
        yield _chunk(telling, event, function_call=about)
    elif telling.form == "old":
        yield _chunk(telling, event, function_call=_as_text(call))
    elif call["name"] == SAYS and telling.begun:  # its pieces were sent while it was written
        yield from _end_pieces(telling, event, _message_of(call))
    else:
        yield _chunk(telling, event, function_call={"id": call["id"], "name": call["name"]})
        yield _chunk(telling, event, function_call={"arguments": call["arguments"]})
    telling.called = True


def _tool_returned(telling: Telling, event: Streamed) -> Iterator[Chunk]:
    yield from _end_of_writing(telling)
    status = "success" if event.data["ok"] else "error"
    yield _chunk(telling, event, function_return=event.data["text"], status=status)


def _replied(telling: Telling, event: Streamed) -> Iterator[Chunk]:
    yield from _new_step(telling, event)
    if not telling.said:  # words without a call: old clients look for them in one
        arguments = json.dumps({"message": event.data["text"]}, ensure_ascii=False)
        telling.calls += 1
        call = {"id": _call_id(telling, event), "name": SAYS, "arguments": arguments}
        yield from _call(telling, event, call)
        yield from _end_of_writing(telling)
        yield _chunk(telling, event, function_return="None", status="success")
    yield _chunk(telling, event, assistant_message=event.data["text"])
    telling.said = False


def _reply_part(telling: Telling, event: Streamed) -> Iterator[Chunk]:
    """Tell a piece of what the agent says, as a piece of the arguments of its call."""
    if telling.form != "tokens":
        return
    text = str(event.data["text"])
    telling.reply = text if event.data["anew"] else telling.reply + text
    if telling.begun and not telling.reply.startswith(telling.written):
        yield from _cut_pieces(telling, event)
    if not telling.reply:
        return
    if telling.step is not None and not telling.begun:
        yield from _end_of_step(telling)
    if not telling.begun:
        telling.calls, telling.begun = telling.calls + 1, True
        yield _piece(telling, event, id=_call_id(telling, event), name=SAYS)
        yield _piece(telling, event, arguments='{"message": "')
    piece = _escaped(telling.reply[len(telling.written) :])
    telling.written = telling.reply
    if piece:
        yield _piece(telling, event, arguments=piece)


def _suspended(telling: Telling, event: Streamed) -> Iterator[Chunk]:
    yield from _new_step(telling, event)
    telling.failed = 409, WAITS.format(run=event.data["run_id"])


def _turn_ended(telling: Telling, event: Streamed) -> Iterator[Chunk]:
    if telling.begun:
        yield from _cut_pieces(telling, event)
    yield from _end_of_step(telling)
    used, steps = event.data.get("usage") or {}, int(event.data.get("steps") or 0)
    prompt, completion = (int(used.get(name) or 0) for name in ("prompt_tokens", "completion_tokens"))
    telling.usage = Usage(
        prompt_tokens=prompt,
        completion_tokens=completion,
        total_tokens=prompt + completion,
        step_count=steps,
    )
    telling.ended = True
    if event.data.get("stop_reason") == "cancelled":
        telling.failed = 409, "the turn was cancelled."


def _error(telling: Telling, event: Streamed) -> Iterator[Chunk]:
    yield from _turn_ended(telling, event)
    telling.failed = status_of_kind(str(event.data["error"])), str(event.data["text"])


_CHUNKS = {
    "thought": _thought,
    "tool_called": _tool_called,
    "tool_returned": _tool_returned,
    "replied": _replied,
    "reply_part": _reply_part,
    "suspended": _suspended,
    "turn_ended": _turn_ended,
    "error": _error,
}


def _new_step(telling: Telling, event: Streamed) -> Iterator[Chunk]:
    """End the step before, if the event is of another one."""
    seq = event.data.get("seq")
    if seq is None or seq == telling.step:
        return
    yield from _end_of_step(telling)
    telling.step = seq


def _end_of_writing(telling: Telling) -> Iterator[Chunk]:
    """Tell once in a step that the model has written all of it."""
    if telling.called and telling.form == "tokens":
        yield DONE_GEN
    telling.called = False


def _end_of_step(telling: Telling) -> Iterator[Chunk]:
    yield from _end_of_writing(telling)
    if telling.step is not None and telling.form != "old":
        yield DONE_STEP
    telling.step, telling.said = None, False


def _end_pieces(telling: Telling, event: Streamed, message: str) -> Iterator[Chunk]:
    """Send what is missing of a call that was sent in pieces."""
    if message.startswith(telling.written):
        yield _piece(telling, event, arguments=f'{_escaped(message[len(telling.written) :])}"}}')
        telling.begun, telling.written, telling.reply = False, "", ""
        return
    yield from _cut_pieces(telling, event)
    arguments = json.dumps({"message": message}, ensure_ascii=False)
    telling.calls += 1
    yield _piece(telling, event, id=_call_id(telling, event), name=SAYS)
    yield _piece(telling, event, arguments=arguments)


def _cut_pieces(telling: Telling, event: Streamed) -> Iterator[Chunk]:
    """End a call whose words were taken back: what was sent stays, and what replaces it is another call."""
    yield _piece(telling, event, arguments='"}')
    telling.begun, telling.written = False, ""
    if event.kind != "reply_part":
        telling.reply = ""


def _piece(telling: Telling, event: Streamed, **about: str) -> dict[str, Any]:
    return _chunk(telling, event, function_call=about)


def _chunk(telling: Telling, event: Streamed, **about: Any) -> dict[str, Any]:
    """Return a chunk with its id, which is that of the run while the entry does not exist yet."""
    seq = event.data.get("seq")
    id_ = event.data["run_id"] if seq is None else entry_id(telling.agent_id, seq)
    time = event.data.get("time") or now().isoformat()
    return {**about, "id": id_, "date": time.replace("Z", "+00:00")}


def _call_id(telling: Telling, event: Streamed) -> str:
    """Return an id for a call that is told before the model's own is known."""
    return named_id(event.data["run_id"], "call", str(telling.calls))[:29]


def _escaped(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)[1:-1]


def _message_of(call: Mapping[str, Any]) -> str:
    try:
        return str(json.loads(call["arguments"])["message"])
    except (ValueError, KeyError, TypeError):
        return ""


def _as_text(call: Mapping[str, Any]) -> str:
    """Return a call as the older form has it: its name, and its arguments as Python writes them."""
    try:
        arguments = json.loads(call["arguments"])
    except ValueError:
        arguments = call["arguments"]
    return f"{call['name']}({arguments})"


def as_sse(chunk: Chunk) -> bytes:
    """Return a chunk as the stream has it: a line `data:`, without a name and an id."""
    text = chunk if isinstance(chunk, str) else json.dumps(chunk, ensure_ascii=False)
    return f"data: {text}\n\n".encode("utf-8", "replace")
