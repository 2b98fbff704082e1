"""`run`: open an agent, or make it, and talk."""

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from memgpt_autogen.cli.app import TALKING, command
from memgpt_autogen.cli.options import BaseUrl, Home, Model, Window

if TYPE_CHECKING:
    from rich.console import Console

    from memgpt_autogen.cli.chat.input import Completions, Lines
    from memgpt_autogen.cli.chat.session import Conversation
    from memgpt_autogen.home import TextKind
    from memgpt_autogen.memory.hierarchy import MemoryHierarchy
    from memgpt_autogen.settings import Settings


def add_to(app: typer.Typer) -> None:
    command(app, "run", rich_help_panel=TALKING)(run)
    command(app, "chat", hidden=True)(run)  # its name until there was more to run


def run(
    agent: Annotated[
        Optional[str],
        typer.Option("--agent", "-a", help="The agent to talk to; made if there is none of that name."),
    ] = None,
    persona: Annotated[
        Optional[str], typer.Option(help="Who a new agent is: the name of a persona, or a text.")
    ] = None,
    human: Annotated[
        Optional[str], typer.Option(help="Whom it talks to: the name of a human, or a text.")
    ] = None,
    me: Annotated[str, typer.Option(help="Your name, as the agent hears it.")] = "user",
    home: Home = None,
    model: Model = None,
    base_url: BaseUrl = None,
    window: Window = None,
    *,
    first: Annotated[
        bool, typer.Option("--first", help="You speak first: an empty line asks for no greeting.")
    ] = False,
    no_verify: Annotated[
        bool, typer.Option("--no-verify", help="Begin without looking whether the endpoint answers.")
    ] = False,
    stream: Annotated[
        bool, typer.Option("--stream", help="Show words while the model still writes them.")
    ] = False,
    yes: Annotated[  # noqa: ARG001 - taken, so that scripts for MemGPT run
        bool, typer.Option("--yes", "-y", help="Ask nothing. Nothing is asked as it is; MemGPT did.")
    ] = False,
) -> None:
    """Talk to an agent: a new one, or one that remembers.

    /help lists what can be asked for there; Ctrl-D ends. Without --agent it is the agent that you talked to last. A line is a message; //
    begins and ends one of many lines; Ctrl-C interrupts a turn and loses nothing that was said.
    """
    from memgpt_autogen.cli import output
    from memgpt_autogen.cli.chat.background import BackgroundTask
    from memgpt_autogen.cli.chat.input import PipedLines, TerminalLines, in_a_terminal, messages

    shown, person = output.console(), in_a_terminal()

    def opened() -> Conversation:
        from memgpt_autogen.cli.agents import with_what_is_here
        from memgpt_autogen.cli.chat.session import Conversation
        from memgpt_autogen.settings import Settings

        settings = Settings.load(home=home, model=model, base_url=base_url, window_tokens=window)
        settings, found = with_what_is_here(settings)
        for backend in found:
            output.say(shown, f"found {backend}", "dim")
        if settings.base_url is not None and not no_verify:
            _look_for(settings.base_url)
        memory = _memory(shown, settings, agent, {"persona": persona, "human": human})
        talk = Conversation(shown, lines, memory, settings, me, greets=person and not first, stream=stream)
        _introduce(talk, greets=person and not first)
        return talk

    lines: Lines = PipedLines()
    if not person:
        opened().run(messages(lines, me))
        return
    # what takes half a second to load is loaded beside the first prompt
    opening = BackgroundTask(opened)
    lines = TerminalLines(
        shown=opening.start,
        said=lambda: _said_before(opening.result(), me),
        completions=lambda: _completions(opening.result()),
    )
    texts = messages(lines, f"{me}> ")
    begun = list(islice(texts, 1))
    opening.result().run(chain(begun, texts))


def _memory(
    shown: Console, settings: Settings, agent: str | None, first_texts: dict[TextKind, str | None]
) -> MemoryHierarchy:
    """The agent that is named, or the one that was talked to last; made if there is none."""
    from memgpt_autogen.assembly import open_memory
    from memgpt_autogen.cli import output
    from memgpt_autogen.cli.agents import newest_agent
    from memgpt_autogen.home import NamedTexts, agent_names

    name = agent or newest_agent(settings)
    meant = {kind: NamedTexts(settings.home, kind).resolve(text) for kind, text in first_texts.items()}
    there = agent_names(settings)
    others = [each for each in there if each != name]
    if agent is None and others:
        output.say(shown, f"going on with {name}; /agent changes to {', '.join(others)}", "dim")
    for kind, text in meant.items():
        if name in there and text is not None:
            output.say(
                shown,
                f"{name} has a {kind} already, which --{kind} does not change: memgpt-autogen memory edit {kind} does.",
                "yellow",
            )
    return open_memory(name, settings, persona=meant["persona"], human=meant["human"])


def _introduce(talk: Conversation, *, greets: bool) -> None:
    from memgpt_autogen.cli import output

    memory, model = talk.loop.memory, talk.loop.llm.model
    known = memory.log.count()
    output.say(
        talk.shown,
        f"{memory.name} answers with {model} and remembers {known} messages ({talk.settings.home}). /help helps, Ctrl-D ends.",
        "dim",
    )
    if model == "offline":
        output.say(
            talk.shown,
            "offline = built-in rules, not a language model; memgpt-autogen configure chooses a model.",
            "dim",
        )
    if greets:
        output.say(talk.shown, f"An empty line asks {memory.name} to speak first.", "dim")


def _completions(talk: Conversation) -> Completions:
    from memgpt_autogen.cli.chat.slash import completions

    return completions(talk)


def _said_before(talk: Conversation, me: str) -> list[str]:
    return [entry.message.text for entry in talk.loop.memory.log.spoken_tail(200) if entry.message.name == me]


def _look_for(base_url: str) -> None:
    """Raises `ConfigurationError` where nobody answers at an address on this machine: better now than after the first message."""
    import socket
    from urllib.parse import urlsplit

    from memgpt_autogen.errors import ConfigurationError
    from memgpt_autogen.llm.discover import is_local

    place = urlsplit(base_url)
    if not is_local(base_url):  # elsewhere a proxy may stand between
        return
    try:
        port = place.port or (443 if place.scheme == "https" else 80)
        socket.create_connection((place.hostname or "", port), timeout=3).close()
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"nothing answers at {place.scheme}://{place.hostname}:{place.port or ''} ({error}). Start the server, give another "
            "--base-url, or see memgpt-autogen doctor; --no-verify begins anyway."
        ) from None
