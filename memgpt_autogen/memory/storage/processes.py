"""Processes of the operating system: how the holder of a lease is described, and whether it still runs."""

from __future__ import annotations

import json
import os
import socket
import uuid
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class Process:
    """A process, described so that another process of the same machine can see whether it still runs."""

    host: str
    machine: str
    """The machine's boot and container, or its network address."""
    pid: int
    started: str | None = None
    """The start time as the system reports it, because a number is used again."""

    def __str__(self) -> str:
        return f"process {self.pid} on {self.host}"

    @classmethod
    def from_json(cls, text: str) -> Process:
        return cls(**json.loads(text))

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @property
    def is_local(self) -> bool:
        """Whether it is a process of this machine."""
        return (self.host, self.machine) == (socket.gethostname(), _machine())

    def has_ended(self) -> bool:
        """Return whether it has surely ended. Nobody knows this of a process on another machine."""
        if not self.is_local or os.name != "posix":  # on Windows, signal 0 would end the process
            return False
        try:
            os.kill(self.pid, 0)
        except ProcessLookupError:
            return True
        except PermissionError:
            pass
        state, started = _stat(self.pid)
        return state in ("Z", "X") or (None not in (started, self.started) and started != self.started)


def this_process() -> Process:
    return _describe(os.getpid())


@cache
def _describe(pid: int) -> Process:
    return Process(socket.gethostname(), _machine(), pid, _stat(pid)[1])


def _stat(pid: int) -> tuple[str | None, str | None]:
    """Return the state and the start time of a process, which only Linux reports."""
    try:
        fields = Path(f"/proc/{pid}/stat").read_text(errors="replace").rpartition(")")[2].split()
    except OSError:
        return None, None
    return fields[0], fields[19]


@cache
def _machine() -> str:
    try:
        boot = Path("/proc/sys/kernel/random/boot_id").read_text().strip()
        return f"{boot} {Path('/proc/self/ns/pid').readlink()}"
    except OSError:
        return f"{uuid.getnode():x}"
