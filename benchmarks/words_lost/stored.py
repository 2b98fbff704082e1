"""Attach documents to an agent and print the texts of their passages. It runs in a process of its own.

`benchmarks.words_lost` starts it, also with the package of another checkout, so it uses public calls only.
"""

from __future__ import annotations

import json
import sys
import tempfile
from pathlib import Path
from typing import Any


def stored(files: list[str]) -> dict[str, dict[str, Any]]:
    """Return for each file its passages as pairs of heading and text, the notes, and the error if any."""
    from memgpt_autogen import MemGPTAgent
    from memgpt_autogen.errors import MemGPTError

    found: dict[str, dict[str, Any]] = {}
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as home:
        agent = MemGPTAgent("reader", llm_config=False, home=home)
        for number, file in enumerate(files):
            found[file] = {"passages": [], "notes": [], "error": None}
            try:
                result = agent.attach(file, name=f"file-{number}")
                found[file]["notes"] = list(getattr(result, "notes", ()))
            except MemGPTError as error:
                found[file]["error"] = str(error)
            except Exception as error:  # noqa: BLE001  # a crash is a result too
                found[file]["error"] = f"crash: {error!r}"
            if number % 20 == 19:
                print(f"  attached {number + 1} of {len(files)} files", file=sys.stderr, flush=True)
        placed: list[tuple[int, str, str, str]] = []
        page = 0
        while items := agent.memory.archival.list(page=page, page_size=500).items:
            page += 1
            for each in items:
                place = each.place
                placed.append((place.number, str(each.source), place.heading or "", each.text))
        for _, source, heading, text in sorted(placed):
            found[files[int(source.removeprefix("file-"))]]["passages"].append([heading, text])
    return found


if __name__ == "__main__":
    asked, answer = map(Path, sys.argv[1:])
    answer.write_text(json.dumps(stored(json.loads(asked.read_text()))))
