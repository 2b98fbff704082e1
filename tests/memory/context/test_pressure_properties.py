"""What holds of every prompt that is sent, whatever was said and however the endpoint behaves.

It fits the window by a count of the test's own, it is legal for the chat API, it extends the one before
it between edits and evictions, and what left it is in the log to the byte.
"""

from __future__ import annotations

import itertools
import json
import tempfile
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any, ClassVar

import pytest
from fuzzing import TORTURE, examples
from hypothesis import example, given, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test
from legal import illegal

from memgpt_autogen.assembly import open_loop, open_memory
from memgpt_autogen.errors import ContextOverflowError, ModelError
from memgpt_autogen.events import Evicted, Replied, TurnEnded
from memgpt_autogen.images import images_in
from memgpt_autogen.llm.protocols import Completion, Usage
from memgpt_autogen.llm.tokens import ApproximateCounter
from memgpt_autogen.loop.turn import Limits
from memgpt_autogen.memory.context.block import Block
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.messages import Message, ToolCall, WireMessage
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing import ScriptedLLM, call, says
from memgpt_autogen.testing.scripted import Request

pytestmark = pytest.mark.timeout(3000 if TORTURE else 300)

PIECES = [
    "word ",
    "🍵",
    "茶",
    '"',
    "\n",
    "x",
    "\\",
    "é",
    "{}",
    "1234 ",
    "Слово ",
    "\x01",
    "كلمة ",
    "</human> ",
    "a b,c;",
]
LOOK = {"type": "function", "function": {"name": "transfer", "parameters": {"type": "object"}}}

texts = st.one_of(
    st.just(""),
    st.text(max_size=40),
    st.builds(lambda piece, times: piece * times, st.sampled_from(PIECES), st.sampled_from([3, 90, 1500])),
)
giant = st.builds(lambda piece, times: piece * times, st.sampled_from(PIECES), st.just(9000))
short = st.text(max_size=20) | st.sampled_from(PIECES)
nested = st.recursive(
    short | st.integers() | st.booleans() | st.none(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(short, inner, max_size=3),
    max_leaves=12,
)
arguments = st.one_of(
    st.dictionaries(st.sampled_from(["at", "text", "more"]), nested, max_size=3).map(json.dumps),
    st.just(json.dumps({f"key{number}": "v" for number in range(500)})),
    st.just('{"deep": ' + "[" * 200 + "]" * 200 + "}"),
    texts.map(lambda text: json.dumps({"text": text})),
)
images = st.just(
    [{"type": "image_url", "image_url": {"url": "data:image/png;base64," + "iVBORw0KGgo" * 3000}}]
)


@st.composite
def pasts(draw: st.DrawFn, most: int = 8) -> list[Message]:
    """Any log: words, images, steps with several calls whose results come, come late, come twice or never."""
    messages: list[Message] = []
    late: list[Message] = []
    for number in range(draw(st.integers(0, most))):
        kind = draw(
            st.sampled_from(["heard", "heard", "image", "giant", "step", "calls", "spoken", "beat", "late"])
        )
        if kind == "calls":
            calls = tuple(
                ToolCall(
                    f"c{number}_{place}",
                    draw(st.sampled_from(["look", "transfer", "send_message"])),
                    draw(arguments) if place < 2 else "{}",
                )
                for place in range(draw(st.sampled_from([1, 1, 2, 20])))
            )
            messages.append(Message("assistant", draw(texts), "step", tool_calls=calls))
            for made in calls:
                text = draw(texts | giant) if len(messages) < 40 else "ok"
                result = Message.result_of(made, text, ok=len(text) % 3 > 0)
                fate = draw(st.sampled_from(["at once", "at once", "at once", "late", "never"]))
                if fate != "never":
                    (messages if fate == "at once" else late).append(result)
        elif kind == "late" and late:
            messages.append(late.pop(0))
        elif kind in ("heard", "image", "giant"):
            extra = {"content": draw(images)} if kind == "image" else {}
            text = draw(giant if kind == "giant" else texts)
            messages.append(Message.said_by(draw(st.sampled_from(["ben", "Ада", "x" * 60])), text, **extra))
        elif kind == "beat":
            messages.append(Message.event("heartbeat", draw(texts)))
        else:
            messages.append(Message("assistant", draw(texts), "step" if kind == "step" else "spoken"))
    return messages


windows = st.integers(1024, 6000) | st.sampled_from([1024, 2048, 4096, 8192, 32_768, 128_000, 1_000_000])
protocols = st.sampled_from(["memgpt", "native"])
summaries = st.sampled_from(["good", "empty", "failing", "overflowing", "over-long", "giant"])

numbers = itertools.count()


def count(text: str) -> int:
    return ApproximateCounter().count(text)


def size(messages: list[WireMessage], tools: Any = ()) -> int:
    """Count a request: every text that is sent, a little for what surrounds it, and the schemas."""
    tokens = sum(count(json.dumps(tool)) for tool in tools)
    for message in messages:
        tokens += 4 + count(message["content"])
        for made in message.get("tool_calls", ()):
            tokens += 8 + count(made["function"]["name"]) + count(made["function"]["arguments"])
    return tokens


def is_summariser(request: Request) -> bool:
    return "running summary" in request.messages[0]["content"][:80]


class Endpoint:
    """A model with a window: it refuses what is too long, reports its counts or not, and summarises.

    Counts are the test's own times `strictness`.
    """

    model = "endpoint"

    def __init__(
        self, window: int, *, strictness: float = 1.0, tells: bool = True, summary: str = "good"
    ) -> None:
        self.window = window
        self.strictness = strictness
        self.tells = tells
        self.summary = summary
        self.plays: list[Completion] = []
        self.prompts: list[Request] = []
        self.asked_for_summaries: list[Request] = []
        self.refusals = 0
        self.sizes: list[tuple[int, bool]] = []
        """The endpoint's count of each of the agent's prompts, and whether it had told a count before."""
        self.marks: list[Any] = []
        self.mark: Callable[[], Any] = lambda: None
        """What is noted beside each of the agent's prompts."""
        self._told = False

    def complete(self, messages: Any, tools: Any = (), tool_choice: Any = None) -> Completion:
        request = Request(
            json.loads(json.dumps(list(messages))), json.loads(json.dumps(list(tools))), tool_choice
        )
        counted = round(size(request.messages, request.tools) * self.strictness)
        if is_summariser(request):
            self.asked_for_summaries.append(request)
            return self._summarised(counted)
        self.prompts.append(request)
        self.marks.append(self.mark())
        self.sizes.append((counted, self._told))
        self._told = self._told or self.tells
        if counted > self.window:
            self.refusals += 1
            raise ContextOverflowError("too long", counted if self.tells else None)
        usage = Usage(counted, 5) if self.tells else Usage()
        if self.plays:
            played = self.plays.pop(0)
            return Completion(played.text, played.tool_calls, usage, played.finish_reason)
        answer = call("send_message", message="yes") if request.tools else None
        return says("", answer, usage=usage) if answer and self._speaks(request) else says("yes", usage=usage)

    def _speaks(self, request: Request) -> bool:
        return any(tool["function"]["name"] == "send_message" for tool in request.tools)

    def _summarised(self, counted: int) -> Completion:
        if self.summary == "overflowing" or counted > self.window:
            raise ContextOverflowError("too long")
        if self.summary == "failing":
            raise ModelError("down")
        return says(
            {"empty": " \n", "over-long": "long words " * 3000, "giant": "🍵" * 9000}.get(
                self.summary, "They talked."
            )
        )


def fresh_memory(
    home: str | Path, protocol: str = "memgpt", blocks: list[Block] | None = None
) -> MemoryHierarchy:
    settings = Settings.load(home=Path(home), protocol=protocol)
    return open_memory(f"sam{next(numbers)}", settings, blocks=blocks or ())


def assert_kept(memory: MemoryHierarchy, said: list[Message]) -> None:
    """Check that these messages are in the log, unchanged, in order, are found, and have their pictures."""
    logged = [entry.message for entry in memory.log.everything()]
    assert memory.log.images is not None
    shown = [image for message in said for image in images_in(message.extra.get("content"))]
    assert all(memory.log.images.with_bytes(replace(image, body=None)) == image for image in shown)
    said = list(map(memory.log.images.without_bytes, said))
    rest = iter(logged)
    assert all(any(message == found for found in rest) for message in said)
    assert [entry.seq for entry in memory.log.everything()] == list(range(1, len(logged) + 1))
    spoken = [entry.message.spoken for entry in memory.log.spoken_tail(10**6)]
    assert spoken == [message.spoken for message in logged if message.spoken is not None]


def assert_sendable(endpoint: Endpoint, window: int) -> None:
    for request in endpoint.prompts:
        assert illegal(request.messages) is None
        assert size(request.messages, request.tools) <= window - min(1024, window // 8)
    for request in endpoint.asked_for_summaries:
        assert size(request.messages) <= window


@pytest.mark.slow
@examples(12, most=120)
@given(before=pasts(), after=pasts(4), window=windows, protocol=protocols, summary=summaries)
@example([], [Message.said_by("ben", "x" * 10**5)], 1024, "memgpt", "giant")
@example([Message.said_by("ben", "")] * 300, [Message.said_by("ben", "")], 1024, "native", "failing")
def test_every_prompt_fits_and_is_legal_and_what_left_it_is_in_the_log(
    tmp_path: Path, before: list[Message], after: list[Message], window: int, protocol: str, summary: str
) -> None:
    memory = fresh_memory(tmp_path, protocol)
    endpoint = Endpoint(10**9, tells=False, summary=summary)
    loop = open_loop(memory, endpoint, window_tokens=window, limits=Limits(steps=3))
    memory.log.append(*before)

    events = list(loop.run([Message.said_by("boss", "Hello")], foreign=[LOOK]))
    events += list(loop.run(after))

    assert sum(isinstance(event, TurnEnded) for event in events) == 2
    assert_sendable(endpoint, window)
    evictions = sum(isinstance(event, Evicted) for event in events)
    assert len(endpoint.asked_for_summaries) <= max(evictions, 1) * 2
    assert_kept(memory, [*before, *after])


@examples(12, most=120)
@given(
    before=pasts(),
    window=st.integers(2200, 9000),
    strictness=st.floats(0.5, 2.0),
    tells=st.booleans(),
    summary=summaries,
)
def test_an_endpoint_that_counts_up_to_twice_as_much_gets_a_prompt_it_takes(
    tmp_path: Path, before: list[Message], window: int, strictness: float, tells: bool, summary: str
) -> None:
    memory = fresh_memory(tmp_path)
    endpoint = Endpoint(window, strictness=strictness, tells=tells, summary=summary)
    loop = open_loop(memory, endpoint, window_tokens=window, limits=Limits(steps=3))
    memory.log.append(*before)

    said = [event for _ in range(3) for event in loop.run([Message.said_by("boss", "Hello")])]

    assert sum(isinstance(event, Replied) for event in said) >= 3
    assert endpoint.refusals <= (1 if tells else 3)
    assert all(told <= window for told, was_told in endpoint.sizes if was_told)
    assert all(illegal(request.messages) is None for request in endpoint.prompts)
    assert_kept(memory, before)


def a_long_result() -> list[Message]:
    """Twenty calls, of which one returned 9,000 control characters; in JSON each becomes six characters."""
    calls = tuple(ToolCall(f"c{number}", "look", "{}") for number in range(20))
    return [
        Message("assistant", "", "step", tool_calls=calls),
        Message.result_of(calls[0], "\x01" * 9000),
        *(Message.said_by("ben", "") for _ in range(4)),
        Message("assistant", "", "step"),
    ]


@examples(12, most=120)
@given(before=pasts(), window=st.integers(9000, 1_000_000), true_window=st.integers(1400, 8000))
@example(a_long_result(), 55_768, 2542)
@example(a_long_result(), 19_706, 1400)
@example(a_long_result() * 3, 1_000_000, 1400)
def test_a_window_that_is_smaller_than_it_was_said_to_be_is_found_out(
    tmp_path: Path, before: list[Message], window: int, true_window: int
) -> None:
    memory = fresh_memory(tmp_path)
    endpoint = Endpoint(true_window)
    loop = open_loop(memory, endpoint, window_tokens=window, limits=Limits(steps=3))
    memory.log.append(*before)

    said = [event for _ in range(2) for event in loop.run([Message.said_by("boss", "Hello")])]

    assert sum(isinstance(event, Replied) for event in said) >= 2
    assert endpoint.refusals <= 4
    assert_kept(memory, before)


@pytest.mark.slow
@examples(12, most=120)
@given(before=pasts(), sizes=st.lists(windows, min_size=2, max_size=4), protocol=protocols)
def test_a_model_with_another_window_takes_over_the_same_memory(
    tmp_path: Path, before: list[Message], sizes: list[int], protocol: str
) -> None:
    memory = fresh_memory(tmp_path, protocol)
    memory.log.append(*before)

    for window in sizes:
        endpoint = Endpoint(10**9)
        list(open_loop(memory, endpoint, window_tokens=window).run([Message.said_by("boss", "Hello")]))
        assert_sendable(endpoint, window)
    assert_kept(memory, before)


class Turns(RuleBasedStateMachine):
    """Random turns of one agent, also from other processes. Each prompt is compared with the last."""

    begun: ClassVar[list[int]] = []

    @initialize(window=st.sampled_from([1500, 4096, 8192, 32_768]), protocol=protocols)
    def begin(self, window: int, protocol: str) -> None:
        self.begun.append(window)
        self.home = tempfile.TemporaryDirectory(ignore_cleanup_errors=True)
        self.memory = fresh_memory(self.home.name, protocol)
        self.memory.archival.insert("something, since the first passage is told at once")
        self.endpoint = Endpoint(10**9)
        self.endpoint.mark = lambda: (len(self.memory.log.edits()), self.memory.queue.evictions())
        self.loop = open_loop(self.memory, self.endpoint, window_tokens=window, limits=Limits(steps=5))
        self.other = open_memory(
            self.memory.name, Settings.load(home=Path(self.home.name), protocol=protocol)
        )
        self.owed: list[ToolCall] = []
        self.compared = 0

    @rule(
        text=texts,
        made=st.lists(st.sampled_from(["search", "fail", "edit", "think", "foreign", "nothing"]), max_size=3),
    )
    def take_a_turn(self, text: str, made: list[str]) -> None:
        for name in made:
            self.endpoint.plays.append(
                {
                    "search": says("", call("conversation_search", query="word", request_heartbeat=True)),
                    "fail": says(
                        "", call("core_memory_replace", label="x", old_content="a", new_content="b")
                    ),
                    "edit": says("", call("core_memory_append", label="human", content=f"fact {len(text)}")),
                    "think": says("I wonder."),
                    "foreign": says("", call("transfer", to="ben")),
                    "nothing": says(""),
                }[name]
            )
        self.answer_foreign()
        self._run([Message.said_by("ben", text)])

    def answer_foreign(self) -> None:
        """Results of foreign calls arrive before the next turn. A late one changes the prompt at its call."""
        waiting = self.memory.queue.waiting().values()
        self.memory.log.append(*(Message.result_of(made, "transferred") for made in waiting))

    @rule(text=texts)
    def hear_in_another_process(self, text: str) -> None:
        self.answer_foreign()
        self.other.log.append(Message.said_by("ada", text))

    @rule()
    def fail_once(self) -> None:
        self.answer_foreign()
        broken = ScriptedLLM(ModelError("down"))
        real, self.loop.model_call.llm = self.loop.llm, broken
        with pytest.raises(ModelError):
            self._run([Message.said_by("ben", "are you there?")])
        self.loop.model_call.llm = real

    def _run(self, heard: list[Message]) -> None:
        list(self.loop.run(heard, foreign=[LOOK]))

    @invariant()
    def every_prompt_extends_the_one_before(self) -> None:
        if not hasattr(self, "endpoint"):
            return
        sent = [
            (request, mark)
            for request, mark in zip(self.endpoint.prompts, self.endpoint.marks, strict=True)
            if request.tool_choice is None and request.tools
        ]
        compared, self.compared = self.compared, max(len(sent) - 1, 0)
        for (before, edits_and_evictions), (after, same) in itertools.pairwise(sent[compared:]):
            if edits_and_evictions == same:
                assert json.dumps(after.tools) == json.dumps(before.tools)
                assert json.dumps(after.messages).startswith(json.dumps(before.messages)[:-1])

    def teardown(self) -> None:
        if hasattr(self, "home"):
            self.memory.archival.close()
            self.home.cleanup()


@pytest.mark.slow
def test_every_prompt_of_random_turns_extends_the_one_before(
    record_property: Callable[[str, object], None],
) -> None:
    begun = len(Turns.begun)

    run_state_machine_as_test(Turns, settings=settings(examples(3, most=30), stateful_step_count=12))

    record_property("tried: sequences of turns", len(Turns.begun) - begun)


def test_an_edit_makes_a_new_head_and_nothing_else_does(tmp_path: Path) -> None:
    endpoint = Endpoint(10**9)  # T61
    loop = open_loop(fresh_memory(tmp_path), endpoint, window_tokens=8192)
    for text in ("one", "two"):
        list(loop.run([Message.said_by("ben", text)]))
    loop.memory.core.set("human", "Ben likes tea")
    list(loop.run([Message.said_by("ben", "three")]))

    first, second, third = loop.pressure.sent

    assert first.stable_tokens == 0
    assert second.stable_share > 0.9
    assert second.stable_tokens == first.prompt_tokens
    assert 0.5 < third.stable_share < second.stable_share
