"""`run`: open an agent, or create it, and talk."""

from __future__ import annotations

from itertools import chain, islice
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from memgpt_autogen.cli import output
from memgpt_autogen.cli.agents import (
    OFFLINE,
    agent_names,
    check_server,
    find_or_create,
    load_settings,
    newest_agent,
    place_of,
    texts_of,
    with_local_model,
)
from memgpt_autogen.cli.app import TALK, command
from memgpt_autogen.cli.options import BaseUrl, Home, Model, Window
from memgpt_autogen.cli.remote.choice import server_chosen
from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.rendering.plain_text import counted

if TYPE_CHECKING:
    from rich.console import Console

    from memgpt_autogen.cli.chat.input import Completions, Lines
    from memgpt_autogen.cli.chat.session import Conversation
    from memgpt_autogen.memory.hierarchy import MemoryHierarchy
    from memgpt_autogen.named_texts import TextKind
    from memgpt_autogen.settings import Settings


def add_to(app: typer.Typer) -> None:
    command(app, "run", rich_help_panel=TALK)(run)
    command(app, "chat", hidden=True)(run)  # its name until there was more to run


def run(
    agent: Annotated[
        Optional[str], typer.Option("--agent", "-a", help="The agent. It is created if it does not exist.")
    ] = None,
    persona: Annotated[
        Optional[str],
        typer.Option(help="What a new agent knows about itself: the name of a persona, or a text."),
    ] = None,
    human: Annotated[
        Optional[str], typer.Option(help="What a new agent knows about you: the name of a human, or a text.")
    ] = None,
    me: Annotated[str, typer.Option(help="Your name, as the agent hears it.")] = "user",
    home: Home = None,
    model: Model = None,
    base_url: BaseUrl = None,
    window: Window = None,
    *,
    first: Annotated[
        bool, typer.Option("--first", help="You speak first: an empty line does not ask the agent to begin.")
    ] = False,
    no_verify: Annotated[
        bool, typer.Option("--no-verify", help="Do not check that a server listens at --base-url.")
    ] = False,
    stream: Annotated[bool, typer.Option("--stream", help="Show a reply while the model writes it.")] = False,
    no_thoughts: Annotated[
        bool, typer.Option("--no-thoughts", help="Do not show what the agent thinks. /thoughts changes it.")
    ] = False,
    quiet: Annotated[
        bool, typer.Option("--quiet", "-q", help="Show only what the agent says, and errors.")
    ] = False,
    yes: Annotated[  # noqa: ARG001 - so that scripts for MemGPT run
        bool, typer.Option("--yes", "-y", help="Has no effect. MemGPT had it, and scripts may use it.")
    ] = False,
) -> None:
    """Talk to an agent, which remembers what you say.

    Without --agent it is the agent of your last conversation. Each line is a message; // begins and ends a
    message of several lines. /help lists the commands of a conversation. Ctrl-C interrupts a turn, and your
    message is kept. Ctrl-D ends the conversation.
    """
    from memgpt_autogen.cli.chat.background import BackgroundWork
    from memgpt_autogen.cli.chat.input import PipedLines, TerminalLines, in_a_terminal, messages

    shown, person = output.console(), in_a_terminal()

    def served(settings: Settings) -> Conversation:
        from memgpt_autogen.cli.chat.session import Conversation
        from memgpt_autogen.cli.chat.slash import COMMANDS

        if model or base_url or window:
            raise ConfigurationError("--model, --base-url and --window are the server's: leave them out.")
        notes: list[str] = []
        memory = _open_or_create(shown, settings, agent, {"persona": persona, "human": human}, notes)
        commands = {name: each.act for name, each in COMMANDS.items()}
        shown_as = {"stream": stream, "thoughts": not no_thoughts, "quiet": quiet}
        talk = Conversation(shown, lines, memory, settings, me, commands, **shown_as)
        if not quiet:
            _introduce(talk, notes, greets=False)
        return talk

    def opened() -> Conversation:
        from memgpt_autogen.chosen_models import choose_llm
        from memgpt_autogen.cli.chat.session import Conversation
        from memgpt_autogen.cli.chat.slash import COMMANDS

        settings = load_settings(home, model=model, base_url=base_url, window_tokens=window)
        if server_chosen():
            return served(settings)
        settings, found = with_local_model(settings, lambda text: output.say(shown, text, "dim"))
        rules = choose_llm(settings).model == OFFLINE  # an error of the model comes before a new agent
        if not (rules or no_verify or settings.base_url is None):
            check_server(settings.base_url)
        notes = [f"found {backend}" for backend in found]
        memory = _open_or_create(shown, settings, agent, {"persona": persona, "human": human}, notes)
        commands = {name: each.act for name, each in COMMANDS.items()}
        greets = person and not first and not rules  # the rules have nothing to say first
        talk = Conversation(
            shown,
            lines,
            memory,
            settings,
            me,
            commands,
            greets=greets,
            stream=stream,
            thoughts=not no_thoughts,
            quiet=quiet,
        )
        if not quiet:
            _introduce(talk, notes, greets=greets)
        return talk

    lines: Lines = PipedLines()
    if not person:
        opened().run(messages(lines, me))
        return
    # loading takes half a second; meanwhile the person can type
    opening = BackgroundWork(opened)
    lines = TerminalLines(
        on_first_prompt=opening.start,
        history=lambda: _earlier_lines(opening.result_or_none(), me),
        completions=lambda: _completions(opening.result_or_none()),
    )
    texts = messages(lines, f"{me}> ")
    begun = list(islice(texts, 1))
    opening.result().run(chain(begun, texts))


def _open_or_create(
    shown: Console,
    settings: Settings,
    agent: str | None,
    first_texts: dict[TextKind, str | None],
    notes: list[str],
) -> MemoryHierarchy:
    """The agent of this name, or of the last conversation; created if it does not exist."""
    from memgpt_autogen.cli.missing_embedder import missing_embedder

    name = agent or newest_agent(settings)
    embedder = missing_embedder(settings) if settings.model == OFFLINE else None
    if embedder is not None:
        output.say(shown, f"archival memory cannot be searched: {embedder.reason}", "yellow")
    texts = {kind: texts_of(settings, kind).resolve(text) for kind, text in first_texts.items()}
    names = agent_names(settings)
    others = [each for each in names if each != name]
    if agent is None and others:
        notes.append(f"You talk to {name} again. /agent changes to {', '.join(others)}.")
    for kind, text in texts.items():
        if name in names and text is not None:
            output.say(
                shown,
                f"{name} already has a {kind}, and --{kind} does not change it. To change it: memgpt-autogen "
                f"memory edit {kind}",
                "yellow",
            )
    return find_or_create(name, settings, persona=texts["persona"], human=texts["human"], embedder=embedder)


def _introduce(talk: Conversation, notes: list[str], *, greets: bool) -> None:
    memory, model = talk.loop.memory, talk.loop.llm.model
    known = counted(memory.log.count(), "message")
    lines = [
        *notes,
        f"{memory.name} remembers {known} (in {place_of(talk.settings)}) and uses the model {model}.",
        "/help lists commands; Ctrl-D ends.",
    ]
    if model == OFFLINE and not server_chosen():
        lines[-1:-1] = [
            "offline means built-in rules, no language model. To choose one: memgpt-autogen configure"
        ]
    if greets:
        lines.append(f"An empty line asks {memory.name} to speak first.")
    for line in lines:
        output.say(talk.shown, line, "dim")


def _completions(talk: Conversation | None) -> Completions:
    from memgpt_autogen.cli.chat.slash import completions

    return {} if talk is None else completions(talk)


def _earlier_lines(talk: Conversation | None, me: str) -> list[str]:
    if talk is None:
        return []
    return [entry.message.text for entry in talk.loop.memory.log.spoken_tail(200) if entry.message.name == me]
