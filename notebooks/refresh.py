"""Runs the notebooks and writes down what they show, where that has become something else: `make notebooks`.

    python notebooks/refresh.py [NAME ...] [--folder FOLDER] [--force]

Numbers, dates and pixels change from run to run, and are not reason enough to write a notebook anew; `--force` writes it in any case.
"""

from __future__ import annotations

import argparse
import os
import re
import sys
import tempfile
from collections.abc import Mapping, Sequence
from importlib.util import find_spec
from pathlib import Path
from typing import Any

import nbformat
from nbclient import NotebookClient

FOLDER = Path(__file__).parent
SECONDS = 100
"""How long a cell may take."""

ALONE = {
    "MEMGPT_AUTOGEN_MODEL": "offline",
    "MEMGPT_AUTOGEN_DISCOVER": "false",
    "PYTHONWARNINGS": "ignore",  # an old AutoGen is warned of by what it imports
}
"""What is committed is what the built-in rules answer, whoever's key is in the environment."""


def notebooks(folder: Path = FOLDER) -> list[Path]:
    return sorted(folder.glob("*.ipynb"))


def lacking(notebook: Mapping[str, Any]) -> list[str]:
    """The packages that a notebook names in its metadata and that are not installed."""
    needed = notebook["metadata"].get("needs", [])
    return [package for package in needed if find_spec(package) is None]


def executed(notebook: Mapping[str, Any], folder: Path = FOLDER) -> nbformat.NotebookNode:
    """The notebook run from top to bottom in this folder, with a home of its own. Raises `CellExecutionError` where a cell fails."""
    with tempfile.TemporaryDirectory(prefix="memgpt-autogen-notebook-", ignore_cleanup_errors=True) as home:
        client = NotebookClient(
            nbformat.from_dict(notebook),
            timeout=SECONDS,
            coalesce_streams=True,
            record_timing=False,
            resources={"metadata": {"path": str(folder)}},
        )
        done = client.execute(env={**os.environ, **ALONE, "MEMGPT_AUTOGEN_HOME": home})
    done.metadata.pop("widgets", None)
    done.metadata["language_info"] = {"name": "python"}  # without the version of whoever ran it
    return done


def told(notebook: Mapping[str, Any]) -> list[list[str]]:
    """What each code cell shows, in kind: its kinds of output, and its text without numbers."""
    return [
        [_kind(output) for output in cell["outputs"]]
        for cell in notebook["cells"]
        if cell["cell_type"] == "code"
    ]


def _kind(output: Mapping[str, Any]) -> str:
    if output["output_type"] == "stream":
        return f"{output['name']}: {masked(output['text'])}"
    if "data" in output:
        content = output["data"]
        pictured = any(kind.startswith("image/") for kind in content)
        return f"{', '.join(sorted(content))}: {'' if pictured else masked(content.get('text/plain', ''))}"
    return str(output["output_type"])


def masked(text: str) -> str:
    """A text in which numbers, and bars that are drawn of them, are all the same."""
    return re.sub(r"[\d.,:]*\d[ █▏▎▍▌▋▊▉░·]*|[█▏▎▍▌▋▊▉░]+ *", "0 ", text)


def main(arguments: Sequence[str] | None = None) -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("names", nargs="*", help="such as first_conversation; all without")
    options.add_argument("--folder", type=Path, default=FOLDER, help="where the notebooks are")
    options.add_argument("--force", action="store_true", help="write also what shows the same in kind")
    given = options.parse_args(arguments)
    for path in notebooks(given.folder):
        if given.names and path.stem not in given.names:
            continue
        kept = nbformat.read(path, as_version=4)
        if missing := lacking(kept):
            print(f"{path.name}: left as it is, since {', '.join(missing)} is not installed", file=sys.stderr)
            continue
        fresh = executed(kept, given.folder)
        same = told(fresh) == told(kept)
        if given.force or not same:
            nbformat.write(fresh, path)
        print(f"{path.name}: {'as before' if same else 'shows something else'}")


if __name__ == "__main__":
    main()
