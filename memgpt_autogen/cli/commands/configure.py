"""`quickstart` and `configure`: choose a model, try it, and write it into the settings, without keys."""

from __future__ import annotations

import os
import re
import time
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from functools import partial
from typing import TYPE_CHECKING, Annotated, Optional

import typer

from memgpt_autogen.cli import output
from memgpt_autogen.cli.agents import check_server, find_models, load_settings, open_loop
from memgpt_autogen.cli.app import DONE, FAILED, TALK, command, print_error
from memgpt_autogen.cli.options import BaseUrl, Home, Model, Window, Yes
from memgpt_autogen.errors import ConfigurationError, MemGPTError
from memgpt_autogen.llm.wire.redaction import bare_address
from memgpt_autogen.rendering.plain_text import counted

if TYPE_CHECKING:
    from rich.console import Console

    from memgpt_autogen.llm.discover import Backend
    from memgpt_autogen.settings import Settings

NoVerify = Annotated[bool, typer.Option("--no-verify", help="Do not try the model.")]

# how long a list of models may take
LISTING_SECONDS = 10

# the most models that an error lists
MOST_LISTED = 20

Values = dict[str, "str | int | None"]


def add_to(app: typer.Typer) -> None:
    command(app, rich_help_panel=TALK, here="It sets up this machine: leave --server out.")(quickstart)
    command(app, rich_help_panel=TALK, here="The settings are those of the server's machine: run it there.")(
        configure
    )


@dataclass(frozen=True, slots=True)
class Choice:
    """A model to choose."""

    model: str
    base_url: str | None = None
    window_tokens: int | None = None
    """The window that the person gave. One that a server reports is not written, since it may change."""
    place: str = ""
    reported: str = ""
    """What the server reports of its window."""

    def __str__(self) -> str:
        window = f"{self.window_tokens:,} tokens" if self.window_tokens else self.reported
        about = ", ".join(filter(None, (self.place, window)))
        return f"{self.model} ({about})" if about else self.model

    @property
    def needs_key(self) -> bool:
        """Whether it is a model of OpenAI."""
        return self.base_url is None and self.model != "offline"

    @property
    def values(self) -> Values:
        """The settings for this model."""
        return {"model": self.model, "base_url": self.base_url, "window_tokens": self.window_tokens}


OFFLINE = Choice("offline", place="built-in rules, no language model")


def quickstart(
    backend: Annotated[
        Optional[str], typer.Option(help="Use only this backend, such as ollama, openai or offline.")
    ] = None,
    *,
    no_verify: NoVerify = False,
    yes: Yes = False,
    home: Home = None,
) -> int:
    """Find a model, try it, and write it into the settings. Then `run` needs no options.

    It looks for model servers on this machine first, since they cost nothing, and then for keys in the
    environment. Keys are never written.
    """
    shown, settings = output.console(), load_settings(home)
    kind = None if backend is None else _kind_named(backend)
    found = () if kind == OFFLINE.model else find_models(settings, partial(output.say, shown))
    for each in found:
        output.say(shown, f"found {each}", "dim")
    found = tuple(each for each in found if kind is None or each.kind == kind)
    for choice in [OFFLINE] if kind == OFFLINE.model else choices_of(found):
        if not yes and not typer.confirm(f"Use {choice}?", default=True):
            continue
        wider = _with_larger_window(shown, choice, yes=yes)
        if no_verify or _answers(shown, settings, wider):
            return _write(shown, settings, wider)
    if kind is not None:
        print_error(_why_none(kind, found))
        return FAILED
    output.say(
        shown,
        "No model answers, so no settings are written. `memgpt-autogen run` uses the built-in offline rules "
        "until there is a model.\nTo get a model: start Ollama, LM Studio, llama.cpp or vLLM on this "
        "machine; or set OPENAI_API_KEY in the environment; or name another endpoint: memgpt-autogen "
        "configure --base-url URL --model NAME",
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
    """Choose a model, try it, and write it into the home's settings.toml. Without options, it asks.

    A key is never written. Set MEMGPT_AUTOGEN_API_KEY in the environment, or OPENAI_API_KEY for OpenAI.
    """
    from memgpt_autogen.cli.chat.input import in_a_terminal

    shown, settings, choice = output.console(), load_settings(home), None
    if (model, base_url, window, embedding_model) == (None, None, None, None):
        if not in_a_terminal():
            raise ConfigurationError(
                "this is not a terminal, so nothing can be asked. Give --model, --base-url, --window or "
                "--embedding-model."
            )
        choice = _ask(shown, settings)
    else:
        choice = _named(shown, settings, model, base_url, window, yes=yes)
    if choice is not None and _only_embeds(choice):
        print_error(f"{choice} only makes embeddings, so it cannot answer. Choose a chat model.")
        return FAILED
    if choice is not None and choice.window_tokens is None:
        choice = _with_larger_window(shown, choice, yes=yes, asks=in_a_terminal())
    answers = choice is None or no_verify or _answers(shown, settings, choice)
    if not answers and choice is not None and choice.base_url:
        names = _models_at(shown, settings, choice)
        if names and choice.model not in names:
            print_error(f"{bare_address(choice.base_url)} lists these models: {_listed(names)}")
    if not answers and (yes or not in_a_terminal() or not typer.confirm("Write it anyway?")):
        return FAILED
    more: Values = {} if window is None else {"window_tokens": window}
    if embedding_model is not None:
        more["embedding_model"] = None if embedding_model == "none" else embedding_model
        if not no_verify:
            _try_embedder(shown, settings.model_copy(update=more))
    return _write(shown, settings, choice, more)


def _named(
    shown: Console,
    settings: Settings,
    model: str | None,
    base_url: str | None,
    window: int | None,
    *,
    yes: bool,
) -> Choice | None:
    """Return the model that the options name; None where they name neither a model nor an address."""
    from memgpt_autogen.cli.chat.input import in_a_terminal
    from memgpt_autogen.web.engine_address import settled_address

    if base_url is not None:
        base_url = settled_address(base_url)
        name = model or _model_of(
            shown, settings, base_url, asks=in_a_terminal() and not yes, takes_first=yes
        )
        return Choice(name, base_url, window, f"at {bare_address(base_url)}")
    if model is None:
        return None
    # another model of the same endpoint
    place = f"at {bare_address(settings.base_url)}" if settings.base_url and model != OFFLINE.model else ""
    return Choice(model, settings.base_url, window, place)


def choices_of(found: Sequence[Backend]) -> Iterator[Choice]:
    """Return the models of these backends.

    An OpenAI key stands for the default model. The deployments of an Azure key are not known.
    """
    from memgpt_autogen.chosen_models import DEFAULT_MODEL

    for backend in found:
        for model in backend.models:
            place = f"{backend.kind} at {bare_address(backend.base_url or '')}"
            yield Choice(model.name, backend.base_url, None, place, model.window)
        if backend.key_from == "OPENAI_API_KEY":
            yield Choice(DEFAULT_MODEL, backend.base_url, None, "OpenAI, with the key in OPENAI_API_KEY")


def _kind_named(backend: str) -> str:
    """The kind of backend with this name, or with a name that begins so."""
    from memgpt_autogen.llm.discover import KINDS

    names = {kind.lower().replace(" ", "-"): kind for kind in (*KINDS, OFFLINE.model)}
    letters = {_letters(name): kind for name, kind in names.items()}
    wanted = _letters(backend)
    alike = [kind for name, kind in letters.items() if wanted and name.startswith(wanted)]
    if wanted not in letters and len(alike) != 1:
        raise ConfigurationError(
            f"there is no backend '{backend}'. Give --backend one of: {', '.join(names)}. For any other "
            "address: memgpt-autogen configure --base-url URL"
        )
    return letters.get(wanted) or alike[0]


def _letters(name: str) -> str:
    return re.sub(r"[^a-z0-9]", "", name.lower())


def _why_none(kind: str, found: Sequence[Backend]) -> str:
    """Why there is no model of this kind, and the way out."""
    from memgpt_autogen.llm.discover import PORTS

    if any(each.key_from for each in found) and not any(choices_of(found)):
        return (
            f"{kind}: there is a key, but the names of its deployments are not known. Name one: "
            "memgpt-autogen configure --base-url URL --model DEPLOYMENT"
        )
    if found:
        return f"{kind}: no model was chosen that answers. Nothing is written."
    place = f"no server answers at http://127.0.0.1:{PORTS[kind]}" if kind in PORTS else "none was found"
    return f"{kind}: {place}. To see what is there: memgpt-autogen doctor"


def _ask(shown: Console, settings: Settings) -> Choice:
    """Let the person choose."""
    choices = [*choices_of(find_models(settings, partial(output.say, shown))), OFFLINE]
    output.table(shown, ("", ""), enumerate([*choices, "another address"], 1))
    number = 0
    while not 1 <= number <= len(choices) + 1:
        number = typer.prompt("Which one", default=1, type=int)
    if number <= len(choices):
        choice = choices[number - 1]
        if choice.needs_key:  # one model stands for all that OpenAI lists
            return replace(choice, model=_ask_model(shown, _models_at(shown, settings, choice), choice.model))
        return choice
    base_url = _ask_address()
    model = _ask_model(shown, _models_at(shown, settings, Choice("", base_url)))
    window = typer.prompt("Its window in tokens (empty: find out)", default="", show_default=False)
    return Choice(
        model, base_url, int(window) if str(window).isdigit() else None, f"at {bare_address(base_url)}"
    )


def _ask_address() -> str:
    """Let the person give an address, until it can be one."""
    from memgpt_autogen.settings import checked_address
    from memgpt_autogen.web.engine_address import settled_address

    while True:
        given = typer.prompt("Address of an OpenAI-compatible endpoint, such as http://localhost:8080/v1")
        try:
            return settled_address(checked_address(given))
        except ValueError as trouble:
            print_error(str(trouble))


def _ask_model(shown: Console, names: Sequence[str], default: str | None = None) -> str:
    """Let the person name a model, or the number of one that the endpoint lists."""
    output.table(shown, ("", "model"), enumerate(names, 1), empty="the endpoint does not list its models")
    answer = ""
    while not answer:
        answer = str(typer.prompt("Model", default=default or (names[0] if names else None))).strip()
    listed = answer.isdigit() and answer not in names and 1 <= int(answer) <= len(names)
    return names[int(answer) - 1] if listed else answer


def _model_of(shown: Console, settings: Settings, base_url: str, *, asks: bool, takes_first: bool) -> str:
    """The model of an endpoint, where the person named none."""
    names = _models_at(shown, settings, Choice("", base_url))
    if not names:
        raise ConfigurationError(
            f"no server at {bare_address(base_url)} lists its models. Start it, or give --model."
        )
    if len(names) == 1 or takes_first:
        return names[0]
    if asks:
        return _ask_model(shown, names)
    raise ConfigurationError(
        f"{bare_address(base_url)} has {counted(len(names), 'model')}: {_listed(names)}. Name one with "
        "--model, or give --yes to take the first."
    )


def _models_at(shown: Console, settings: Settings, choice: Choice) -> list[str]:
    """The chat models that an endpoint lists, as far as is known; none if it does not answer."""
    from memgpt_autogen.llm.model_names import names_embedder
    from memgpt_autogen.llm.openai import OpenAILLM
    from memgpt_autogen.web.places import is_local

    if choice.base_url and is_local(choice.base_url):
        found = find_models(settings, partial(output.say, shown), [choice.base_url])
        return [model.name for backend in found for model in backend.models]
    key = settings.api_key.get_secret_value() if settings.api_key else None
    with suppress(MemGPTError):
        llm = OpenAILLM(
            choice.model or "?",
            base_url=choice.base_url,
            api_key=key,
            timeout=LISTING_SECONDS,
            max_retries=0,
            proxy_private=settings.proxy_private,
        )
        return sorted(name for name in llm.listed_models() if not names_embedder(name))
    return []


def _only_embeds(choice: Choice) -> bool:
    """Whether a near server says that a model cannot chat."""
    from memgpt_autogen.llm.discover import discover
    from memgpt_autogen.web.places import is_private

    near = choice.base_url and is_private(choice.base_url, look_up=False)
    found = discover({}, addresses=[choice.base_url]) if choice.base_url and near else ()
    return any(backend.only_embeds(choice.model) for backend in found)


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - MOST_LISTED:,} more" if len(names) > MOST_LISTED else ""
    return f"{', '.join(names[:MOST_LISTED])}{more}"


def _answers(shown: Console, settings: Settings, choice: Choice) -> bool:
    """Try the model with a whole temporary agent. Returns whether it answered."""
    from memgpt_autogen.assembly import open_memory
    from memgpt_autogen.events import Replied
    from memgpt_autogen.loop.turn import Limits
    from memgpt_autogen.messages import Message

    tried = settings.model_copy(update={**choice.values, "embedding_model": None})
    hello = Message.said_by("user", "Hello! Please answer with one short sentence.")
    began = time.monotonic()
    try:
        if choice.base_url:
            check_server(choice.base_url)  # one that is not there is not waited for
        with shown.status(f"[dim]asking {output.plain(str(choice))}[/dim]"):
            memory = open_memory("doctor", tried, ephemeral=True)
            events = open_loop(memory, tried, limits=Limits(steps=3)).run([hello])
            replies = [event for event in events if isinstance(event, Replied)]
    except MemGPTError as error:
        print_error(f"{choice} does not answer: {error}")
        return False
    seconds = time.monotonic() - began
    if not replies or replies[-1].fallback:
        print_error(
            f"{choice} answered in {seconds:.1f} s, but said nothing of its own: docs/models.md says what "
            "small models need."
        )
        return False
    output.say(shown, f"{choice} answered in {seconds:.1f} s: {replies[-1].text}", "green")
    return True


def _with_larger_window(shown: Console, choice: Choice, *, yes: bool, asks: bool = True) -> Choice:
    """Say what a near engine serves, and offer a copy of the model where that is little."""
    from memgpt_autogen.llm.ollama_copy import larger_copy
    from memgpt_autogen.llm.served import served_model

    if choice.base_url is None:
        return choice
    with shown.status(f"[dim]loading {output.plain(choice.model)}[/dim]"):
        served = served_model(choice.base_url, choice.model)
        copy = larger_copy(served) if served else None
    if served is None or not served.is_small:
        return choice
    output.say(shown, f"{served}. The agent has to cut its memory of a conversation early.", "yellow")
    if copy is None or not (yes or (asks and typer.confirm(f"Make {copy}?", default=True))):
        output.say(shown, f"For a larger window: {served.way_out}.", "yellow")
        return choice
    try:
        copy.make()
    except MemGPTError as error:
        print_error(str(error))
        return choice
    output.say(shown, f"made {copy.name}, with a window of {copy.window_tokens:,} tokens", "green")
    return replace(choice, model=copy.name, reported=f"{copy.window_tokens:,} tokens")


def _try_embedder(shown: Console, settings: Settings) -> None:
    from memgpt_autogen.chosen_models import choose_embedder

    embedder = choose_embedder(settings)
    if embedder is not None:
        (vector,) = embedder.embed(["hello"])  # more patient than a query
        output.say(shown, f"{embedder.model} returns vectors with {len(vector):,} dimensions", "green")


def _write(shown: Console, settings: Settings, choice: Choice | None, more: Values | None = None) -> int:
    from memgpt_autogen.settings import overriding_variables, write_settings

    values = {**(choice.values if choice else {}), **(more or {})}
    file = write_settings(settings.home, values)
    output.say(shown, f"wrote {file}. To talk to an agent: memgpt-autogen run")
    for variable in overriding_variables(values):
        output.say(shown, f"the environment sets {variable}, which comes before this file", "yellow")
    if choice is not None and choice.needs_key and not (settings.api_key or os.environ.get("OPENAI_API_KEY")):
        output.say(shown, "there is no key: set OPENAI_API_KEY in the environment", "yellow")
    return DONE
