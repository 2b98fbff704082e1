"""Python programs in forks of one process that has imported AutoGen already.

An import of AutoGen takes three seconds and a fork takes some milliseconds, so tests that run many whole
programs run them here. Run as a script, this file is the process that forks; `WarmPython` is the tests'
side of it. On a system without `os.fork`, and for programs whose start is what is tested, use
`subprocess`.
"""

from __future__ import annotations

import gc
import json
import os
import runpy
import signal
import subprocess
import sys
import tempfile
import warnings
from pathlib import Path
from typing import Any

from places import ROOT, SUPPORT

SECONDS = 110
"""A program that runs longer than this is killed."""


class WarmPython:
    """Starts the process that forks, and runs programs in it, one at a time."""

    def __init__(self) -> None:
        path = os.pathsep.join([str(ROOT), os.environ.get("PYTHONPATH", "")])
        self._process = subprocess.Popen(
            [sys.executable, str(SUPPORT / "warm_python.py")],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            # OpenBLAS would start a thread for each core, and a process with threads must not be forked
            env={**os.environ, "PYTHONPATH": path, "PYTHONIOENCODING": "utf-8", "OPENBLAS_NUM_THREADS": "1"},
            text=True,
        )

    def run(self, *program: str, **environment: str) -> subprocess.CompletedProcess[str]:
        """Run a script with its arguments in the current folder, as `python script ...` does.

        `environment` is added to this process's. A use of something deprecated in the script itself is an
        error.
        """
        assert self._process.stdin is not None
        assert self._process.stdout is not None
        with tempfile.TemporaryDirectory() as folder:
            request = {
                "program": list(program),
                "environment": {**os.environ, **environment},
                "folder": str(Path.cwd()),
                "stdout": str(Path(folder) / "stdout"),
                "stderr": str(Path(folder) / "stderr"),
            }
            self._process.stdin.write(json.dumps(request) + "\n")
            self._process.stdin.flush()
            code = int(self._process.stdout.readline())
            stdout, stderr = (
                Path(request[name]).read_text(encoding="utf-8") for name in ("stdout", "stderr")
            )
        return subprocess.CompletedProcess(program, code, stdout, stderr)

    def close(self) -> None:
        assert self._process.stdin is not None
        self._process.stdin.close()
        self._process.wait(30)


def serve() -> dict[str, Any]:
    """Fork a child for every request. Return the request in the child. The parent ends with its input."""
    preload()
    gc.collect()
    gc.freeze()
    while line := sys.stdin.readline():
        request: dict[str, Any] = json.loads(line)
        child = os.fork()
        if not child:
            return request
        _, status = os.waitpid(child, 0)
        sys.stdout.write(f"{os.waitstatus_to_exitcode(status)}\n")
        sys.stdout.flush()
    sys.exit()


def preload() -> None:
    """Import what most programs import; nothing that starts a thread."""
    import qdrant_edge  # noqa: F401

    import memgpt_autogen.experiments
    import memgpt_autogen.testing

    for name in memgpt_autogen.__all__:
        getattr(memgpt_autogen, name)


def become(request: dict[str, Any]) -> None:
    """Make this child the process that was asked for, and run the program."""
    signal.alarm(SECONDS)
    opened = [os.open(os.devnull, os.O_RDONLY)]
    opened += [os.open(request[name], os.O_WRONLY | os.O_CREAT) for name in ("stdout", "stderr")]
    for descriptor, file in enumerate(opened):
        os.dup2(file, descriptor)
        os.close(file)
    os.chdir(request["folder"])
    os.environ.clear()
    os.environ.update(request["environment"])
    sys.argv = request["program"]
    sys.path[0] = str(Path(sys.argv[0]).parent)
    warnings.filterwarnings("error", category=DeprecationWarning, module="__main__")
    runpy.run_path(sys.argv[0], run_name="__main__")


if __name__ == "__main__":
    become(serve())
