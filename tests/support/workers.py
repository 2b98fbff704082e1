"""Processes that are forked from a warm one: a fork takes milliseconds, an import of AutoGen takes seconds.

A `Worker` runs a script that talks with the test: its lines of input and output are read and written one
by one, and it can be killed or suspended by its `pid`. `run_program` runs a whole program to its end.
`Program` runs a program beside the test, in a terminal if it is given one. All have the environment and the
working folder of the test. Use `subprocess` where the start of the interpreter is tested.
"""

from __future__ import annotations

import atexit
import functools
import os
import runpy
import signal
import subprocess
import sys
import tempfile
import threading
import traceback
import warnings
from collections.abc import Callable, Mapping
from multiprocessing import forkserver, get_context
from multiprocessing.connection import Connection
from pathlib import Path
from typing import Any, NoReturn

import pytest

# a program that runs longer is killed, in seconds
PROGRAM_SECONDS = 110

_FORKS = get_context("forkserver")
_FORKS.set_forkserver_preload(["workers_preload"])


class Worker:
    """A process that runs `script` with `sys.argv[1:]` set to `arguments`."""

    def __init__(self, script: str, *arguments: object) -> None:
        _warm_up()
        output, its_output = _FORKS.Pipe(duplex=False)
        its_input, input_ = _FORKS.Pipe(duplex=False)
        given = script, list(map(str, arguments)), dict(os.environ), str(Path.cwd())
        self._process = _FORKS.Process(target=_run_script, args=(its_input, its_output, *given), daemon=True)
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


def run_program(
    program: Path | str, *arguments: object, **environment: str
) -> subprocess.CompletedProcess[str]:
    """Run a Python file to its end, as `python program arguments ...` does, without input.

    `environment` is added to the test's. A deprecated use in the program itself is an error.
    """
    _warm_up()
    command = [str(program), *map(str, arguments)]
    with tempfile.TemporaryDirectory() as folder:
        outputs = [Path(folder) / "stdout", Path(folder) / "stderr"]
        given = command, outputs, {**os.environ, **environment}, str(Path.cwd())
        process = _FORKS.Process(target=_run_program, args=given, daemon=True)
        process.start()
        process.join(PROGRAM_SECONDS)
        if process.exitcode is None:
            process.kill()
            process.join()
        assert process.exitcode is not None
        printed = [path.read_text(encoding="utf-8") if path.exists() else "" for path in outputs]
    return subprocess.CompletedProcess(command, process.exitcode, *printed)


class Program:
    """A Python file that runs as `python program arguments ...` does, with the methods of `subprocess.Popen`.

    Input and output are those of the terminal with the path `terminal`, or nothing.
    """

    stdin = stdout = stderr = None

    def __init__(
        self,
        program: Path | str,
        *arguments: object,
        terminal: str | None = None,
        environment: Mapping[str, str] | None = None,
        folder: Path | str | None = None,
    ) -> None:
        _warm_up()
        opened, its_opened = _FORKS.Pipe(duplex=False)
        command = [str(program), *map(str, arguments)]
        given = command, dict(environment or os.environ), str(folder or Path.cwd())
        self._process = _FORKS.Process(
            target=_run_attached, args=(its_opened, terminal or os.devnull, *given), daemon=True
        )
        self._process.start()
        its_opened.close()
        opened.recv()
        assert self._process.pid is not None
        self.pid = self._process.pid

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        if self._process.exitcode is None:
            raise subprocess.TimeoutExpired(str(self.pid), timeout or 0)
        return self._process.exitcode

    def send_signal(self, number: int) -> None:
        if self._process.exitcode is None:
            os.kill(self.pid, number)

    def terminate(self) -> None:
        self._process.terminate()

    def kill(self) -> None:
        self._process.kill()


def _run_script(
    input_: Connection,
    output: Connection,
    script: str,
    arguments: list[str],
    environment: dict[str, str],
    folder: str,
) -> None:
    os.dup2(input_.fileno(), 0)
    os.dup2(output.fileno(), 1)
    _become(["worker", *arguments], environment, folder)
    _run(lambda: exec(compile(script, "worker", "exec"), {"__name__": "__main__"}))


def _run_program(command: list[str], outputs: list[Path], environment: dict[str, str], folder: str) -> None:
    opened = [os.open(os.devnull, os.O_RDONLY)]
    opened += [os.open(path, os.O_WRONLY | os.O_CREAT) for path in outputs]
    for descriptor, file in enumerate(opened):
        os.dup2(file, descriptor)
    _become(command, environment, folder)
    sys.path.insert(0, str(Path(command[0]).parent))
    warnings.filterwarnings("error", category=DeprecationWarning, module="__main__")
    _run(lambda: runpy.run_path(command[0], run_name="__main__"))


def _run_attached(
    opened: Connection, terminal: str, command: list[str], environment: dict[str, str], folder: str
) -> None:
    os.setsid()
    file = os.open(terminal, os.O_RDWR)  # the first terminal that a new session opens controls it
    for descriptor in range(3):
        os.dup2(file, descriptor)
    os.close(file)
    opened.send(True)
    opened.close()
    signal.signal(signal.SIGINT, signal.default_int_handler)
    _become(command, environment, folder)
    _run(lambda: runpy.run_path(command[0], run_name="__main__"))


def _become(command: list[str], environment: dict[str, str], folder: str) -> None:
    sys.stdin = os.fdopen(0, encoding="utf-8")
    sys.stdout = os.fdopen(1, "w", encoding="utf-8")
    sys.stderr = os.fdopen(2, "w", encoding="utf-8", buffering=1)
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    if environment.get("PYTHONWARNINGS") == "ignore":
        warnings.simplefilter("ignore")
    if "MPLBACKEND" in environment and "matplotlib" in sys.modules:  # AutoGen imported it before
        sys.modules["matplotlib"].rcParams["backend"] = environment["MPLBACKEND"]
    sys.argv = command


def _run(program: Callable[[], object]) -> NoReturn:
    """Run the program and end the process as the interpreter does: multiprocessing skips exit functions."""
    code: Any = 0
    try:
        program()
    except SystemExit as end:
        code = end.code
        if code is not None and not isinstance(code, int):
            print(code, file=sys.stderr)  # noqa: T201
            code = 1
    except BaseException:  # noqa: BLE001 - as the interpreter does
        traceback.print_exc()
        code = 1
    threading._shutdown()  # type: ignore[attr-defined]
    atexit._run_exitfuncs()
    sys.stdout.flush()
    os._exit(code or 0)
