"""Import agents of MemGPT 0.3 and Letta into a home: each one completely or not at all, and each one once."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any, Literal

from memgpt_autogen.compat.agent_file import read_agent_file
from memgpt_autogen.compat.memgpt_home import read_memgpt_home
from memgpt_autogen.compat.old_agent import MARK, OldAgent, write_old_agent
from memgpt_autogen.concurrency import Progress
from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.home import agent_names, check_import, import_memory, open_existing
from memgpt_autogen.llm.embedders.open import AnyEmbedder
from memgpt_autogen.llm.model_kinds import NONE
from memgpt_autogen.memory.context.core import SharedBlocks
from memgpt_autogen.memory.upkeep.transfer import Contents
from memgpt_autogen.named_texts import TextKind, named_texts
from memgpt_autogen.settings import Settings

Form = Literal["bundle", "agent file", "MemGPT home"]

State = Literal["imported", "would be imported", "was there already", "changed since its import", "refused"]

# the states in which nothing of the agent is missing
GOOD: tuple[State, ...] = ("imported", "would be imported", "was there already")


@dataclass(frozen=True, slots=True)
class Imported:
    """What happened to one agent; `print` it."""

    name: str
    state: State
    contents: Contents | None = None
    """What came; None for an agent that was there already or was refused."""
    notes: tuple[str, ...] = ()
    """What came in another form, what did not come, or why the agent was refused."""

    @property
    def complete(self) -> bool:
        return self.state in GOOD

    def __str__(self) -> str:
        first = str(self.contents) if self.contents else f"{self.name}: {self.state}"
        return "\n".join([first, *(f"- {note}" for note in self.notes)])


@dataclass(frozen=True, slots=True)
class Imports:
    """What happened to all agents of a file or a home; `print` it."""

    agents: tuple[Imported, ...]
    texts: tuple[str, ...] = ()
    """The personas and humans that came, as `persona NAME`."""
    notes: tuple[str, ...] = ()
    """What else did not come."""

    @property
    def complete(self) -> bool:
        """Whether every agent is here now, as it was there."""
        return all(agent.complete for agent in self.agents)

    def __str__(self) -> str:
        lines = [str(agent) for agent in self.agents]
        if self.texts:
            lines.append(f"texts for new agents: {', '.join(self.texts)}")
        return "\n".join([*lines, *(f"- {note}" for note in self.notes)])


def form_of(path: Path) -> Form:
    """Return what a path leads to. What is nothing else is taken for a bundle, which is then checked."""
    if path.is_dir():
        return "MemGPT home"
    try:
        with path.open("rb") as file:
            start = file.read(64)
    except OSError:
        return "bundle"
    if start.startswith(b"SQLite format 3"):
        return "MemGPT home"
    is_json = start.removeprefix(b"\xef\xbb\xbf").lstrip()[:1] in (b"{", b"[")
    return "agent file" if is_json or path.suffix == ".af" else "bundle"


def import_agents(
    path: str | Path,
    settings: Settings | None = None,
    *,
    agent: str | None = None,
    name: str | None = None,
    embedder: AnyEmbedder | None = None,
    archive: str | None = None,
    shared_blocks: SharedBlocks | None = None,
    dry_run: bool = False,
    progress: Progress | None = None,
) -> Imports:
    """Import the agents of an agent file of Letta, or of a home of MemGPT 0.3.

    `agent` chooses one by its name or id, and `name` gives it another name here. An agent that was imported
    before is not imported again. `embedder`, `archive` and `shared_blocks` are as for `import_memory`.
    `dry_run` writes nothing.

    One agent that cannot be imported does not stop the others. Raises `ConfigurationError` for a path that
    leads to neither, and where no agent is meant.
    """
    settings, path = settings or Settings.load(), Path(path).expanduser()
    found, texts, notes = _read(path)
    options: dict[str, Any] = {"embedder": embedder, "archive": archive, "shared_blocks": shared_blocks}
    done = []
    with tempfile.TemporaryDirectory(prefix="memgpt-autogen-") as folder:
        for each in _chosen(found, agent, name):
            bundle = Path(folder) / "agent.zip"
            try:
                result = _known(each, settings)
                if result is None:
                    write_old_agent(each, bundle)
                    contents = check_import(bundle, None, settings, **options)
                    if not dry_run:
                        import_memory(bundle, None, settings, progress=progress, **options).archival.close()
                    state: State = "would be imported" if dry_run else "imported"
                    result = Imported(
                        each.name, state, contents, (*_model_notes(each, settings), *each.notes)
                    )
            except ConfigurationError as error:
                result = Imported(each.name, "refused", notes=(str(error),))
            done.append(result)
    came, left = _add_texts(texts, settings, dry_run=dry_run) if agent is None else ([], [])
    return Imports(tuple(done), tuple(came), (*notes, *left))


Texts = dict[TextKind, dict[str, str]]


def _read(path: Path) -> tuple[Sequence[OldAgent], Texts, tuple[str, ...]]:
    form = form_of(path)
    if form == "bundle":
        raise ConfigurationError(
            f"{path} is neither an agent file of Letta nor a home of MemGPT 0.3. A file that export wrote is "
            "imported by import_memory()."
        )
    if form == "agent file":
        return read_agent_file(path), {}, ()
    home = read_memgpt_home(path if path.is_dir() else path.parent)
    return home.agents, {kind: dict(texts) for kind, texts in home.texts.items()}, home.notes


def _chosen(found: Sequence[OldAgent], agent: str | None, name: str | None) -> list[OldAgent]:
    chosen = [each for each in found if agent is None or agent in (each.name, each.id)]
    names = ", ".join(each.name for each in found)
    if not chosen:
        raise ConfigurationError(f"there is no agent '{agent}' in it; there are: {names}.")
    if name is None:
        return chosen
    if len(chosen) > 1:
        raise ConfigurationError(
            f"name= renames one agent, but there are {len(chosen)}: {names}. Give agent=."
        )
    return [replace(chosen[0], name=name)]


def _known(agent: OldAgent, settings: Settings) -> Imported | None:
    """Return what to say of an agent that is here already; None if its name is free or another agent's."""
    if agent.name not in agent_names(settings):
        return None
    log = open_existing(agent.name, settings, embedder=NONE).log
    first = next(iter(log.edits()), None)
    mark = first.message.extra.get(MARK) if first else None
    if not isinstance(mark, dict) or (mark.get("from"), mark.get("id")) != (agent.system, agent.id):
        return None
    if mark.get("digest") == agent.mark["digest"]:
        return Imported(agent.name, "was there already", notes=("nothing was imported again",))
    if agent.system == "Letta":
        return None  # the ids of agent files are the same in each file
    why = (
        "it changed there since it was imported, and an import never changes an agent. Choose another name: "
    )
    return Imported(agent.name, "changed since its import", notes=(why + "name=...",))


def _model_notes(agent: OldAgent, settings: Settings) -> Iterator[str]:
    """Yield its model where none is configured here; else the check of the bundle compares the two."""
    if agent.settings.model and settings.model is None:
        yield f"its model was '{agent.settings.model}'; here no model is configured"


def _add_texts(texts: Texts, settings: Settings, *, dry_run: bool) -> tuple[list[str], list[str]]:
    """Add the personas and humans to the home. Return their names, and notes about the others."""
    came, left = [], []
    for kind, named in texts.items():
        here = named_texts(settings, kind)
        for name, text in named.items():
            try:
                if name in here and here[name] == text.strip():
                    continue
                if not dry_run:
                    here.add(name, text)
            except ConfigurationError as error:
                left.append(f"{kind} '{name}' is not imported: {error}")
            else:
                came.append(f"{kind} {name}")
    return came, left
