"""`demo`: a group chat with an agent that remembers it, also in a new process.

Each part runs in a process of its own, so that only the home folder can transfer the memory.
"""

from __future__ import annotations

import subprocess
import sys
import tempfile
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer

from memgpt_autogen.cli import output
from memgpt_autogen.cli.agents import load_settings
from memgpt_autogen.cli.app import DONE, TALK, command
from memgpt_autogen.cli.options import BaseUrl, Home, Model, Window

if TYPE_CHECKING:
    from rich.console import Console

    from memgpt_autogen.conversable import MemGPTAgent
    from memgpt_autogen.settings import Settings

WINDOW = 4096
"""A small window, so that it fills within a minute. For a real model, give --window."""

SCRIPT = (
    ("ada", "Hi both! My name is Ada, and I lead the team. Sam, please keep track of what we tell you."),
    ("ben", "Morning! I'm Ben. I live in Lisbon. I'm allergic to peanuts."),
    ("sam", ""),
    ("ada", "Our release is on 14 May. The staging server is called heron."),
    ("sam", ""),
    ("ben", "The coffee machine on the third floor is broken again. Typical Monday."),
    ("ada", "Facilities say that somebody looks at it in the afternoon."),
    ("ben", "The new logo looks like a potato to me, but a friendly one, so why not."),
    ("ada", "Marketing loves the potato. It survived two rounds of feedback."),
    ("ben", "My train was late again, so I read half a novel on the platform."),
    ("ada", "Lucky you. I spent the morning in three meetings that were one e-mail."),
    ("ben", "The window in the small meeting room does not close, by the way; bring a sweater."),
    ("ada", "The plants seem to like it. The one by the door has doubled in size."),
    ("ben", "I found a noodle place around the corner. The queue is short before twelve."),
    ("ada", "Noodles are fine with me, if they keep the peanuts away from you."),
    ("ben", "They do, I asked. The cook was very serious about it and wrote it on his hand."),
    ("ada", "Actually, the release has moved to 21 May."),
    ("sam", ""),
    ("ben", "Good to know, then I take the Friday before off."),
)

QUESTIONS = (
    ("ben", "New week, new day."),
    ("ada", "Sam, when is our release now?"),
    ("sam", ""),
    ("ada", "And what is the staging server called?"),
    ("sam", ""),
    ("ada", "Sam, what did Ben say about the window in the small meeting room?"),
    ("sam", ""),
    ("ben", "Sam, what am I allergic to?"),
    ("sam", ""),
)


def add_to(app: typer.Typer) -> None:
    command(app, rich_help_panel=TALK, here="It needs no server: leave --server out.")(demo)


def demo(
    home: Home = None,
    model: Model = None,
    base_url: BaseUrl = None,
    window: Window = None,
    part: Annotated[int, typer.Option(hidden=True)] = 0,
) -> int:
    """Show a group chat in one process, and answers from memory in a new process."""
    # part 0 runs parts 1 and 2, each as a process; the exit code is that of the first that failed
    settings = load_settings(home, model=model, base_url=base_url, window_tokens=window)
    if part == 0:
        return _run_parts(settings, home, model, base_url, window)
    _talk(settings, SCRIPT if part == 1 else QUESTIONS)
    return DONE


def _run_parts(
    settings: Settings, home: Path | None, model: str | None, base_url: str | None, window: int | None
) -> int:
    from memgpt_autogen.chosen_models import choose_llm
    from memgpt_autogen.llm.discover import discover

    console = output.console()
    llm = choose_llm(settings)
    console.print(
        "[bold]memgpt_autogen[/bold]: sam takes part in an AutoGen group chat; its model is "
        f"[bold]{output.plain(llm.model)}[/bold]."
    )
    if llm.model == "offline":
        output.say(
            console,
            "(offline means built-in rules, no language model; for a model: OPENAI_API_KEY or --base-url)",
            "dim",
        )
        for backend in discover() if settings.discover else ():
            output.say(console, f"found {backend}", "dim")
    with tempfile.TemporaryDirectory(prefix="memgpt-autogen-demo-") as temporary:
        given = {"--home": home or temporary, "--model": model, "--base-url": base_url, "--window": window}
        options = [text for name, value in given.items() if value is not None for text in (name, str(value))]
        for part in (1, 2):
            words = [sys.executable, "-m", "memgpt_autogen.cli", "demo", "--part", str(part), *options]
            ended = subprocess.run(words, check=False)  # noqa: S603 - our own command
            if ended.returncode:
                return ended.returncode
    return DONE


def _talk(settings: Settings, script: tuple[tuple[str, str], ...]) -> None:
    """A group chat in the order of the script: ada and ben say their lines, and sam answers freely."""
    import autogen
    from autogen.io import IOStream
    from rich.rule import Rule

    from memgpt_autogen.conversable import MemGPTAgent

    console = output.console()
    sam = MemGPTAgent("sam", settings=settings, window_tokens=settings.window_tokens or WINDOW)
    known = sam.memory.log.count()
    console.print(Rule(f"a new process, in which sam remembers {known} messages", style="dim"))
    lines = {name: iter([text for who, text in script if who == name]) for name in ("ada", "ben")}
    people = {name: _person(autogen, name, lines[name]) for name in lines}
    order = iter([{"sam": sam, **people}[name] for name, _ in script[1:]])
    chat = autogen.GroupChat(
        agents=[*people.values(), sam],
        messages=[],
        max_round=len(script),
        speaker_selection_method=lambda _last, _chat: _next(console, sam, _chat.messages, order),
    )
    manager = autogen.GroupChatManager(groupchat=chat, llm_config=False, silent=True)
    first = people[script[0][0]]
    with IOStream.set_default(_silent(IOStream)):
        first.initiate_chat(manager, message=next(lines[first.name]), silent=True)
    _print_newest(console, sam, chat.messages)
    console.print(Rule(style="dim"))
    console.print(str(sam.context_overview()), style="cyan", soft_wrap=True)


def _person(autogen: Any, name: str, lines: Iterator[str]) -> Any:
    person = autogen.ConversableAgent(name, llm_config=False, human_input_mode="NEVER", silent=True)
    person.register_reply(
        [autogen.Agent, None], lambda _recipient, **_: (True, next(lines)), remove_other_reply_funcs=True
    )
    return person


def _silent(stream: Any) -> Any:
    """A stream that drops AutoGen's own output."""

    class Silent(stream):  # type: ignore[misc] # AutoGen is imported only when the demo runs
        def print(self, *_objects: Any, **_options: Any) -> None:
            """Print nothing."""

        def send(self, message: Any) -> None:
            """Send nothing."""

        def input(self, prompt: str = "", *, password: bool = False) -> str:
            del prompt, password
            return ""

    return Silent()


def _next(console: Console, sam: MemGPTAgent, messages: list[dict[str, Any]], order: Iterator[Any]) -> Any:
    _print_newest(console, sam, messages)
    return next(order)


def _print_newest(console: Console, sam: MemGPTAgent, messages: list[dict[str, Any]]) -> None:
    """Print the newest message. Before a message of sam, print what sam did with its memory."""
    from memgpt_autogen.display.event_lines import event_line

    name, text = messages[-1]["name"], messages[-1]["content"]
    if name == sam.name:
        for event in filter(None, map(event_line, sam.last_turn)):
            output.say(console, f"     · {event}", "dim")
    color = "bold cyan" if name == sam.name else "bold"
    console.print(f"[{color}]{output.plain(name):>4}[/{color}] {output.plain(text)}", soft_wrap=True)
