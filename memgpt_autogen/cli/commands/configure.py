"""`quickstart` and `configure`: choose who answers, try it, and write it down without keys."""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from memgpt_autogen.cli.app import DONE, FAILED, TALKING, command, complain
from memgpt_autogen.cli.options import BaseUrl, Home, Model, Window, Yes

if TYPE_CHECKING:
    from rich.console import Console

    from memgpt_autogen.llm.discover import Backend
    from memgpt_autogen.settings import Settings

NoVerify = Annotated[bool, typer.Option("--no-verify", help="Do not ask the model anything.")]

OFFLINE = "offline"


def add_to(app: typer.Typer) -> None:
    command(app, rich_help_panel=TALKING)(quickstart)
    command(app, rich_help_panel=TALKING)(configure)


@dataclass(frozen=True, slots=True)
class Choice:
    """A model that could answer."""

    model: str
    base_url: str | None = None
    window_tokens: int | None = None
    place: str = ""

    def __str__(self) -> str:
        window = f", {self.window_tokens:,} tokens" if self.window_tokens else ""
        return f"{self.model} ({self.place}{window})"

    @property
    def values(self) -> dict[str, str | int | None]:
        """As the settings file says it."""
        return {"model": self.model, "base_url": self.base_url, "window_tokens": self.window_tokens}


def quickstart(
    backend: Annotated[
        Optional[str],
        typer.Option(help="Only this one of what is found, such as ollama, openai or offline."),
    ] = None,
    *,
    no_verify: NoVerify = False,
    yes: Yes = False,
    home: Home = None,
) -> int:
    """Find a model on this machine or a key, try it, and write it down: then `run` needs no options.

    A server on this machine comes before a key, since it costs nothing. Keys are never written.
    """
    from memgpt_autogen.cli import output
    from memgpt_autogen.llm.discover import discover
    from memgpt_autogen.settings import Settings

    shown, settings = output.console(), Settings.load(home=home)
    found = discover()
    for each in found:
        output.say(shown, f"found {each}", "dim")
    choices = [each for each in choices_of(found) if backend is None or _is_of(each, backend)]
    if backend is not None and backend.lower() == OFFLINE:
        choices = [Choice(OFFLINE, place="built-in rules, no language model")]
    for choice in choices:
        if not yes and not typer.confirm(f"Use {choice}?", default=True):
            continue
        if no_verify or _answers(shown, settings, choice):
            return _write(shown, settings, choice)
    if backend is not None:
        there = ", ".join(each.kind.lower() for each in found) or "nothing"
        complain(f"no '{backend}' that answers was found here; found: {there}.")
        return FAILED
    output.say(
        shown,
        "No model was found that answers, so nothing is written: `memgpt-autogen run` works with the built-in offline rules, and "
        "takes a model as soon as one is here.\nTo get one: start Ollama, LM Studio, llama.cpp or vLLM on this machine; or put a "
        "key into OPENAI_API_KEY; or name another endpoint: memgpt-autogen configure --base-url ... --model ...",
    )
    return DONE


def configure(
    model: Model = None,
    base_url: BaseUrl = None,
    window: Window = None,
    embedding_model: Annotated[
        Optional[str],
        typer.Option(help="Search by meaning too: wordllama, fastembed:NAME, ...; 'none' turns it off."),
    ] = None,
    *,
    no_verify: NoVerify = False,
    yes: Yes = False,
    home: Home = None,
) -> int:
    """Choose a model, try it, and write it into the home's settings.toml; without options it asks.

    The key for an endpoint is never written: put it into MEMGPT_AUTOGEN_API_KEY, or OPENAI_API_KEY for OpenAI.
    """
    from memgpt_autogen.cli import output
    from memgpt_autogen.cli.chat.input import in_a_terminal
    from memgpt_autogen.errors import ConfigurationError
    from memgpt_autogen.settings import Settings

    shown, settings = output.console(), Settings.load(home=home)
    if model is None and base_url is None and window is None and embedding_model is None:
        if not in_a_terminal():
            raise ConfigurationError(
                "nobody is at the terminal to be asked. Give --model, --base-url, --window or --embedding-model."
            )
        choice = _asked(shown)
    elif model is None and base_url is None:
        choice = None
    else:
        choice = Choice(model or _only_model(base_url), base_url, window, base_url or "the usual place")
    answers = choice is None or no_verify or _answers(shown, settings, choice)
    if not answers and (yes or not in_a_terminal() or not typer.confirm("Write it down anyway?")):
        return FAILED
    more: dict[str, str | int | None] = {} if window is None else {"window_tokens": window}
    if embedding_model is not None:
        more["embedding_model"] = None if embedding_model == "none" else embedding_model
        if not no_verify:
            _try_embedder(shown, settings, more)
    return _write(shown, settings, choice, more)


def choices_of(found: Sequence[Backend]) -> Iterator[Choice]:
    """The models of what was found; for a key to OpenAI, the usual one. Azure's deployments have names that only their owner knows."""
    from memgpt_autogen.assembly import DEFAULT_MODEL

    for backend in found:
        for model in backend.models:
            place = f"{backend.kind} at {backend.base_url}"
            yield Choice(model.name, backend.base_url, model.window_tokens, place)
        if backend.key_from == "OPENAI_API_KEY":
            yield Choice(DEFAULT_MODEL, backend.base_url, None, "OpenAI, by the key in OPENAI_API_KEY")


def _is_of(choice: Choice, backend: str) -> bool:
    return choice.place.lower().replace(" ", "").startswith(backend.lower().replace(" ", ""))


def _asked(shown: Console) -> Choice:
    """Ask a person."""
    from memgpt_autogen.cli import output
    from memgpt_autogen.llm.discover import discover

    choices = [*choices_of(discover()), Choice(OFFLINE, place="built-in rules, no language model")]
    for number, choice in enumerate(choices, 1):
        output.say(shown, f"{number:>3}  {choice}")
    output.say(shown, f"{len(choices) + 1:>3}  another address")
    number = _number("Which one", len(choices) + 1)
    if number <= len(choices):
        return choices[number - 1]
    base_url = typer.prompt("Address of an OpenAI-compatible endpoint, such as http://localhost:8080/v1")
    model = typer.prompt("Model")
    window = typer.prompt("Its window in tokens (empty: find out)", default="", show_default=False)
    return Choice(model, base_url, int(window) if str(window).isdigit() else None, base_url)


def _number(question: str, most: int) -> int:
    while True:
        told = typer.prompt(question, default="1")
        if told.isdigit() and 1 <= int(told) <= most:
            return int(told)


def _only_model(base_url: str | None) -> str:
    """The first model that a server on this machine offers."""
    from memgpt_autogen.errors import ConfigurationError
    from memgpt_autogen.llm.discover import discover, is_local

    found = discover({}, addresses=[base_url]) if base_url and is_local(base_url) else ()
    for backend in found:
        for model in backend.models:
            return model.name
    raise ConfigurationError(f"{base_url} tells of no models. Name one with --model.")


def _answers(shown: Console, settings: Settings, choice: Choice) -> bool:
    """Try it through a whole agent, which is not kept; whether it answered."""
    import time

    from memgpt_autogen.assembly import choose_llm, open_loop, open_memory, window_for
    from memgpt_autogen.cli import output
    from memgpt_autogen.errors import MemGPTError
    from memgpt_autogen.events import Replied
    from memgpt_autogen.loop.turn import Limits
    from memgpt_autogen.messages import Message

    tried = settings.model_copy(update={**choice.values, "embedding_model": None})
    began = time.monotonic()
    try:
        with shown.status(f"[dim]asking {output.plain(str(choice))}[/dim]"):
            memory = open_memory("doctor", tried, ephemeral=True)
            llm = choose_llm(tried)
            loop = open_loop(memory, llm, window_tokens=window_for(tried, llm), limits=Limits(steps=3))
            events = list(
                loop.run([Message.said_by("user", "Hello! Please answer with one short sentence.")])
            )
    except MemGPTError as error:
        complain(f"{choice} does not answer: {error}")
        return False
    replies = [event for event in events if isinstance(event, Replied)]
    seconds = time.monotonic() - began
    if not replies or replies[-1].fallback:
        complain(
            f"{choice} answers, and found no words in {seconds:.1f} s: see docs/models.md for what small models need."
        )
        return False
    output.say(shown, f"{choice} answers in {seconds:.1f} s: {replies[-1].text}", "green")
    return True


def _try_embedder(shown: Console, settings: Settings, more: dict[str, str | int | None]) -> None:
    from memgpt_autogen.assembly import choose_embedder
    from memgpt_autogen.cli import output

    embedder = choose_embedder(settings.model_copy(update=more))
    if embedder is not None:
        vector = embedder.embed_query("hello")
        output.say(shown, f"{embedder.model} embeds with {len(vector):,} dimensions", "green")


def _write(
    shown: Console,
    settings: Settings,
    choice: Choice | None,
    more: dict[str, str | int | None] | None = None,
) -> int:
    from memgpt_autogen.cli import output
    from memgpt_autogen.settings import goes_first, write_settings

    values = {**(choice.values if choice else {}), **(more or {})}
    file = write_settings(settings.home, values)
    output.say(shown, f"written into {file}; memgpt-autogen run talks to an agent with it")
    for variable in goes_first(values):
        output.say(shown, f"{variable} is set in the environment, and goes first", "yellow")
    needs_key = choice is not None and choice.base_url is None and choice.model != OFFLINE
    if needs_key and not (settings.api_key or os.environ.get("OPENAI_API_KEY")):
        output.say(shown, "there is no key: put it into OPENAI_API_KEY", "yellow")
    return DONE
