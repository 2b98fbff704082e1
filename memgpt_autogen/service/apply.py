"""Apply a file of agents: say what differs from it, and change that.

It is done again without harm: what is as the file says stays. Nothing is deleted unless that is asked for,
and what an agent has written into its own blocks is left alone unless it is to be overwritten.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

from memgpt_autogen.assembly import open_memory
from memgpt_autogen.errors import ConfigurationError, ConflictError, MemGPTError, NotFoundError, quoted
from memgpt_autogen.home_stores import create_home, open_home_database
from memgpt_autogen.llm.model_kinds import NONE
from memgpt_autogen.memory.context.block import DEFAULT_LIMIT, Block
from memgpt_autogen.memory.context.shared_blocks import SharedBlock, shared_blocks
from memgpt_autogen.memory.documents.shared_archives import shared_archives
from memgpt_autogen.memory.hierarchy import MemoryHierarchy
from memgpt_autogen.memory.storage.accounts.grants import received_grants
from memgpt_autogen.memory.storage.accounts.limits import UsageLimits
from memgpt_autogen.memory.storage.agents import create_agent, find_agent, stored_agent_names
from memgpt_autogen.named_texts import TextKind, named_texts
from memgpt_autogen.rendering.plain_text import counted
from memgpt_autogen.service import agents, blocks, shared, sources
from memgpt_autogen.service.agents_file import read_agents_file
from memgpt_autogen.service.planned import Action, Applied, Options, Planned
from memgpt_autogen.service.problems import detail_of
from memgpt_autogen.service.revisions import Expected
from memgpt_autogen.service.schemas.apply import (
    AgentsFile,
    ApplyBody,
    DeclaredAgent,
    DeclaredBlock,
    DeclaredSharedBlock,
    DeclaredSource,
)
from memgpt_autogen.settings import Settings
from memgpt_autogen.text.names import check_agent_name, check_archive_name

MOST_ADDRESSES = 20
"""How many addresses a file may have that a server applies: the request waits until all are fetched."""


@dataclass(frozen=True, slots=True)
class _Step:
    planned: tuple[Planned, ...]
    do: Callable[[], tuple[Planned, ...] | None] | None = None
    """What changes it. It may return what came of it."""
    alone: bool = False
    """Whether it is no part of the transaction of its agent: it waits for turns, or for the network."""


def apply_file(
    settings: Settings, file: AgentsFile, options: Options | None = None, *, folder: Path | None = None
) -> Applied:
    """Make what a file declares, each agent completely or not at all; with `dry_run` only say what differs.

    An agent that cannot be changed is told as failed, and the others are changed. `folder` is where the
    paths of documents begin; without one there can be none.

    Raises `ConfigurationError` for a file that cannot be applied at all; nothing is changed then.
    """
    options = options or Options()
    create_home(settings.home)
    plan = _Plan(settings, file, options, folder)
    groups = [plan.shared_steps(), *(plan.agent_steps(name) for name in file.agents), plan.other_agents()]
    done: list[Planned] = []
    for steps in groups:
        done += [each for step in steps for each in step.planned] if options.dry_run else plan.do(steps)
    return Applied(tuple(done), options.dry_run)


def read_body(body: ApplyBody) -> tuple[AgentsFile, Options]:
    """Return the file of a request, and what may be done with it."""
    file = body.file or read_agents_file(body.toml or "")
    return file, Options(body.dry_run, body.overwrite, body.prune, tuple(body.remove))


class _Plan:
    def __init__(self, settings: Settings, file: AgentsFile, options: Options, folder: Path | None) -> None:
        self._settings, self._file, self._options, self._folder = settings, file, options, folder
        self._database = open_home_database(settings)
        self._shared = {each.block.label: each for each in shared_blocks(self._database)}
        self._archives = {each.name for each in shared_archives(self._database)}
        self._check()

    def _check(self) -> None:
        """Raise for what can never be applied, before anything is changed."""
        may_have = {*self._shared, *self._file.blocks, *self._granted("block")}
        may_read = {*self._archives, *self._file.archives, *self._granted("archive")}
        for name in self._file.archives:
            check_archive_name(name)
        for name, agent in self._file.agents.items():
            check_agent_name(name)
            where = f"[agents.{name}]"
            for what, wanted, there in (
                ("shared block", agent.shared_blocks, may_have),
                ("shared archive", agent.archives, may_read),
            ):
                if missing := [each for each in wanted if each not in there]:
                    raise NotFoundError(f"{where}: there is no {what} {quoted(missing[0])}. Declare it, too.")
            if self._folder is None and any(source.file for source in agent.sources):
                raise ConfigurationError(
                    f"{where}: files of the server are not read. Send them to /agents/{name}/sources, or "
                    "give their text."
                )
            for kind in ("persona", "human"):
                self._text(kind, getattr(agent, kind))  # a name that nobody has
        addresses = sum(
            source.url is not None for each in self._file.agents.values() for source in each.sources
        )
        if self._folder is None and addresses > MOST_ADDRESSES:
            raise ConfigurationError(
                f"the file has {addresses} documents with a url; a request may have {MOST_ADDRESSES}. Send "
                "fewer at once, or to the sources of each agent, where they are loaded as jobs."
            )
        self._check_removals()

    def _check_removals(self) -> None:
        for name in self._options.remove:
            if name in self._file.agents:
                raise ConfigurationError(f"the file declares the agent {quoted(name)}, so it is not removed.")
            if find_agent(self._database, name) is None:
                raise NotFoundError(f"there is no agent {quoted(name)} to remove.")

    def _granted(self, what: Any) -> list[str]:
        return [grant.name for grant in received_grants(self._database, what)]

    def _text(self, kind: Any, text: str | None) -> str | None:
        declared = self._file.personas if kind == "persona" else self._file.humans
        if text in declared:
            return declared[text].strip()
        return named_texts(self._settings, kind).resolve(text)

    # What is shared

    def shared_steps(self) -> list[_Step]:
        """Return what differs in texts, shared blocks and archives."""
        steps = [
            *self._text_steps("persona", self._file.personas),
            *self._text_steps("human", self._file.humans),
            *(self._shared_block(label, given) for label, given in self._file.blocks.items()),
        ]
        for name in self._file.archives:
            there = name in self._archives
            planned = Planned("archive", name, "keep" if there else "create")
            do = None if there else _call(shared.add_archive, self._settings, name)
            steps.append(_Step((planned,), do))
        return steps

    def _text_steps(self, kind: TextKind, given: dict[str, str]) -> Iterator[_Step]:
        texts = named_texts(self._settings, kind)
        there = {name: texts[name] for name in texts}
        for name, text in given.items():
            action: Action = (
                "keep" if there.get(name) == text.strip() else "change" if name in there else "create"
            )
            planned = Planned(kind, name, action, before=there.get(name), after=text.strip())
            write = None if action == "keep" else _call(texts.add, name, text, replace=True)
            # texts of the home itself are files, so no transaction has them
            yield _Step((planned,), write, alone=True)

    def _shared_block(self, label: str, given: DeclaredSharedBlock) -> _Step:
        there = self._shared.get(label)
        if there is None:
            made = Block(label, given.value or "", given.limit or DEFAULT_LIMIT, given.description or "")
            planned = Planned("block", label, "create", after=made.value)
            return _Step((planned,), _call(shared.add_block, self._settings, made))
        edited = any(self._edited_by(name, label, there.block.value) for name in there.agents)
        planned_all = self._fields("block", label, there.block, given, edited=edited)
        return _Step(planned_all, self._shared_edit(there, planned_all))

    def _shared_edit(self, there: SharedBlock, planned: Sequence[Planned]) -> Callable[[], None] | None:
        changed = _changed(planned)
        if not changed:
            return None
        edit = blocks.BlockEdit(**{name: value for name, value in changed.items() if name != "read_only"})

        def do() -> None:
            shared.edit_block(
                self._settings, there.id, edit, expected=Expected([blocks.block_revision(there.block)])
            )

        return do

    # One agent

    def agent_steps(self, name: str) -> list[_Step]:
        """Return what differs in an agent."""
        given = self._file.agents[name]
        if find_agent(self._database, name) is None:
            return [
                _Step(tuple(self._new(name, given)), self._create(name, given)),
                *self._sources(name, given, {}),
            ]
        memory = agents.open_agent(self._settings, name, embedder=NONE)
        steps = [self._block(memory, label, block) for label, block in given.all_blocks().items()]
        steps += [self._has_shared(memory, label) for label in given.shared_blocks]
        steps += self._reads(memory, given)
        steps += self._limits(name, given)
        steps += self._sources(
            name, given, {each.name: each for each in memory.sources() if not each.archive}
        )
        steps += self._pruned(memory, given) if self._options.prune else []
        return steps or [_Step((Planned("agent", name),))]

    def _new(self, name: str, given: DeclaredAgent) -> Iterator[Planned]:
        yield Planned("agent", name, "create")
        for label, block in given.all_blocks().items():
            yield Planned("block", label, "create", name, after=self._value(label, block))
        for label in given.shared_blocks:
            yield Planned("block", label, "create", name, why="shared")
        for archive in given.archives:
            yield Planned("archive", archive, "create", name)
        if given.limits is not None:
            yield Planned("limits", name, "create", name)

    def _create(self, name: str, given: DeclaredAgent) -> Callable[[], None]:
        def do() -> None:
            create_agent(self._database, name)
            own = given.all_blocks()
            made = [
                Block(
                    label,
                    block.value or "",
                    block.limit or DEFAULT_LIMIT,
                    block.description or "",
                    read_only=bool(block.read_only),
                )
                for label, block in own.items()
                if label not in ("persona", "human")
            ]
            made += [Block(label, "", shared=True) for label in given.shared_blocks]
            first = {
                kind: self._value(kind, own[kind]) if kind in own else None for kind in ("persona", "human")
            }
            memory = open_memory(name, self._settings, blocks=made, embedder=NONE, **first)  # type: ignore[arg-type]  # two texts
            for kind in first:
                if kind in given.blocks:
                    self._revise(memory, kind, _changed_fields(memory.core[kind], given.blocks[kind]))
            for archive in given.archives:
                memory.attach(archive=archive)
            if given.limits is not None:
                agents.put_limits(self._settings, name, given.limits.limits())

        return do

    def _value(self, label: str, block: DeclaredSharedBlock) -> str | None:
        return self._text(label, block.value) if label in ("persona", "human") else block.value

    def _block(self, memory: MemoryHierarchy, label: str, given: DeclaredBlock) -> _Step:
        given = given.model_copy(update={"value": self._value(label, given)})
        there = {block.label: block for block in memory.core}.get(label)
        if there is None:
            made = Block(
                label,
                given.value or "",
                given.limit or DEFAULT_LIMIT,
                given.description or "",
                read_only=bool(given.read_only),
            )
            planned = Planned("block", label, "create", memory.name, after=made.value)
            return _Step((planned,), _call(memory.core.add, [made]))
        if there.shared:
            why = "it is shared; declare it in shared_blocks, or give the agent's own another label"
            return _Step((Planned("block", label, "failed", memory.name, why=why),))
        edited = self._edited_by(memory.name, label, there.value)
        planned_all = self._fields("block", label, there, given, edited=edited, agent=memory.name)
        changed = _changed(planned_all)
        return _Step(planned_all, _call(self._revise, memory, label, changed, there) if changed else None)

    def _revise(
        self, memory: MemoryHierarchy, label: str, changed: dict[str, Any], there: Block | None = None
    ) -> None:
        def change(block: Block) -> Block:
            if there is not None and block.value != there.value:
                raise ConflictError(
                    f"block '{label}' was changed meanwhile. Apply the file again.", block.value
                )
            return replace(block, **changed)

        if changed:
            memory.core.revise(label, change)

    def _fields(
        self,
        what: str,
        label: str,
        there: Block,
        given: DeclaredSharedBlock,
        *,
        edited: bool,
        agent: str | None = None,
    ) -> tuple[Planned, ...]:
        """Return what differs, field by field; one that is kept if nothing does."""
        found = []
        for name, after in _changed_fields(there, given).items():
            before = getattr(there, name)
            is_conflict = name == "value" and edited and not self._options.overwrite
            action: Action = "conflict" if is_conflict else "change"
            why = "the agent has edited it" if name == "value" and edited else None
            found.append(Planned(what, label, action, agent, name, _shown(before), _shown(after), why))
        return tuple(found) or (Planned(what, label, agent=agent),)

    def _edited_by(self, agent: str, label: str, value: str) -> bool:
        """Whether an agent has edited a block: its text is not the one that code wrote last."""
        memory = agents.open_agent(self._settings, agent, embedder=NONE)
        written = [
            each.after for each in memory.history() if each.label == label and each.what in ("block", "set")
        ]
        return bool(written) and written[-1] != value

    def _has_shared(self, memory: MemoryHierarchy, label: str) -> _Step:
        there = {block.label: block for block in memory.core}.get(label)
        if there is None:
            planned = Planned("block", label, "create", memory.name, why="shared")
            return _Step((planned,), _call(memory.core.add, [Block(label, "", shared=True)]))
        why = None if there.shared else "the agent has an own block of this label; give another one"
        return _Step((Planned("block", label, "keep" if there.shared else "failed", memory.name, why=why),))

    def _reads(self, memory: MemoryHierarchy, given: DeclaredAgent) -> Iterator[_Step]:
        others = memory.readable.others()
        for name in given.archives:
            if name in others:
                yield _Step((Planned("archive", name, agent=memory.name),))
            else:
                planned = Planned("archive", name, "create", memory.name)
                yield _Step((planned,), _call(memory.readable.attach, name))

    def _limits(self, name: str, given: DeclaredAgent) -> Iterator[_Step]:
        if given.limits is None:
            return
        there, wanted = agents.get_limits(self._settings, name), given.limits.limits()
        found = [
            Planned("limits", name, "change", name, field, _shown(before), _shown(after))
            for field in UsageLimits.__dataclass_fields__
            if (before := getattr(there, field)) != (after := getattr(wanted, field))
        ]
        do = _call(agents.put_limits, self._settings, name, wanted) if found else None
        yield _Step(tuple(found) or (Planned("limits", name, agent=name),), do)

    def _sources(self, name: str, given: DeclaredAgent, there: dict[str, Any]) -> Iterator[_Step]:
        for source in given.sources:
            known = source.known_as in there
            planned = Planned("source", source.known_as, "check" if known else "create", name)
            yield _Step((planned,), _call(self._load, name, source, planned), alone=True)

    def _load(self, agent: str, source: DeclaredSource, planned: Planned) -> tuple[Planned, ...]:
        path = None if source.file is None or self._folder is None else self._folder / source.file
        upload = sources.Upload(path, source.known_as, source.url, source.text, source.known_as, source.tags)
        result = sources.load_source(self._settings, agent, upload)
        action: Action = "create" if result.came else "change" if result.changed else "keep"
        return (replace(planned, action=action, why="; ".join(result.notes) or None),)

    def _pruned(self, memory: MemoryHierarchy, given: DeclaredAgent) -> Iterator[_Step]:
        kept = {"persona", "human", *given.all_blocks(), *given.shared_blocks}
        for block in memory.core:
            if block.label not in kept:
                planned = Planned("block", block.label, "remove", memory.name, before=block.value)
                do = _call(blocks.remove_block, self._settings, memory.name, block.label)
                yield _Step((planned,), do, alone=True)
        for name in memory.readable.others():
            if name not in given.archives:
                planned = Planned("archive", name, "remove", memory.name)
                yield _Step((planned,), _call(memory.readable.detach, name))
        named = {source.known_as for source in given.sources}
        for source in memory.sources():
            if source.archive is None and source.name not in named:
                planned = Planned("source", source.name, "remove", memory.name, why=source.size)
                do = _call(sources.remove_source, self._settings, memory.name, source.name)
                yield _Step((planned,), do, alone=True)

    def other_agents(self) -> list[_Step]:
        """Return the agents that the file does not have: left alone, or deleted if they were named."""
        steps = []
        for name in stored_agent_names(self._database):
            if name in self._file.agents:
                continue
            if name not in self._options.remove:
                steps.append(_Step((Planned("agent", name, why="not in the file"),)))
                continue
            gone = agents.remove_agent(self._settings, name, dry_run=True)
            why = f"{counted(gone.messages, 'message')}, {counted(gone.passages, 'passage')}"
            planned = Planned("agent", name, "remove", why=why)
            steps.append(_Step((planned,), _call(agents.remove_agent, self._settings, name), alone=True))
        return steps

    # Doing

    def do(self, steps: Sequence[_Step]) -> list[Planned]:
        """Do the steps of one agent: the changes in one transaction, then what waits for others."""
        done: dict[int, tuple[Planned, ...]] = {}
        try:
            with self._database.writing(alone=True):
                for number, step in enumerate(steps):
                    if not step.alone:
                        done[number] = _do(step)
        except MemGPTError as error:
            # nothing of it was changed, so it is told as one
            first = steps[0].planned[0]
            told = replace(first, action="failed", field=None, before=None, after=None, why=detail_of(error))
            return [
                told if first.agent is None else replace(told, what="agent", name=first.agent, agent=None)
            ]
        for number, step in enumerate(steps):
            if step.alone:
                try:
                    done[number] = _do(step)
                except MemGPTError as error:
                    done[number] = (replace(step.planned[0], action="failed", why=detail_of(error)),)
        return [each for number in sorted(done) for each in done[number]]


def _do(step: _Step) -> tuple[Planned, ...]:
    return (step.do() if step.do else None) or step.planned


def _call(function: Callable[..., Any], *arguments: Any, **named: Any) -> Callable[[], Any]:
    """Return a call for later. Only what is planned counts as its result."""

    def do() -> tuple[Planned, ...] | None:
        result = function(*arguments, **named)
        is_planned = isinstance(result, tuple) and bool(result) and isinstance(result[0], Planned)
        return result if is_planned else None

    return do


def _changed_fields(there: Block, given: DeclaredSharedBlock) -> dict[str, Any]:
    names = ("value", "limit", "description", *(("read_only",) if isinstance(given, DeclaredBlock) else ()))
    wanted = {name: getattr(given, name) for name in names}
    return {name: each for name, each in wanted.items() if each is not None and each != getattr(there, name)}


def _changed(planned: Sequence[Planned]) -> dict[str, Any]:
    return {
        each.field: _value_of(each.field, each.after or "")
        for each in planned
        if each.action == "change" and each.field is not None
    }


def _value_of(field: str, shown: str) -> str | int | bool:
    if field == "read_only":
        return shown == "true"
    return int(shown) if field == "limit" else shown


def _shown(value: object) -> str | None:
    if value is None or isinstance(value, str):
        return value
    return str(value).lower()
