"""Plots of an agent's memory, and the numbers behind them."""

from __future__ import annotations

import builtins
import sys
from itertools import pairwise
from typing import Any

import pytest
from autogen_support import agent, chat, sends
from loops import LoopFactory

from memgpt_autogen import MemGPTAgent
from memgpt_autogen.display.plots import fillings
from memgpt_autogen.display.turn_trace import Trace
from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.events import (
    Evicted,
    PressureWarned,
)
from memgpt_autogen.messages import Message
from memgpt_autogen.testing import HashingEmbedder, call, says

pytestmark = pytest.mark.autogen


def an_agent_with_a_past() -> tuple[MemGPTAgent, tuple[Trace, ...]]:
    sam = agent("sam", otherwise=sends("I see. " * 30), window_tokens=3000, embedder=HashingEmbedder())
    with sam.watch(show=False) as watched:
        chat(sam, *(f"{number}: {'the plan is this. ' * 15}" for number in range(18)))
    return sam, tuple(watched.turns)


def test_plots_show_the_window_with_its_thresholds_and_evictions() -> None:
    pytest.importorskip("matplotlib").use("Agg")
    from memgpt_autogen.display import plots

    sam, turns = an_agent_with_a_past()
    evictions = sum(isinstance(event, Evicted) for turn in turns for event in turn)

    axes = plots.window(sam)

    labels = axes.get_legend_handles_labels()[1]
    assert "window, 3,000" in labels
    assert f"evicted ({evictions})" in labels
    assert evictions > 0
    assert axes.get_title() == "sam: the window over time"


def test_plots_show_what_each_recorded_turn_cost() -> None:
    pytest.importorskip("matplotlib").use("Agg")
    from memgpt_autogen.display import plots

    _, turns = an_agent_with_a_past()

    axes = plots.turns(turns)

    assert len(axes.patches) == 2 * len(turns)
    assert any(label.startswith("evicted") for label in axes.get_legend_handles_labels()[1])
    assert plots.turns([], ax=axes) is axes


def test_without_matplotlib_a_plot_names_the_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    from memgpt_autogen.display import plots

    for name in [name for name in sys.modules if name.partition(".")[0] == "matplotlib"]:
        monkeypatch.delitem(sys.modules, name)
    importing = builtins.__import__

    def lacking(name: str, *rest: Any) -> Any:
        if name.partition(".")[0] == "matplotlib":
            raise ModuleNotFoundError("No module named 'matplotlib'", name="matplotlib")
        return importing(name, *rest)

    monkeypatch.setattr(builtins, "__import__", lacking)

    with pytest.raises(ConfigurationError, match=r"pip install 'memgpt-autogen\[plots\]'"):
        plots.turns([])


def test_the_log_tells_how_the_window_filled_and_was_emptied(make_loop: LoopFactory) -> None:
    loop = make_loop(otherwise=says("", call("send_message", message="I see. " * 20)), window_tokens=3000)
    events = []
    for number in range(20):
        events += list(loop.run([Message.said_by("ben", f"{number}: {'the plan is this. ' * 12}")]))

    past = fillings(loop.memory, loop.pressure.budget, head_tokens=1000)

    evicted = [event for event in events if isinstance(event, Evicted)]
    assert [each.seq for each in past] == sorted(each.seq for each in past)
    assert sum(each.what == "evicted" for each in past) == len(evicted) > 0
    assert sum(each.what == "warned" for each in past) == sum(isinstance(e, PressureWarned) for e in events)
    drops = [(one.tokens, two.tokens) for one, two in pairwise(past) if two.what == "evicted"]
    assert all(after < before for before, after in drops)
    assert all(each.tokens > 1000 for each in past)


def test_a_part_of_the_past_is_the_end_of_the_whole(make_loop: LoopFactory) -> None:
    loop = make_loop(otherwise=says("", call("send_message", message="I see. " * 20)), window_tokens=3000)
    for number in range(20):
        list(loop.run([Message.said_by("ben", f"{number}: {'the plan is this. ' * 12}")]))
    whole = fillings(loop.memory, loop.pressure.budget, head_tokens=1000)

    part = fillings(loop.memory, loop.pressure.budget, head_tokens=1000, newest=12)

    assert 0 < len(part) < len(whole)
    assert part == whole[-len(part) :]
