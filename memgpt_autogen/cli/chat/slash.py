"""What can be asked for within a conversation, by a line that begins with a slash."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from memgpt_autogen.cli import output
from memgpt_autogen.cli.chat.input import PATHS
from memgpt_autogen.cli.commands.load import bar, show
from memgpt_autogen.errors import HistoryError
from memgpt_autogen.home import agent_names, open_existing
from memgpt_autogen.memory.documents.attach import is_address
from memgpt_autogen.messages import Message
from memgpt_autogen.prompts import prompt
from memgpt_autogen.rendering.plain_text import shorten

if TYPE_CHECKING:
    from memgpt_autogen.cli.chat.session import Conversation

DUMPED = 10
"""Entries of the log that /dump shows when it is told no number."""


class Ended(Exception):  # noqa: N818 - it is no error
    """The conversation is over."""


@dataclass(frozen=True, slots=True)
class Slash:
    """One of these commands."""

    name: str
    takes: str
    about: str
    act: Callable[[Conversation, str], None]


def completions(talk: Conversation) -> dict[str, tuple[str, Iterable[str]]]:
    """What each command is about, and what may follow it."""
    labels = [block.label for block in talk.loop.memory.core]
    follows: dict[str, Iterable[str]] = {
        "/memory": labels,
        "/attach": PATHS,
        "/agent": agent_names(talk.settings),
    }
    return {command.name: (command.about, follows.get(command.name, ())) for command in COMMANDS.values()}


def _memory(talk: Conversation, rest: str) -> None:
    memory = talk.loop.memory
    blocks = list(memory.core)
    output.blocks(talk.shown, [memory.core[rest]] if rest else blocks)
    if not rest:
        archival = memory.prompt.outside.passages()
        passages = (
            "archival storage cannot be reached" if archival is None else f"{archival:,} passages in archival"
        )
        _note(talk, f"outside the prompt: {memory.log.count():,} messages in recall, {passages}")


def _recall(talk: Conversation, rest: str) -> None:
    recall = talk.loop.memory.recall
    if not rest:
        total = recall.search().total
        page = recall.search(page=max(0, (total - 1) // 5)) if total else recall.search()
        _note(talk, f"{total:,} messages; the newest of them:")
    else:
        page = recall.search(rest)
        _note(talk, f"{page.total:,} messages fit" + (f" ({page.trouble})" if page.trouble else ""))
    zone = talk.loop.memory.zone
    for item in page.items:
        output.found(talk.shown, item.time.astimezone(zone), item.name, item.text, item.why)


def _archival(talk: Conversation, rest: str) -> None:
    archival, zone = talk.loop.memory.archival, talk.loop.memory.zone
    if rest:
        found = archival.search(rest, page_size=5)
        _note(talk, f"{found.total:,} passages fit")
        for each in found.items:
            passage = each.passage
            output.found(
                talk.shown, passage.created_at.astimezone(zone), passage.source or "", passage.text, each.why
            )
        return
    _note(talk, f"{archival.count():,} passages")
    for what, tally in (("tags", archival.tags()), ("sources", archival.sources())):
        if tally:
            _note(talk, f"{what}: {', '.join(f'{name} ({count:,})' for name, count in tally.items())}")


def _context(talk: Conversation, _rest: str) -> None:
    output.say(talk.shown, str(talk.loop.context_overview()), "cyan")


def _attach(talk: Conversation, rest: str) -> None:
    memory = talk.loop.memory
    if not rest:
        for source in memory.sources():
            _note(talk, str(source))
        _note(talk, "/attach with a path, a web address or the name of a shared archive reads more")
        return
    path = Path(rest).expanduser()
    if is_address(rest) or path.exists():
        with bar(talk.shown, rest) as told:
            attached = memory.attach(rest if is_address(rest) else path, told=told)
        show(talk.shown, attached)
    else:
        memory.attach(archive=rest)
        _note(talk, f"{memory.name} reads {rest} from now on")


def _agent(talk: Conversation, rest: str) -> None:
    if rest:
        talk.go_on_with(open_existing(rest, talk.settings))
    there = ", ".join(agent_names(talk.settings))
    name, known = talk.loop.memory.name, talk.loop.memory.log.count()
    _note(talk, f"{name} is here and remembers {known:,} messages; the agents of this home: {there}")


def _save(talk: Conversation, _rest: str) -> None:
    _note(talk, f"everything is saved already, as it is said, in {talk.settings.home}")


def _exit(_talk: Conversation, _rest: str) -> None:
    raise Ended


def _pop(talk: Conversation, rest: str) -> None:
    for message in talk.loop.memory.pop(_number(rest, 1)):
        _note(talk, f"took back {message.name or talk.loop.memory.name}: {shorten(message.spoken or '', 80)}")
    _note(talk, "/undo brings it back, as long as nothing is evicted")


def _undo(talk: Conversation, rest: str) -> None:
    _note(talk, str(talk.loop.memory.undo(_number(rest, 1))))


def _retry(talk: Conversation, _rest: str) -> None:
    talk.turn(talk.loop.retry())


def _rethink(talk: Conversation, rest: str) -> None:
    _note(talk, f"was: {talk.loop.memory.rethink(rest)}")


def _rewrite(talk: Conversation, rest: str) -> None:
    _note(talk, f"was: {talk.loop.memory.rewrite(rest)}")


def _summarize(talk: Conversation, _rest: str) -> None:
    before = talk.loop.memory.queue.evictions()
    talk.turn(talk.loop.compact())
    if talk.loop.memory.queue.evictions() == before:
        _note(talk, "there is nothing to evict")


def _heartbeat(talk: Conversation, rest: str) -> None:
    talk.turn(talk.loop.beat(rest) if rest else talk.loop.beat())


def _memorywarning(talk: Conversation, _rest: str) -> None:
    warning = Message.event("alert", prompt("pressure_warning"))
    talk.turn(talk.loop.run([warning], owes_answer=False))


def _dump(talk: Conversation, rest: str) -> None:
    memory = talk.loop.memory
    last = memory.log.last_seq()
    for entry in memory.log.since(max(0, last - _number(rest, DUMPED))):
        message = entry.message
        calls = "".join(f" {call.name}({call.arguments})" for call in message.tool_calls)
        who = message.name or (memory.name if message.role == "assistant" else "")
        head = f"{entry.seq:>5} {message.time.astimezone(memory.zone):%H:%M:%S} {message.kind:<9} {who}"
        output.say(talk.shown, f"{head}: {message.text}{calls}")


def _model(talk: Conversation, rest: str) -> None:
    settings = talk.settings
    if rest:
        talk.use(settings.model_copy(update={"model": rest}))
    llm, budget = talk.loop.llm, talk.loop.pressure.budget
    place = f" at {talk.settings.base_url}" if talk.settings.base_url else ""
    _note(talk, f"{llm.model}{place} answers, in a window of {budget.window:,} tokens")


def _help(talk: Conversation, _rest: str) -> None:
    rows = [(f"{each.name} {each.takes}".strip(), each.about) for each in COMMANDS.values()]
    rows += [
        ("//", "begins and ends a message of many lines"),
        ("Ctrl-C", "interrupts a turn; what was said is kept"),
    ]
    output.table(talk.shown, ("", ""), rows, empty="")


def _number(text: str, otherwise: int) -> int:
    if not text:
        return otherwise
    try:
        return int(text)
    except ValueError:
        raise HistoryError(f"'{text}' is no number.") from None


def _note(talk: Conversation, text: str) -> None:
    output.say(talk.shown, f"  {text}", "dim")


COMMANDS = {
    each.name: each
    for each in (
        Slash("/memory", "[LABEL]", "core memory, or one block of it", _memory),
        Slash("/recall", "[QUERY]", "search everything that was ever said", _recall),
        Slash("/archival", "[QUERY]", "search archival storage", _archival),
        Slash("/context", "", "what fills the window now", _context),
        Slash("/pop", "[N]", "take back the newest message, or N of them", _pop),
        Slash("/undo", "[N]", "take back the newest edit, pop, rethink or rewrite", _undo),
        Slash("/retry", "", "have the newest message answered again", _retry),
        Slash("/rethink", "TEXT", "put another thought in place of the newest one", _rethink),
        Slash("/rewrite", "TEXT", "put other words in place of the agent's newest ones", _rewrite),
        Slash("/summarize", "", "evict half of the queue into the summary", _summarize),
        Slash("/heartbeat", "[REASON]", "a turn without words from anyone", _heartbeat),
        Slash(
            "/memorywarning",
            "",
            "warn the agent of memory pressure, as if its window were full",
            _memorywarning,
        ),
        Slash("/dump", "[N]", "the newest entries of the log as they are", _dump),
        Slash("/model", "[NAME]", "who answers, or another model from here on", _model),
        Slash(
            "/attach",
            "[WHAT]",
            "read a file, a folder, an address, a shared archive; or what is there",
            _attach,
        ),
        Slash("/agent", "[NAME]", "who is here, or another agent from here on", _agent),
        Slash("/save", "", "nothing need be saved: this says where it is", _save),
        Slash("/help", "", "this list", _help),
        Slash("/exit", "", "end the conversation", _exit),
    )
}
