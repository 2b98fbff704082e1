"""The process in which crashes happen: it imports everything once and forks a child for each life of an
agent.

Run as a script it reads requests, one JSON object a line, and answers each with how the child ended.
`CrashServer` is the tests' side of it.
"""

from __future__ import annotations

import gc
import json
import os
import signal
import subprocess
import sys
import time
import traceback
from dataclasses import asdict, dataclass
from pathlib import Path

from places import ROOT, SUPPORT

HANGS = 90
"""Seconds after which a child is taken to hang."""


@dataclass(frozen=True, slots=True)
class Life:
    """One life of a process in a home: what it does, and how it is to end."""

    home: str
    scenario: str
    kill_at: int | None = None
    """The write point to die at."""
    kill_after: float | None = None
    """Seconds to live, as a clock outside the process counts them."""
    seed: int = 0
    act: bool = True
    """Whether the scenario is played after what was left behind has been checked; False only checks."""
    check: bool = True
    check_armed: bool = False
    """Whether the points of opening and checking count too."""


@dataclass(frozen=True, slots=True)
class End:
    """How a life ended."""

    killed: bool
    points: int
    """How many write points there were, where it ended by itself."""
    last: str
    """The point that it was killed at."""
    problems: tuple[str, ...]
    """What was wrong with what an earlier life left, or an exception of this one."""


class CrashServer:
    """Starts the process and asks it for lives. Not for several threads."""

    def __init__(self) -> None:
        path = os.pathsep.join([str(SUPPORT), str(ROOT), os.environ.get("PYTHONPATH", "")])
        self._process = subprocess.Popen(
            [sys.executable, str(SUPPORT / "crash_server.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # numpy, which AutoGen brings where a plotting library is installed, would start a thread for each
            # core
            env={**os.environ, "PYTHONPATH": path, "OPENBLAS_NUM_THREADS": "1"},
            text=True,
        )

    def live(self, life: Life) -> End:
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        self._process.stdin.write(json.dumps(asdict(life)) + "\n")
        self._process.stdin.flush()
        answer = json.loads(self._process.stdout.readline())
        return End(**{**answer, "problems": tuple(answer["problems"])})

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(30)


def main() -> None:
    import crash_scenarios

    crash_scenarios.preload()
    deadline = time.monotonic() + 20
    while len([*Path("/proc/self/task").iterdir()]) > 1:  # what watched over a turn's lease is about to end
        assert time.monotonic() < deadline, "a process with threads must not be forked"
        time.sleep(0.05)
    gc.collect()
    gc.freeze()
    for line in sys.stdin:
        sys.stdout.write(json.dumps(asdict(_end(Life(**json.loads(line))))) + "\n")
        sys.stdout.flush()


def _end(life: Life) -> End:
    reading, writing = os.pipe()
    child = os.fork()
    if not child:
        os.close(reading)
        _live(life, writing)
    os.close(writing)
    if life.kill_after is not None:
        time.sleep(life.kill_after)
        os.kill(child, signal.SIGKILL)
    with os.fdopen(reading) as pipe:
        told = [json.loads(line) for line in pipe if line.endswith("\n")]
    _, status = os.waitpid(child, 0)
    killed = os.WIFSIGNALED(status) and os.WTERMSIG(status) == signal.SIGKILL
    problems = [what for kind, what in told if kind == "problem"]
    if not killed and status:
        problems.append(f"the process ended with status {status}")
    points = [what for kind, what in told if kind == "points"]
    last = [what for kind, what in told if kind == "killed at"]
    return End(killed, points[-1] if points else 0, last[-1] if last else "", tuple(problems))


def _live(life: Life, pipe: int) -> None:
    import crash_scenarios

    def tell(kind: str, what: object) -> None:
        os.write(pipe, (json.dumps([kind, what]) + "\n").encode())

    status = 1
    try:
        signal.alarm(HANGS)
        crash_scenarios.live(life, tell)
        status = 0
    except BaseException:  # noqa: BLE001  this process tells it and ends
        tell("problem", traceback.format_exc())
    finally:
        os._exit(status)


if __name__ == "__main__":
    main()
