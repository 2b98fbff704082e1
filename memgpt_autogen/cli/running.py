"""`run`: open an agent, or make it, and talk."""

from __future__ import annotations

from typing import TYPE_CHECKING, Annotated, Optional

import typer

from memgpt_autogen.cli.options import BaseUrl, Home, Model, Window, Yes
from memgpt_autogen.cli.shape import TALKING, command

if TYPE_CHECKING:
    from rich.console import Console

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
    yes: Yes = False,
) -> None:
    """Talk to an agent: a new one, or one that remembers.

    /help lists what can be asked for there; Ctrl-D ends. Without --agent it is the agent that you talked to last, or one of a list to choose from. A line is a message; //
    begins and ends one of many lines; Ctrl-C interrupts a turn and loses nothing that was said.
    """
    from memgpt_autogen.settings import Settings

    settings = Settings.load(home=home, model=model, base_url=base_url, window_tokens=window)
    _converse(
        settings,
        agent,
        persona=persona,
        human=human,
        me=me,
        first=first,
        verify=not no_verify,
        stream=stream,
        yes=yes,
    )


def _converse(
    settings: Settings,
    agent: str | None,
    *,
    persona: str | None,
    human: str | None,
    me: str,
    first: bool,
    verify: bool,
    stream: bool,
    yes: bool,
) -> None:
    from memgpt_autogen.assembly import agent_names, open_memory
    from memgpt_autogen.cli import showing
    from memgpt_autogen.cli.conversation import Conversation
    from memgpt_autogen.cli.opening import in_a_terminal, with_what_is_here
    from memgpt_autogen.cli.reading import PipedLines, TerminalLines
    from memgpt_autogen.cli.slash import completions
    from memgpt_autogen.texts import NamedTexts

    shown, person = showing.console(), in_a_terminal()
    settings, found = with_what_is_here(settings)
    for backend in found:
        showing.say(shown, f"found {backend}", "dim")
    if verify and settings.base_url is not None:
        _look_for(settings.base_url)
    name = agent or _chosen(shown, settings, ask=person and not yes)
    first_texts = {
        "persona": NamedTexts(settings.home, "persona").meant(persona),
        "human": NamedTexts(settings.home, "human").meant(human),
    }
    there = name in agent_names(settings)
    memory = open_memory(name, settings, persona=first_texts["persona"], human=first_texts["human"])
    talk = Conversation(shown, PipedLines(), memory, settings, me, greets=person and not first, stream=stream)
    llm = talk.loop.llm
    known = memory.log.count()
    showing.say(
        shown,
        f"{name} answers with {llm.model} and remembers {known} messages ({settings.home}). /help helps, Ctrl-D ends.",
        "dim",
    )
    for what, text in first_texts.items():
        if there and text is not None:
            showing.say(
                shown,
                f"{name} has a {what} already, which --{what} does not change: memgpt-autogen memory edit {what} does.",
                "yellow",
            )
    if llm.model == "offline":
        showing.say(
            shown,
            "offline = built-in rules, not a language model; memgpt-autogen configure chooses a model.",
            "dim",
        )
    if person and not first:
        showing.say(shown, f"An empty line asks {name} to speak first.", "dim")
    if person:
        said = [entry.message.text for entry in memory.log.spoken_tail(200) if entry.message.name == me]
        talk.lines = TerminalLines(said, completions(talk))
    talk.run()


def _chosen(shown: Console, settings: Settings, *, ask: bool) -> str:
    """The agent that was talked to last; where there are several and a person is there, the one that it names."""
    from memgpt_autogen.assembly import residents_of
    from memgpt_autogen.cli import showing
    from memgpt_autogen.cli.opening import newest_agent

    there = residents_of(settings)
    if not ask or len(there) < 2:
        return newest_agent(settings)
    rows = [(each.name, each.messages, each.last) for each in there]
    showing.table(shown, ("agent", "messages", "last"), rows, empty="")
    return str(typer.prompt("Which agent (a new name makes a new one)", default=there[0].name))


def _look_for(base_url: str) -> None:
    """Raises `ConfigurationError` where nobody answers at an address on this machine: better now than after the first message."""
    import socket
    from urllib.parse import urlsplit

    from memgpt_autogen.errors import ConfigurationError
    from memgpt_autogen.llm.discover import is_here

    place = urlsplit(base_url)
    if not is_here(base_url):  # elsewhere a proxy may stand between
        return
    try:
        port = place.port or (443 if place.scheme == "https" else 80)
        socket.create_connection((place.hostname or "", port), timeout=3).close()
    except (OSError, ValueError) as error:
        raise ConfigurationError(
            f"nothing answers at {place.scheme}://{place.hostname}:{place.port or ''} ({error}). Start the server, give another "
            "--base-url, or see memgpt-autogen doctor; --no-verify begins anyway."
        ) from None
