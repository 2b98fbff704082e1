"""A conversation with one agent in the terminal."""

from __future__ import annotations

import sys
from pathlib import Path

from rich.console import Console
from rich.markup import escape

from memgpt_autogen.assembly import choose_llm, open_loop, open_memory, window_for
from memgpt_autogen.display.texts import harmless
from memgpt_autogen.errors import MemGPTError
from memgpt_autogen.events import Replied
from memgpt_autogen.llm.discover import Backend, discover
from memgpt_autogen.loop import HeartbeatLoop
from memgpt_autogen.messages import Message
from memgpt_autogen.settings import Settings
from memgpt_autogen.telling import line


def converse(
    name: str,
    me: str,
    *,
    home: Path | None = None,
    model: str | None = None,
    base_url: str | None = None,
    window_tokens: int | None = None,
) -> int:
    """Talk until the input ends; the exit code is 1 when the agent could not be opened."""
    console = Console(highlight=False)
    try:
        settings = Settings.load(home=home, model=model, base_url=base_url, window_tokens=window_tokens)
        settings, found = with_what_is_here(settings)
        for backend in found:
            console.print(f"[dim]found {escape(harmless(str(backend)))}[/dim]", soft_wrap=True)
        llm = choose_llm(settings)
        memory = open_memory(name, settings)
        loop = open_loop(memory, llm, window_tokens=window_for(settings, llm))
    except MemGPTError as error:
        console.print(f"[red]{escape(harmless(str(error)))}[/red]", soft_wrap=True)
        return 1
    known = memory.log.count()
    console.print(
        f"[dim]{escape(name)} answers with {escape(llm.model)} and remembers {known} messages ({escape(str(settings.home))}). "
        "An empty line ends.[/dim]",
        soft_wrap=True,
    )
    while text := _line(console, me):
        _exchange(console, loop, Message.said_by(me, text))
    return 0


def with_what_is_here(settings: Settings) -> tuple[Settings, tuple[Backend, ...]]:
    """The settings with a model and a window of this machine's servers where they name none, and what was found for that.

    A server of the user's own comes before a key, since it costs nothing; settings that name a model are kept.
    """
    if settings.model or settings.base_url or settings.api_key or not settings.discover:
        return settings, ()
    found = discover()
    for backend in found:
        for model in backend.models:
            chosen = {"model": model.name, "base_url": backend.base_url}
            window = settings.window_tokens or model.window_tokens
            return settings.model_copy(update={**chosen, "window_tokens": window}), found
    return settings, found


def _line(console: Console, me: str) -> str:
    try:
        return console.input(f"[bold]{escape(me)}>[/bold] " if sys.stdin.isatty() else "").strip()
    except (EOFError, KeyboardInterrupt):
        return ""


def _exchange(console: Console, loop: HeartbeatLoop, message: Message) -> None:
    """One turn; a failing model is told, and the conversation goes on."""
    name = loop.memory.name
    try:
        for event in loop.run([message]):
            if isinstance(event, Replied):
                console.print(
                    f"[bold cyan]{escape(name)}>[/bold cyan] {escape(harmless(event.text))}", soft_wrap=True
                )
            elif told := line(event):
                console.print(f"[dim]  {escape(told)}[/dim]", soft_wrap=True)
    except KeyboardInterrupt:
        console.print("[dim]  interrupted; what was said is kept[/dim]")
    except MemGPTError as error:
        console.print(f"[red]{escape(harmless(str(error)))}[/red]", soft_wrap=True)
