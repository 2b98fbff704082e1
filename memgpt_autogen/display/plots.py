"""Plots of an agent's memory: how the window fills and is emptied, and how many tokens each turn uses.

They need the extra `plots`, and return matplotlib's `Axes`, which you can title, arrange and save.
"""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import TYPE_CHECKING, Any, Literal, Protocol

from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.events import Event, Evicted, PressureWarned, TurnEnded
from memgpt_autogen.loop.heartbeat import HeartbeatLoop
from memgpt_autogen.memory.context.budget import Budget
from memgpt_autogen.memory.context.overview import ContextOverview
from memgpt_autogen.memory.context.queue import Summary, units
from memgpt_autogen.memory.hierarchy import MemoryHierarchy

if TYPE_CHECKING:
    from matplotlib.axes import Axes

QUEUE, WRITTEN, WARNED, EVICTED, FREE = "#4c8fd6", "#2f9e83", "#d9822b", "#c2476b", "#8d93a1"


class PlottedAgent(Protocol):
    """What a plot needs of an agent; `MemGPTAgent` has it."""

    name: str
    memory: MemoryHierarchy
    loop: HeartbeatLoop | None

    def context_overview(self) -> ContextOverview: ...


def window(agent: PlottedAgent, *, newest: int = 2000, ax: Axes | None = None) -> Axes:
    """Plot how the agent's window filled.

    The plot covers about the `newest` entries of the agent's log, with warnings and evictions. The data
    is from the log, so the plot includes the time before this process. Sizes are counted now.
    """
    overview = agent.context_overview()
    loop = agent.loop
    assert loop is not None  # noqa: S101 - without a loop there is no overview
    head = overview.system + overview.core_memory + overview.tools
    past = fillings(agent.memory, loop.pressure.budget, head_tokens=head, newest=newest)
    axes = _axes(ax)
    for name, tokens, color, style in (
        ("window", overview.window_tokens, FREE, "-"),
        ("warning", overview.warn_tokens, WARNED, "--"),
        ("head of the prompt", head, FREE, ":"),
    ):
        if tokens is not None:
            axes.axhline(tokens, color=color, linewidth=1, linestyle=style, label=f"{name}, {tokens:,}")
    seqs, sizes = [each.seq for each in past], [each.tokens for each in past]
    axes.fill_between(seqs, sizes, step="post", color=QUEUE, alpha=0.25)
    axes.plot(seqs, sizes, drawstyle="steps-post", color=QUEUE, linewidth=1.5, label="prompt")
    for what, color, marker in (("warned", WARNED, "^"), ("evicted", EVICTED, "v")):
        points = [(each.seq, each.tokens) for each in past if each.what == what]
        if points:
            xs, ys = zip(*points, strict=True)
            _mark(axes, xs, ys, color=color, marker=marker, label=f"{what} ({len(points)})")
    axes.set(xlabel="entry of the log", ylabel="tokens", title=f"{agent.name}: the window over time")
    axes.set_ylim(0, max([overview.window_tokens, *sizes]) * 1.08)
    _add_legend(axes)
    return axes


def turns(turns: Sequence[Sequence[Event]], *, ax: Axes | None = None) -> Axes:
    """Plot what each turn read and wrote, in tokens.

    The tokens are as the endpoint counted them. The plot shows evictions and warnings too. `turns` are
    recorded events: `with agent.watch() as watched:` keeps them as `watched.turns`.
    """
    axes = _axes(ax)
    from matplotlib.ticker import MaxNLocator  # after the check that matplotlib is installed

    numbers = range(1, len(turns) + 1)
    usages = [_usage(turn) for turn in turns]
    read, written = [prompt for prompt, _ in usages], [answer for _, answer in usages]
    axes.bar(numbers, read, color=QUEUE, label="read (prompts)")
    axes.bar(numbers, written, bottom=read, color=WRITTEN, label="written (answers)")
    most = max(map(sum, usages), default=0)
    for kind, name, color, marker, above in (
        (PressureWarned, "warned", WARNED, "^", 0.04),
        (Evicted, "evicted", EVICTED, "v", 0.11),
    ):
        marked = [n for n, turn in enumerate(turns, 1) if any(isinstance(event, kind) for event in turn)]
        if marked:
            heights = [sum(usages[number - 1]) + above * most for number in marked]
            _mark(axes, marked, heights, color=color, marker=marker, label=f"{name} ({len(marked)} turns)")
    axes.set(xlabel="turn", ylabel="tokens", title="tokens per turn")
    axes.xaxis.set_major_locator(MaxNLocator(integer=True))
    axes.margins(y=0.12)
    axes.set_ylim(bottom=0)
    _add_legend(axes)
    return axes


def _usage(turn: Sequence[Event]) -> tuple[int, int]:
    ended = [event.usage for event in turn if isinstance(event, TurnEnded)]
    return sum(usage.prompt_tokens for usage in ended), sum(usage.completion_tokens for usage in ended)


def _mark(axes: Axes, xs: Sequence[int], ys: Sequence[float], **style: Any) -> None:
    axes.scatter(xs, ys, s=60, zorder=3, **style)


def _add_legend(axes: Axes) -> None:
    axes.legend(loc="upper left", bbox_to_anchor=(1.01, 1.0), frameon=False, fontsize="small")


def _axes(ax: Axes | None) -> Axes:
    if ax is not None:
        return ax
    try:
        from matplotlib import pyplot as plt
    except ImportError as error:
        raise ConfigurationError(
            "plots need matplotlib, which is not installed: pip install 'memgpt-autogen[plots]'."
        ) from error
    made: Any = plt.subplots(figsize=(9, 3.6), layout="constrained")[1]
    return made  # type: ignore[no-any-return]


@dataclass(frozen=True, slots=True)
class Filling:
    """The size of the prompt after one entry of the log."""

    seq: int
    time: datetime
    tokens: int
    """The tokens of the whole prompt."""
    what: Literal["said", "warned", "evicted"]


def fillings(
    memory: MemoryHierarchy, budget: Budget, *, head_tokens: int, newest: int = 2000
) -> list[Filling]:
    """Return how the window filled, oldest first, over about the `newest` entries of the log.

    `head_tokens` are the tokens before summary and queue: instructions, core memory, tools.
    """
    start = max(0, memory.log.last_seq() - newest)
    summaries = memory.queue.summaries()
    older = [summary for summary in summaries if summary.at_seq <= start]
    coming = deque(summary for summary in summaries if summary.at_seq > start)
    through = older[-1].through_seq if older else 0
    summary_tokens = budget.text(older[-1].text) if older else 0
    queue: deque[tuple[int, int]] = deque()
    """The last entry of each unit in the prompt, with the unit's tokens."""
    filled: list[Filling] = []

    def tokens() -> int:
        return head_tokens + summary_tokens + sum(size for _, size in queue)

    def evict(summary: Summary) -> None:
        nonlocal summary_tokens
        while queue and queue[0][0] <= summary.through_seq:
            queue.popleft()
        summary_tokens = budget.text(summary.text)
        filled.append(Filling(summary.at_seq, summary.time, tokens(), "evicted"))

    for unit in units(memory.log.since(through)):
        last = unit[-1]
        while coming and coming[0].at_seq < last.seq:
            evict(coming.popleft())
        queue.append((last.seq, budget.messages(memory.prompt.tail(unit))))
        if last.seq > start:
            warned = any(entry.message.kind == "alert" for entry in unit)
            filled.append(Filling(last.seq, last.message.time, tokens(), "warned" if warned else "said"))
    for summary in coming:
        evict(summary)
    return filled
