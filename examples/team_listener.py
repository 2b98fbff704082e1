"""An agent with a small window listens to a team's chat, and then answers questions about its beginning.

The example replays a chat in an AutoGen `GroupChat`. Every speaker is an agent that says its lines in the
order of the file. `listener` has a window of 4,096 tokens, hears all lines and says nothing. Then it gets
questions.

    python examples/team_listener.py                                    # its own small chat
    python examples/team_listener.py --chat team.json --questions q.json

A chat file is JSON with `conversation_list`, a list of messages with `message_id`, `sender_name` and
`content`. A questions file is a JSON list of `{"question": ..., "evidence": [message ids]}`. With `--model`
or `--base-url`, a real model answers.
"""

from __future__ import annotations

import argparse
import json
import tempfile
import time
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import autogen
from autogen.io import IOStream

from memgpt_autogen import MemGPTAgent, Settings
from memgpt_autogen.chosen_models import choose_llm
from memgpt_autogen.events import Evicted, ToolReturned
from memgpt_autogen.llm.protocols import LLM, Completion, ToolChoice, ToolSchema
from memgpt_autogen.messages import WireMessage

WINDOW = 4096
HERE = Path(__file__).parent


def main() -> None:
    options = _options()
    chat = json.loads(options.chat.read_text(encoding="utf-8"))["conversation_list"]
    questions = json.loads(options.questions.read_text(encoding="utf-8")) if options.questions else []
    settings = Settings.load(home=options.home, model=options.model, base_url=options.base_url)
    meter = Meter(choose_llm(settings))
    listener = MemGPTAgent("listener", settings=settings, llm=meter, window_tokens=WINDOW)
    meter.listen_to(listener)

    started = time.perf_counter()
    answers = replay(chat, questions, listener)
    report(chat, answers, listener, meter, time.perf_counter() - started)


@dataclass
class Meter:
    """Wrap a model and measure every prompt that is sent to it."""

    llm: LLM
    budget: Any = None
    sizes: list[int] = field(default_factory=list)

    @property
    def model(self) -> str:
        return self.llm.model

    def listen_to(self, agent: MemGPTAgent) -> None:
        """Measure prompts in the same way as this agent."""
        if agent.loop is not None:
            self.budget = agent.loop.pressure.budget

    def complete(
        self,
        messages: Sequence[WireMessage],
        tools: Sequence[ToolSchema] = (),
        tool_choice: ToolChoice = None,
    ) -> Completion:
        self.sizes.append(self.budget.prompt(messages, tools))
        return self.llm.complete(messages, tools, tool_choice)


@dataclass
class Answer:
    """A question, the listener's answer, and whether the listener's own searches found the evidence."""

    question: str
    evidence: list[str]
    text: str = ""
    found: bool = False
    evictions: int = 0


def replay(
    chat: Sequence[dict[str, Any]], questions: Sequence[dict[str, Any]], listener: MemGPTAgent
) -> list[Answer]:
    """Run one group chat: the lines of the file, then each question by `asker` with the listener's answer."""
    texts = {message["message_id"]: message["content"] for message in chat}
    answers = [Answer(q["question"], [texts[i] for i in q["evidence"]]) for q in questions]
    spoken = [(_name(message["sender_name"]), message["content"]) for message in chat]
    spoken += [turn for q in answers for turn in (("asker", q.question), (listener.name, ""))]
    lines = {name: iter([text for who, text in spoken if who == name]) for name, _ in spoken}
    agents = {name: _speaker(name, lines[name]) for name in lines if name != listener.name}
    agents[listener.name] = listener
    order = iter(spoken[1:])
    waiting = iter(answers)

    def select(last: Any, group: Any) -> Any:
        if last is listener:
            _take(next(waiting), group.messages[-1]["content"], listener)
        return agents[next(order)[0]]

    group = autogen.GroupChat(
        agents=list(agents.values()), messages=[], max_round=len(spoken), speaker_selection_method=select
    )
    manager = autogen.GroupChatManager(groupchat=group, llm_config=False, silent=True)
    first = agents[spoken[0][0]]
    with IOStream.set_default(Quiet()):
        first.initiate_chat(manager, message=next(lines[first.name]), silent=True)
    if answers:
        _take(next(waiting), group.messages[-1]["content"], listener)
    return answers


def report(
    chat: Sequence[dict[str, Any]], answers: list[Answer], listener: MemGPTAgent, meter: Meter, seconds: float
) -> None:
    """Compare the log with the file, the prompts with the window, and the searches with the evidence."""
    log = listener.memory.log.spoken_tail(len(chat) + 10_000)
    heard = [(e.message.name, e.message.text) for e in log if e.message.kind == "message"]
    expected = [(_name(message["sender_name"]), message["content"]) for message in chat]
    exact = heard[: len(expected)] == expected and len(heard) == len(expected) + len(answers)
    for answer in answers:
        print(
            f"\nQ: {answer.question}\nA: {answer.text}\n   evidence found: {'yes' if answer.found else 'no'}"
        )
    print(f"\nmessages in the log: {len(heard) - len(answers)} of {len(expected)} from the chat", end="")
    print(f", each once, by the right speaker and in order: {'yes' if exact else 'NO'}")
    print(f"evictions: {listener.memory.queue.evictions()}")
    print(
        f"largest prompt: {max(meter.sizes, default=0):,} of {WINDOW:,} tokens in {len(meter.sizes)} prompts"
    )
    print(
        "questions whose evidence the agent's own searches found: "
        f"{sum(a.found for a in answers)} of {len(answers)}"
    )
    print(f"seconds: {seconds:.1f}\n")
    print(listener.context_overview())


def _take(answer: Answer, text: str, listener: MemGPTAgent) -> None:
    """Store the answer, and look for the evidence in the results of the listener's searches in this turn."""
    answer.text = text
    answer.evictions = sum(isinstance(event, Evicted) for event in listener.last_turn)
    results = "\n".join(
        event.text
        for event in listener.last_turn
        if isinstance(event, ToolReturned)
        and event.ok
        and event.call.name.endswith(("search", "search_date"))
    )
    answer.found = any(
        json.dumps(text, ensure_ascii=False)[1:-1][:200] in results for text in answer.evidence
    )


def _speaker(name: str, lines: Iterator[str]) -> Any:
    speaker = autogen.ConversableAgent(name, llm_config=False, human_input_mode="NEVER", silent=True)
    speaker.register_reply(
        [autogen.Agent, None], lambda _agent, **_: (True, next(lines)), remove_other_reply_funcs=True
    )
    return speaker


def _name(sender: str) -> str:
    return sender.replace(" ", "_")


class Quiet(IOStream):  # type: ignore[misc]
    """Drop AutoGen's own notices, which are not part of the report."""

    def print(self, *objects: Any, sep: str = " ", end: str = "\n", flush: bool = False) -> None:
        del objects, sep, end, flush

    def send(self, message: Any) -> None:
        del message

    def input(self, prompt: str = "", *, password: bool = False) -> str:
        del prompt, password
        return ""


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(description=__doc__.split("\n", 1)[0] if __doc__ else None)
    parser.add_argument("--chat", type=Path, default=HERE / "team_listener_chat.json")
    parser.add_argument(
        "--questions", type=Path, help="default: the questions of this example, for its own chat"
    )
    parser.add_argument("--home", type=Path, help="default: a temporary folder")
    parser.add_argument("--model")
    parser.add_argument("--base-url")
    options = parser.parse_args()
    own = HERE / "team_listener_questions.json"
    if options.questions is None and options.chat == HERE / "team_listener_chat.json":
        options.questions = own
    options.home = options.home or Path(tempfile.mkdtemp(prefix="team-listener-"))
    return options


if __name__ == "__main__":
    main()
