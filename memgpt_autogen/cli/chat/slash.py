"""The commands of a conversation: lines that begin with a slash."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import dataclass, replace
from pathlib import Path

from memgpt_autogen.cli import output
from memgpt_autogen.cli.agents import OFFLINE, agent_names, archive_names, open_existing, place_of, with_model
from memgpt_autogen.cli.chat.input import PATHS
from memgpt_autogen.cli.chat.session import Conversation, Ended
from memgpt_autogen.errors import ConfigurationError, HistoryError
from memgpt_autogen.llm.wire.redaction import bare_address
from memgpt_autogen.memory.documents.attach import is_address
from memgpt_autogen.memory.upkeep.forget_report import ForgetRequest
from memgpt_autogen.messages import Message
from memgpt_autogen.prompts import prompt
from memgpt_autogen.rendering.plain_text import counted, shorten

RECALLED = 5
"""Messages that /recall shows, and passages that /archival shows."""

DUMPED = 10
"""Entries of the log that /dump shows without a number."""

Action = Callable[[Conversation, str], None]

KEYS = (
    ("//", "begins and ends a message of several lines"),
    ("Ctrl-C", "interrupts a turn; your message is kept"),
)


@dataclass(frozen=True, slots=True)
class Slash:
    """A command. `values` names what may follow it."""

    name: str
    values: str
    about: str
    act: Action

    @property
    def usage(self) -> str:
        return f"{self.name} {self.values}".strip()


COMMANDS: dict[str, Slash] = {}


def completions(talk: Conversation) -> dict[str, tuple[str, Iterable[str]]]:
    """What each command does, and the values that it takes."""
    values: dict[str, Iterable[str]] = {
        "/memory": [block.label for block in talk.loop.memory.core],
        "/attach": PATHS,
        "/agent": agent_names(talk.settings),
        "/thoughts": ("on", "off"),
    }
    return {command.name: (command.about, values.get(command.name, ())) for command in COMMANDS.values()}


def _slash(usage: str, about: str) -> Callable[[Action], Action]:
    """Make a function a command."""
    name, _, values = usage.partition(" ")

    def add(act: Action) -> Action:
        COMMANDS[name] = Slash(name, values, about, act)
        return act

    return add


@_slash("/memory [LABEL]", "show core memory, or one block of it")
def _memory(talk: Conversation, label: str) -> None:
    memory = talk.loop.memory
    output.blocks(talk.shown, [memory.core[label]] if label else memory.core)
    if not label:
        archival = memory.prompt.outside.passages()
        passages = (
            "archival memory is not available"
            if archival is None
            else f"{counted(archival, 'passage')} in archival memory"
        )
        talk.note(
            f"outside the prompt: {counted(memory.log.count(), 'message')} in recall memory, {passages}"
        )


@_slash("/recall [QUERY]", "search all messages")
def _recall(talk: Conversation, query: str) -> None:
    recall = talk.loop.memory.recall
    page = recall.search(query, page_size=RECALLED)
    if query:
        talk.note(f"found {counted(page.total, 'message')}" + (f" ({page.trouble})" if page.trouble else ""))
    else:
        talk.note(f"{counted(page.total, 'message')}; the newest are:")
        page = recall.search(page=max(0, page.total - 1) // RECALLED, page_size=RECALLED)
    for item in page.items:
        output.found(talk.shown, item.time.astimezone(talk.loop.memory.zone), item.name, item.text, item.why)


@_slash("/archival [QUERY]", "search archival memory, or show its tags and sources")
def _archival(talk: Conversation, query: str) -> None:
    archival, zone = talk.loop.memory.archival, talk.loop.memory.zone
    if query:
        page = archival.search(query, page_size=RECALLED)
        talk.note(f"found {counted(page.total, 'passage')}" + (f" ({page.trouble})" if page.trouble else ""))
        for each in page.items:
            passage, time = each.passage, each.passage.created_at.astimezone(zone)
            output.found(talk.shown, time, passage.source or "", passage.text, each.why)
        return
    talk.note(counted(archival.count(), "passage"))
    for what, counts in (("tags", archival.tags()), ("sources", archival.sources())):
        if counts:
            talk.note(f"{what}: {', '.join(f'{name} ({count:,})' for name, count in counts.items())}")


@_slash("/context", "show what fills the window")
def _context(talk: Conversation, _rest: str) -> None:
    output.say(talk.shown, str(talk.loop.context_overview()), "cyan")


@_slash("/pop [N]", "take back the newest message, or the newest N")
def _pop(talk: Conversation, count: str) -> None:
    for message in talk.loop.memory.pop(_number(count, 1)):
        talk.note(f"took back {message.name or talk.loop.memory.name}: {shorten(message.spoken or '', 80)}")
    talk.note("/undo brings it back, until the next eviction")


@_slash("/undo [N]", "undo the newest edit, pop, rethink or rewrite, or the newest N")
def _undo(talk: Conversation, count: str) -> None:
    talk.note(str(talk.loop.memory.undo(_number(count, 1))))


@_slash("/retry", "ask for another answer to the newest message")
def _retry(talk: Conversation, _rest: str) -> None:
    talk.turn(talk.loop.retry())


@_slash("/rethink TEXT", "replace the newest thought")
def _rethink(talk: Conversation, text: str) -> None:
    talk.note(f"was: {talk.loop.memory.rethink(text)}")


@_slash("/rewrite TEXT", "replace the agent's newest message")
def _rewrite(talk: Conversation, text: str) -> None:
    talk.note(f"was: {talk.loop.memory.rewrite(text)}")


@_slash("/summarize", "evict half of the queue into the summary")
def _summarize(talk: Conversation, _rest: str) -> None:
    before = talk.loop.memory.queue.evictions()
    talk.turn(talk.loop.compact())
    if talk.loop.memory.queue.evictions() == before:
        talk.note("there is nothing to evict")


@_slash("/heartbeat [REASON]", "start a turn without a message")
def _heartbeat(talk: Conversation, reason: str) -> None:
    talk.turn(talk.loop.beat(reason) if reason else talk.loop.beat())


@_slash("/memorywarning", "warn the agent of memory pressure, as if its window were full")
def _memorywarning(talk: Conversation, _rest: str) -> None:
    warning = Message.event("alert", prompt("pressure_warning"))
    talk.turn(talk.loop.run([warning], owes_answer=False))


@_slash("/dump [N]", "show the newest entries of the log")
def _dump(talk: Conversation, count: str) -> None:
    memory = talk.loop.memory
    last = memory.log.last_seq()
    for entry in memory.log.since(max(0, last - _number(count, DUMPED))):
        message = entry.message
        calls = "".join(f" {call.name}({call.arguments})" for call in message.tool_calls)
        who = message.name or (memory.name if message.role == "assistant" else "")
        time = f"{message.time.astimezone(memory.zone):%Y-%m-%d %H:%M:%S %Z}"
        output.say(talk.shown, f"{entry.seq:>5} {time} {message.kind:<9} {who}: {message.text}{calls}")


@_slash("/model [NAME]", "show the model, or change it for this conversation")
def _model(talk: Conversation, name: str) -> None:
    if name:
        talk.use_model(with_model(talk.settings, name))
    local = talk.loop.llm.model == OFFLINE or not talk.settings.base_url
    place = "" if local else f" at {bare_address(talk.settings.base_url or '')}"
    window = talk.loop.pressure.budget.window
    talk.note(f"the model is {talk.loop.llm.model}{place}, with a window of {window:,} tokens")


@_slash("/attach [WHAT]", "read a file, folder, web address or shared archive; or list what is attached")
def _attach(talk: Conversation, what: str) -> None:
    memory, path = talk.loop.memory, Path(what).expanduser()
    if not what:
        for source in memory.sources():
            talk.note(str(source))
        talk.note("/attach reads a path, a web address or the shared archive of a name")
    elif is_address(what) or path.exists():
        with output.load_progress(talk.shown, what) as update:
            attached = memory.attach(what if is_address(what) else path, told=update)
        output.print_attached(talk.shown, attached)
    elif what not in (names := archive_names(talk.settings)):
        raise ConfigurationError(
            f"{what} is no file, folder or web address, and no shared archive of this home. The archives: "
            f"{', '.join(names) or 'none'}."
        )
    else:
        memory.attach(archive=what)
        talk.note(f"{memory.name} can now search {what}")


@_slash("/forget WORDS", "delete for good what contains the words, after a question")
def _forget(talk: Conversation, words: str) -> None:
    if not words:
        talk.note("/forget deletes what contains the words that follow it: /forget peanuts")
        talk.note("memgpt-autogen forget deletes by speaker, source and time too")
        return
    memory, request = talk.loop.memory, ForgetRequest(query=words, dry_run=True)
    output.report(talk.shown, memory.run_forget(request))
    if talk.ask("This cannot be undone. Forget it?"):
        output.report(talk.shown, memory.run_forget(replace(request, dry_run=False)))
    else:
        talk.note("nothing is forgotten")


@_slash("/thoughts [on/off]", "show or hide what the agent thinks")
def _thoughts(talk: Conversation, wanted: str) -> None:
    choices = {"": not talk.thoughts, "on": True, "off": False}
    if wanted.lower() not in choices:
        talk.note("type /thoughts on or /thoughts off")
        return
    talk.thoughts = choices[wanted.lower()]
    talk.note(f"thoughts are {'shown' if talk.thoughts else 'hidden'}")


@_slash("/agent [NAME]", "show the agent, or change to another agent")
def _agent(talk: Conversation, name: str) -> None:
    if name:
        talk.use_agent(open_existing(name, talk.settings))
    memory, names = talk.loop.memory, ", ".join(agent_names(talk.settings))
    known = counted(memory.log.count(), "message")
    talk.note(f"you talk to {memory.name}, which remembers {known}; the agents of this home: {names}")


@_slash("/save", "show where memory is stored; everything is saved at once")
def _save(talk: Conversation, _rest: str) -> None:
    talk.note(f"everything is already saved in {place_of(talk.settings)}")


@_slash("/help", "show this list")
def _help(talk: Conversation, _rest: str) -> None:
    rows = [(command.usage, command.about) for command in COMMANDS.values()]
    output.table(talk.shown, ("", ""), [*rows, *KEYS])


@_slash("/exit", "end the conversation")
def _exit(_talk: Conversation, _rest: str) -> None:
    raise Ended


def _number(text: str, default: int) -> int:
    try:
        return int(text or default)
    except ValueError:
        raise HistoryError(f"'{text}' is not a number.") from None
