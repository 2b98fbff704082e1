"""JSON logs, one object a line, without contents.

A record has its template, such as `the archive %s is empty`, and not what was put into it: arguments may be
words of a person. Where all of them are numbers, they are filled in. An exception has its class and its
place in the code, and not its text.
"""

from __future__ import annotations

import json
import logging
import sys
import traceback
from contextvars import ContextVar
from datetime import datetime, timezone
from types import TracebackType
from typing import Any

request_id: ContextVar[str] = ContextVar("request_id", default="")
"""The id of the request that this thread or task answers."""

# the attributes of a record that hold numbers and names which the server itself chose
FIELDS = "fields"


class JsonLines(logging.Formatter):
    """Formats a record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, Any] = {
            "time": datetime.fromtimestamp(record.created, timezone.utc).isoformat(timespec="milliseconds"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage() if _only_numbers(record.args) else str(record.msg),
        }
        if current := request_id.get():
            line["request_id"] = current
        line.update(getattr(record, FIELDS, {}))
        if record.exc_info and record.exc_info[0] is not None:
            line["error"] = record.exc_info[0].__name__
            line["at"] = places(record.exc_info[2])
        return json.dumps(line, ensure_ascii=False)


def _only_numbers(arguments: object) -> bool:
    return isinstance(arguments, tuple) and all(isinstance(each, (int, float)) for each in arguments)


def places(trace: TracebackType | None) -> list[str]:
    """The lines of code that an exception came through, the last ones of them."""
    frames = traceback.extract_tb(trace)[-12:]
    return [f"{frame.filename}:{frame.lineno} {frame.name}" for frame in frames]


def log_as_json(level: int = logging.INFO) -> None:
    """Write the logs of this process on standard error, as lines of JSON."""
    written = logging.StreamHandler(sys.stderr)
    written.setFormatter(JsonLines())
    logging.basicConfig(handlers=[written], level=logging.WARNING, force=True)
    for name in ("memgpt_autogen", "uvicorn"):
        logging.getLogger(name).setLevel(level)
    logging.captureWarnings(True)
