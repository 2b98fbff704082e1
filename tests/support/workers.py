"""Processes that run a script each, forked from a warm one: a fork takes milliseconds, the imports take a
second.

A worker has the environment and the working folder of the test at its start. Its lines of input and output
are read and written one by one, and it can be killed or suspended by its `pid`. Use `subprocess` where the
start or the end of the interpreter is tested.
"""

from __future__ import annotations

import atexit
import functools
import os
import sys
import traceback
from multiprocessing import forkserver, get_context
from multiprocessing.connection import Connection
from pathlib import Path

import pytest

_FORKS = get_context("forkserver")
_FORKS.set_forkserver_preload(["workers_preload"])


class Worker:
    """A process that runs `script` with `sys.argv[1:]` set to `arguments`."""

    def __init__(self, script: str, *arguments: object) -> None:
        _warm_up()
        output, its_output = _FORKS.Pipe(duplex=False)
        its_input, input_ = _FORKS.Pipe(duplex=False)
        given = script, list(map(str, arguments)), dict(os.environ), str(Path.cwd())
        self._process = _FORKS.Process(target=_run, args=(its_input, its_output, *given), daemon=True)
        self._process.start()
        its_input.close()
        its_output.close()
        self._output = os.fdopen(os.dup(output.fileno()), encoding="utf-8")
        self._input = os.fdopen(os.dup(input_.fileno()), "w", encoding="utf-8")
        assert self._process.pid is not None
        self.pid = self._process.pid

    def line(self) -> str:
        """Wait for the next line of output; empty after the end of the process."""
        return self._output.readline().strip()

    def rest(self) -> list[str]:
        """Wait for the end of the process, and return the lines of output that were not read."""
        lines = [line.strip() for line in self._output if line.endswith("\n")]
        self._process.join()
        return lines

    def send(self, line: str = "") -> None:
        print(line, file=self._input, flush=True)

    def kill(self) -> None:
        self._process.kill()

    def close(self) -> None:
        """Kill the process if it still runs, and wait for its end."""
        self.kill()
        self._process.join()
        self._input.close()
        self._output.close()

    @property
    def exit_code(self) -> int | None:
        """None while it runs; negative for a signal."""
        return self._process.exitcode


@functools.cache
def _warm_up() -> None:
    """Start the process that forks. Its path comes from the environment, because older Pythons do not pass
    theirs on."""
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", os.pathsep.join(sys.path))
        patch.setenv("OPENBLAS_NUM_THREADS", "1")  # a process with threads must not be forked
        forkserver.ensure_running()


def _run(
    input_: Connection,
    output: Connection,
    script: str,
    arguments: list[str],
    environment: dict[str, str],
    folder: str,
) -> None:
    os.dup2(input_.fileno(), 0)
    os.dup2(output.fileno(), 1)
    sys.stdin, sys.stdout = os.fdopen(0, encoding="utf-8"), os.fdopen(1, "w", encoding="utf-8")
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    sys.argv = ["worker", *arguments]
    code = 0
    try:
        exec(compile(script, "worker", "exec"), {"__name__": "__main__"})
    except BaseException:  # noqa: BLE001 - as the interpreter does
        traceback.print_exc()
        code = 1
    atexit._run_exitfuncs()  # multiprocessing does not
    sys.stdout.flush()
    os._exit(code)
