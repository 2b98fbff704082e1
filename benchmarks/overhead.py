"""Measure a turn without its model call, compared with the raw client and with a plain AutoGen agent.

    python -m benchmarks.overhead [--logs 1000,10000,100000] [--agents 3,10,30] [--turns 60]
        [--pymemgpt PYTHON] [--json] [--plot FILE]

The model is the scripted server on loopback, in its own process; it answers at once. On every side, a turn is
one message in, one request to the model and one reply out. In every round each side runs once, and the sides
are compared round by round, so that a busy machine slows all of them. The time that the server needs to
read our longer prompts counts as ours. Plain agents start a new chat each time, which is fastest for them.

`reference` is a figure from another run.
"""

from __future__ import annotations

import argparse
import contextlib
import gc
import multiprocessing
import os
import statistics
import subprocess
import sys
import tempfile
import time
import tracemalloc
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from itertools import groupby, islice
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any

from benchmarks import measuring
from memgpt_autogen.llm.protocols import Completion, Usage
from memgpt_autogen.testing import ScriptedServer, call, says
from memgpt_autogen.testing.scripted import Request

QUESTION = "Is the meeting with Priya on Thursday?"

LINE = "We moved the meeting {} with Priya to Thursday, because the train does not arrive before noon."

IN_VIEW = 20
"""The number of messages in the prompt when the turns begin."""

BATCH = 5000

REFERENCE = {
    "pymemgpt 0.3.25, one step": {"p50_ms": 29.0, "raw_client_p50_ms": 1.8},
    "note": "measured earlier on an idle machine with two cores, not in this run",
}

Side = Callable[[], Any]


def main() -> None:
    options = _options()
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home, scripted_server() as server:
        result = measure(options, Path(home), server)
    if options.plot:
        plot(result, options.plot)
    print(format_tables(result))
    if options.json:
        measuring.emit(result)


def measure(options: argparse.Namespace, home: Path, server: Server) -> dict[str, Any]:
    measuring.report_progress("importing")
    imported = measure_imports(min(8, max(2, options.turns)))
    measuring.report_progress("disk")
    disk = measure_commits(home, min(100, 10 * options.turns))
    turns = measure_turns(home / "turns", server, options.logs, options.turns, options.pymemgpt)
    groups = measure_groups(home / "groups", server, options.agents, min(5, options.turns))
    memory = measure_memory(home / "memory", server, options.memory_turns)
    result = {
        "benchmark": "overhead",
        "machine": measuring.machine("pyautogen", "autogen", "openai", "sqlalchemy", "pydantic"),
        "load": list(os.getloadavg()) if hasattr(os, "getloadavg") else None,
        "turns": turns,
        "groups": groups,
        "disk": disk,
        "import": imported,
        "memory": memory,
        "reference": REFERENCE,
    }
    return {**result, "targets": targets(result)}


def targets(result: dict[str, Any]) -> dict[str, Any]:
    logs = result["turns"]["logs"]
    long, short = max(logs, key=int), min(logs, key=int)
    figures = {
        "loop above the raw client, ms": (max(log["loop_above_raw_ms"] for log in logs.values()), 8.0),
        "agent above a plain agent, ms": (max(log["agent_above_plain_ms"] for log in logs.values()), 5.0),
        f"loop, time with a log of {long} divided by time with {short}": (
            result["turns"]["loop_longest_over_shortest"],
            1.2,
        ),
        f"agent, time with a log of {long} divided by time with {short}": (
            result["turns"]["agent_longest_over_shortest"],
            1.2,
        ),
        "import memgpt_autogen, s": (result["import"]["package_s"], 0.15),
        "connections made by importing": (result["import"]["network"], 0),
        "process memory at the end divided by the start": (result["memory"]["rss_end_over_start"], 1.02),
        "growth of Python memory per turn, bytes": (result["memory"]["python_bytes_per_turn"], 1000),
    }
    return {
        name: {"figure": figure, "at_most": most, "met": figure <= most}
        for name, (figure, most) in figures.items()
    }


# One agent


def measure_turns(
    home: Path, server: Server, logs: Sequence[int], turns: int, pymemgpt: str | None
) -> dict[str, Any]:
    """Measure a turn on every side and for every length of the log, all of them in every round."""
    sides, begin_anew, prompt = _sides(home, server, logs)
    work = {name: _work(side, server) for name, side in sides.items()}
    rival = _Pymemgpt(pymemgpt, server, home / "pymemgpt") if pymemgpt else None
    if rival and rival.skipped is None:
        sides["pymemgpt"] = rival.step
    measuring.report_progress(f"{turns} rounds of {len(sides)} sides")
    times = _rounds(sides, turns, begin_anew)
    if rival:
        rival.close()
    longest, shortest = max(logs), min(logs)
    return {
        "rounds": turns,
        "raw_ms": times.percentiles("raw"),
        "raw_with_our_prompt_ms": times.percentiles("raw with our prompt"),
        "plain_ms": times.percentiles("plain"),
        "logs": {str(size): _one_log(size, times, work) for size in logs},
        "plain_work": work["plain"],
        "raw_work": work["raw"],
        "loop_longest_over_shortest": times.ratio(f"loop {longest}", f"loop {shortest}"),
        "agent_longest_over_shortest": times.ratio(f"agent {longest}", f"agent {shortest}"),
        "prompt": prompt,
        "pymemgpt": _rival_figures(rival, times, f"loop {shortest}"),
    }


def _one_log(size: int, times: Times, work: dict[str, Any]) -> dict[str, Any]:
    loop, agent = f"loop {size}", f"agent {size}"
    return {
        "loop_ms": times.percentiles(loop),
        "loop_above_raw_ms": times.above(loop, "raw"),
        "loop_above_raw_processor_ms": times.above(loop, "raw", processor=True),
        "loop_above_raw_with_our_prompt_ms": times.above(loop, "raw with our prompt"),
        "agent_ms": times.percentiles(agent),
        "agent_above_plain_ms": times.above(agent, "plain"),
        "agent_above_plain_processor_ms": times.above(agent, "plain", processor=True),
        "loop_work": work[loop],
        "agent_work": work[agent],
    }


def _sides(home: Path, server: Server, logs: Sequence[int]) -> tuple[dict[str, Side], Side, dict[str, int]]:
    """Return each side by name, a function that clears AutoGen's transcripts, and the size of our prompt."""
    import autogen
    import openai

    from memgpt_autogen import MemGPTAgent, OpenAILLM, Settings, open_loop, open_memory
    from memgpt_autogen.messages import Message

    client = openai.OpenAI(base_url=server.url, api_key="not-needed", max_retries=0)
    user = autogen.ConversableAgent("user", llm_config=False, human_input_mode="NEVER")
    agents = [user]

    def ask(agent: Any) -> Side:
        agents.append(agent)
        return partial(user.send, QUESTION, agent, request_reply=True, silent=True)

    def turn(loop: Any) -> Side:
        return lambda: list(loop.run([Message.said_by("user", QUESTION)]))

    raw = partial(client.chat.completions.create, model="scripted")
    plain = autogen.ConversableAgent("plain", llm_config=server.llm_config, human_input_mode="NEVER")
    sides: dict[str, Side] = {
        "raw": partial(raw, messages=[{"role": "user", "content": QUESTION}]),
        "plain": ask(plain),
    }
    prompt: dict[str, int] = {}
    for size in logs:
        measuring.report_progress(f"a log of {size:,} messages")
        settings = Settings.load(home=home / str(size))
        memory = open_memory("loop", settings)
        agent = MemGPTAgent("agent", llm_config=server.llm_config, settings=settings, model_error="raise")
        for each in (memory, agent.memory):
            _fill(each, size)
        loop = open_loop(memory, OpenAILLM("scripted", base_url=server.url, api_key="not-needed"))
        sides[f"loop {size}"] = turn(loop)
        sides[f"agent {size}"] = ask(agent)
        if not prompt:
            messages, tools = memory.compile(), loop.head().tools
            sides["raw with our prompt"] = partial(raw, messages=messages, tools=tools)
            prompt = {"messages": len(messages), "tools": len(tools)}

    def begin_anew() -> None:
        for agent in agents:
            agent.clear_history()

    return sides, begin_anew, prompt


def _rounds(sides: dict[str, Side], turns: int, begin_anew: Side) -> Times:
    """Run every side in every round. Two rounds before the measured ones warm up."""
    times = Times()
    for number in range(-2, turns):
        for name, side in sides.items():
            begin_anew()
            before = time.process_time()
            taken = measuring.milliseconds(side)
            if number >= 0:
                times.clock[name].append(taken)
                times.processor[name].append((time.process_time() - before) * 1000)
    return times


class Times:
    """Milliseconds of every side in every round: wall-clock time and this process's processor time."""

    def __init__(self) -> None:
        self.clock: dict[str, list[float]] = defaultdict(list)
        self.processor: dict[str, list[float]] = defaultdict(list)

    def percentiles(self, side: str) -> dict[str, float]:
        return {**measuring.percentiles(self.clock[side]), "processor_p50": _median(self.processor[side])}

    def above(self, side: str, base: str, *, processor: bool = False) -> float:
        """Return the median of the differences within a round."""
        times = self.processor if processor else self.clock
        return _median([one - other for one, other in zip(times[side], times[base], strict=True)])

    def ratio(self, side: str, base: str) -> float:
        """Return the median of the ratios within a round."""
        return _median([one / other for one, other in zip(self.clock[side], self.clock[base], strict=True)])


def _fill(memory: Any, size: int) -> None:
    from memgpt_autogen.messages import Message

    lines = (Message.said_by(("ann", "ben")[n % 2], LINE.format(n)) for n in range(size))
    while batch := list(islice(lines, BATCH)):
        memory.log.append(*batch)
    if size > IN_VIEW:
        memory.queue.evict(memory.log.last_seq() - IN_VIEW, "They moved meetings.", "extract")


def _work(side: Side, server: Server) -> dict[str, int]:
    """Count the database's work and the model's requests in one later turn.

    SQLite reports the statements. Those of triggers do not count.
    """
    from sqlalchemy import Engine, event

    for _ in range(2):
        side()
    transactions: list[list[str]] = []

    def began(connection: Any) -> None:
        transactions.append([])
        connection.connection.dbapi_connection.set_trace_callback(transactions[-1].append)

    event.listen(Engine, "begin", began)
    requests = server.requests()
    side()
    requests = server.requests() - requests
    event.remove(Engine, "begin", began)
    # SQLite reports a statement again after a trigger of it has run
    statements = [
        [
            text
            for text, _ in groupby(transaction)
            if text.startswith(("SELECT", "INSERT", "UPDATE", "DELETE"))
        ]
        for transaction in ([text for text in each if not text.startswith("--")] for each in transactions)
    ]
    wrote = sum(any(not text.startswith("SELECT") for text in texts) for texts in statements)
    return {
        "requests": requests,
        "commits": wrote,
        "readings": len(statements) - wrote,
        "statements": sum(map(len, statements)),
    }


# Groups


def measure_groups(home: Path, server: Server, sizes: Sequence[int], rounds: int) -> dict[str, Any]:
    """Measure group chats in which each member speaks once, with our agents and with plain agents."""
    import autogen

    from memgpt_autogen import MemGPTAgent

    result = {}
    for size in sizes:
        measuring.report_progress(f"groups of {size}")

        def ours(name: str, size: int = size) -> Any:
            return MemGPTAgent(
                name,
                llm_config=server.llm_config,
                home=home / str(size),
                model_error="raise",
                description=name,
            )

        def plain(name: str) -> Any:
            return autogen.ConversableAgent(
                name, llm_config=server.llm_config, human_input_mode="NEVER", description=name
            )

        members = {
            kind: [make(f"m{n}") for n in range(size)] for kind, make in (("ours", ours), ("plain", plain))
        }
        sides = {kind: _group_chat(autogen, each) for kind, each in members.items()}
        times = _rounds(sides, rounds, lambda: None).clock
        each = {kind: [taken / size for taken in taken_all] for kind, taken_all in times.items()}
        above = [one - other for one, other in zip(each["ours"], each["plain"], strict=True)]
        result[str(size)] = {
            "ours_ms_per_message": measuring.percentiles(each["ours"]),
            "plain_ms_per_message": measuring.percentiles(each["plain"]),
            "above_plain_ms_per_message": _median(above),
            "above_plain_ms_per_message_and_member": round(_median(above) / size, 3),
            "requests": {kind: _work(side, server)["requests"] for kind, side in sides.items()},
        }
    return result


def _group_chat(autogen: Any, members: Sequence[Any]) -> Side:
    def chat() -> None:
        group = autogen.GroupChat(
            agents=list(members),
            messages=[],
            max_round=len(members) + 1,
            speaker_selection_method="round_robin",
        )
        manager = autogen.GroupChatManager(group, llm_config=False, human_input_mode="NEVER", silent=True)
        members[0].initiate_chat(manager, message=QUESTION, silent=True, summary_method=None)

    return chat


# Importing, disk, memory


def measure_imports(times: int) -> dict[str, Any]:
    """Measure imports in new processes, without the start of the interpreter."""
    code = (
        "import sys, time\n"
        "touched = []\n"
        "sys.addaudithook(lambda event, args: touched.append(event) if event in "
        "('socket.connect', 'socket.getaddrinfo', 'socket.gethostbyname', 'socket.sendto') else None)\n"
        "start = time.perf_counter()\n"
        "{}\n"
        "print(time.perf_counter() - start, len(touched))"
    )

    def fresh(statement: str, count: int) -> tuple[float, int]:
        runs = [
            subprocess.run(
                [sys.executable, "-c", code.format(statement)], check=True, capture_output=True, text=True
            ).stdout.split()
            for _ in range(count)
        ]
        return round(statistics.median(float(run[-2]) for run in runs), 4), max(int(run[-1]) for run in runs)

    package, network = fresh("import memgpt_autogen", times)
    fewer = max(1, times // 2)
    agent, agent_network = fresh("from memgpt_autogen import MemGPTAgent", fewer)
    loop, _ = fresh("from memgpt_autogen import open_loop, open_memory, OpenAILLM", fewer)
    host, host_network = fresh("import autogen", fewer)
    return {
        "package_s": package,
        "network": network,
        "with_open_loop_s": loop,
        "with_agent_s": agent,
        "agent_network": agent_network,
        "autogen_alone_s": host,
        "autogen_network": host_network,
    }


def measure_commits(home: Path, times: int) -> dict[str, Any]:
    """Measure a commit on this disk: bare SQLite with full synchronisation, and one message in a log."""
    import sqlite3

    from memgpt_autogen import Settings, open_memory
    from memgpt_autogen.messages import Message

    bare = sqlite3.connect(home / "bare.db", isolation_level=None)
    bare.execute("PRAGMA journal_mode=WAL")
    bare.execute("PRAGMA synchronous=FULL")
    bare.execute("CREATE TABLE entries (text TEXT)")
    memory = open_memory("disk", Settings.load(home=home / "disk"))

    def insert() -> None:
        bare.execute("BEGIN IMMEDIATE")
        bare.execute("INSERT INTO entries VALUES (?)", (LINE,))
        bare.execute("COMMIT")

    sides: dict[str, Side] = {
        "bare_commit_ms": insert,
        "append_ms": lambda: memory.log.append(Message.said_by("ben", LINE)),
    }
    rounds = _rounds(sides, times, lambda: None).clock
    bare.close()
    return {name: measuring.percentiles(taken) for name, taken in rounds.items()}


def measure_memory(home: Path, server: Server, turns: int) -> dict[str, Any]:
    """Measure how the process grows over many turns, in a window that is small enough for many evictions."""
    from memgpt_autogen import OpenAILLM, Settings, open_loop, open_memory
    from memgpt_autogen.messages import Message

    memory = open_memory("many", Settings.load(home=home))
    llm = OpenAILLM("scripted", base_url=server.url, api_key="not-needed")
    loop = open_loop(memory, llm, window_tokens=4096)

    def run(count: int) -> None:
        for _ in range(count):
            list(loop.run([Message.said_by("user", QUESTION)]))
        gc.collect()

    measuring.report_progress(f"{turns} turns for the memory")
    run(max(1, turns // 3))
    start = resident_kb()
    run(turns)
    end = resident_kb()
    tracemalloc.start()
    run(max(1, turns // 3))
    before = tracemalloc.get_traced_memory()[0]
    run(max(1, turns // 3))
    after = tracemalloc.get_traced_memory()[0]
    tracemalloc.stop()
    return {
        "turns": turns,
        "evictions": memory.queue.evictions(),
        "rss_start_kb": start,
        "rss_end_kb": end,
        "rss_end_over_start": round(end / start, 4),
        "python_bytes_per_turn": round((after - before) / max(1, turns // 3)),
    }


def resident_kb() -> int:
    """Return the resident memory of this process."""
    try:
        pages = int(Path("/proc/self/statm").read_text().split()[1])
    except OSError:
        import resource

        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return pages * os.sysconf("SC_PAGE_SIZE") // 1024


# The model


class Server:
    """The scripted server, in its own process."""

    def __init__(self, url: str, pipe: Connection) -> None:
        self.url = url
        self._pipe = pipe

    @property
    def llm_config(self) -> dict[str, Any]:
        entry = {"model": "scripted", "base_url": self.url, "api_key": "not-needed", "price": [0.0, 0.0]}
        return {"config_list": [entry], "cache_seed": None}

    def requests(self) -> int:
        """Return the number of requests so far."""
        self._pipe.send("requests")
        return int(self._pipe.recv())


@contextlib.contextmanager
def scripted_server() -> Iterator[Server]:
    """Start the scripted server, and end it after the block."""
    spawn = multiprocessing.get_context("spawn")
    ours, theirs = spawn.Pipe()
    process = spawn.Process(target=_serve, args=(theirs,), daemon=True)
    process.start()
    try:
        yield Server(ours.recv(), ours)
        ours.send("end")
        process.join(10)
    finally:
        process.terminate()


def _serve(pipe: Connection) -> None:
    with ScriptedServer(otherwise=_answer) as server:
        pipe.send(server.url)
        while pipe.recv() == "requests":
            pipe.send(len(server.requests))


def _answer(asked: Request) -> Completion:
    """Answer with `send_message` if that is offered. The given usage saves the server the counting."""
    usage = Usage(1000, 10)
    if any(tool["function"]["name"] == "send_message" for tool in asked.tools):
        return says("", call("send_message", message="Yes, on Thursday."), usage=usage)
    return says("Yes, on Thursday.", usage=usage)


# A rival


class _Pymemgpt:
    """pymemgpt in its own interpreter. Each line that it gets starts one step."""

    def __init__(self, python: str, server: Server, home: Path) -> None:
        home.mkdir(parents=True)
        self.skipped: str | None = None
        script = Path(__file__).with_name("pymemgpt_step.py")
        self._process = subprocess.Popen(
            [python, str(script), server.url, str(home)],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            stderr=subprocess.DEVNULL,
            text=True,
        )
        answer = self._line()
        if not answer.startswith("ready"):
            self.skipped = answer or "the process ended before its first step"

    def step(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.write("step\n")
        self._process.stdin.flush()
        answer = self._line()
        assert answer == "done", answer

    def close(self) -> None:
        self._process.kill()
        self._process.wait()

    def _line(self) -> str:
        """Return the next line that begins with @. The package prints many others."""
        assert self._process.stdout is not None
        for line in self._process.stdout:
            if line.startswith("@"):
                return line[1:].strip()
        return ""


def _rival_figures(rival: _Pymemgpt | None, times: Times, ours: str) -> dict[str, Any]:
    if rival is None or rival.skipped is not None:
        return {"skipped": "no --pymemgpt PYTHON" if rival is None else rival.skipped}
    return {
        "version": "0.3.25",
        "step_ms": measuring.percentiles(times.clock["pymemgpt"]),
        "times_our_loop": times.ratio("pymemgpt", ours),
    }


# Output


def format_tables(result: dict[str, Any]) -> str:
    turns = result["turns"]
    rows = [
        ["raw `openai` client", "", _spread(turns["raw_ms"]), "", "", ""],
        ["raw client with our prompt and tools", "", _spread(turns["raw_with_our_prompt_ms"]), "", "", ""],
        ["plain `ConversableAgent`", "", _spread(turns["plain_ms"]), "", "", ""],
    ]
    for size, log in turns["logs"].items():
        for side, base in (("loop", "raw"), ("agent", "plain")):
            work = log[f"{side}_work"]
            rows.append(
                [
                    {"loop": "our loop, `openai` client", "agent": "`MemGPTAgent`"}[side],
                    f"{int(size):,}",
                    _spread(log[f"{side}_ms"]),
                    f"{log[f'{side}_above_{base}_ms']:+.2f}",
                    work["commits"],
                    work["statements"],
                ]
            )
    pymemgpt = turns["pymemgpt"]
    rows.append(["pymemgpt", "", pymemgpt.get("skipped") or _spread(pymemgpt["step_ms"]), "", "", ""])
    head = ["side", "log", "p50 / p95 / processor, ms", "above raw or plain, ms", "commits", "statements"]
    groups = [
        [
            size,
            _spread(group["ours_ms_per_message"]),
            _spread(group["plain_ms_per_message"]),
            group["above_plain_ms_per_message"],
            group["above_plain_ms_per_message_and_member"],
        ]
        for size, group in result["groups"].items()
    ]
    met = [
        [name, each["figure"], each["at_most"], "yes" if each["met"] else "no"]
        for name, each in result["targets"].items()
    ]
    return "\n\n".join(
        [
            measuring.table(head, rows),
            measuring.table(
                [
                    "members of a group",
                    "ours, ms per message",
                    "plain, ms per message",
                    "above plain",
                    "for each member",
                ],
                groups,
            ),
            measuring.table(["target", "measured", "at most", "met"], met),
            f"disk: {result['disk']}\nimport: {result['import']}\nmemory: {result['memory']}",
        ]
    )


def plot(result: dict[str, Any], file: Path) -> None:
    import matplotlib as mpl

    mpl.use("Agg")
    from matplotlib import pyplot as plt

    turns = result["turns"]
    names = ["raw client", "raw, our prompt", "plain agent"]
    times = [turns[key]["p50"] for key in ("raw_ms", "raw_with_our_prompt_ms", "plain_ms")]
    for size, log in turns["logs"].items():
        names += [f"our loop, log of {int(size):,}", f"MemGPTAgent, log of {int(size):,}"]
        times += [log["loop_ms"]["p50"], log["agent_ms"]["p50"]]
    if "step_ms" in turns["pymemgpt"]:
        names.append("pymemgpt 0.3.25")
        times.append(turns["pymemgpt"]["step_ms"]["p50"])
    figure, axes = plt.subplots(figsize=(8, 0.4 * len(names) + 1))
    bars = axes.barh(
        names,
        times,
        color=["#999" if "our loop" not in n and "MemGPTAgent" not in n else "#27a" for n in names],
    )
    axes.bar_label(bars, fmt="%.1f", padding=3)
    axes.invert_yaxis()
    axes.set_xlabel("one message in, one reply out: ms, median")
    for side in ("top", "right"):
        axes.spines[side].set_visible(False)
    figure.tight_layout()
    figure.savefig(file)


def _spread(times: dict[str, float]) -> str:
    return " / ".join(f"{value:.2f}" for value in times.values())


def _median(values: Sequence[float]) -> float:
    return round(statistics.median(values), 3)


def _options() -> argparse.Namespace:
    parser = measuring.parser(__doc__ or "")
    parser.add_argument("--logs", type=_numbers, default=[1000, 10_000, 100_000], help="numbers of messages")
    parser.add_argument("--agents", type=_numbers, default=[3, 10, 30], help="numbers of group members")
    parser.add_argument("--turns", type=int, default=60, help="how many rounds are measured")
    parser.add_argument(
        "--memory-turns", type=int, default=600, help="how many turns memory is measured over"
    )
    parser.add_argument("--pymemgpt", metavar="PYTHON", help="an interpreter with pymemgpt 0.3.25 installed")
    parser.add_argument("--plot", type=Path, help="write a plot of the times to this file")
    return parser.parse_args()


def _numbers(text: str) -> list[int]:
    return [int(number) for number in text.split(",")]


if __name__ == "__main__":
    main()
