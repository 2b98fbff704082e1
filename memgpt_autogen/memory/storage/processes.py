"""Processes: which one this is, and whether another one still runs."""

from __future__ import annotations

import json
import os
import socket
import uuid
from dataclasses import asdict, dataclass
from functools import cache
from pathlib import Path


@dataclass(frozen=True, slots=True)
class _Process:
    """Who holds a lease, precisely enough to tell on the same machine whether it still lives."""

    host: str
    machine: str
    """The boot of a machine, or its network address; and the container."""
    pid: int
    started: str | None = None
    """When it started, where the system tells: a number may be used again."""


@cache
def _me(pid: int) -> str:
    """This process; a fork is another one."""
    return json.dumps(asdict(_Process(socket.gethostname(), _machine(), pid, _stat(pid)[1])))


def _told(holder: str) -> str:
    process = _Process(**json.loads(holder))
    return f"process {process.pid} on {process.host}"


def _dead(holder: str) -> bool:
    """Whether the holder has surely ended: no process of this machine, or this one, which has no turn now that it asks for one."""
    process = _Process(**json.loads(holder))
    if (process.host, process.machine) != (socket.gethostname(), _machine()):
        return False
    if process.pid == os.getpid():
        return True
    return _is_gone(process)


def _ended(holder: str) -> bool:
    """Whether the holder has surely ended, as somebody sees it who asks for no turn and may have one."""
    process = _Process(**json.loads(holder))
    here = (process.host, process.machine) == (socket.gethostname(), _machine())
    return here and process.pid != os.getpid() and _is_gone(process)


def _is_gone(process: _Process) -> bool:
    """Whether no such process of this machine lives."""
    if os.name != "posix":  # there a signal 0 is not a question
        return False
    try:
        os.kill(process.pid, 0)
    except ProcessLookupError:
        return True
    except PermissionError:
        pass
    state, started = _stat(process.pid)
    return state in ("Z", "X") or (None not in (started, process.started) and started != process.started)


def _stat(pid: int) -> tuple[str | None, str | None]:
    """A process's state and start, as Linux tells them."""
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
