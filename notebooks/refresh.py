"""Run the notebooks, and save those whose outputs have changed: `make notebooks`.

    python notebooks/refresh.py [NAME ...] [--folder FOLDER] [--force]

Numbers, dates and pixels differ in each run. They are no reason to save a notebook;
`--force` saves it anyway.
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
SECONDS = 100  # time limit of a cell

# The committed outputs come from the offline rules, even if the environment has an API key.
ENVIRONMENT = {
    "MEMGPT_AUTOGEN_MODEL": "offline",
    "MEMGPT_AUTOGEN_DISCOVER": "false",
    "PYTHONWARNINGS": "ignore",  # the imports of an old AutoGen warn
}


def notebooks(folder: Path = FOLDER) -> list[Path]:
    return sorted(folder.glob("*.ipynb"))


def missing_packages(notebook: Mapping[str, Any]) -> list[str]:
    """Return the packages that the notebook's metadata names and that are not installed."""
    needed = notebook["metadata"].get("needs", [])
    return [package for package in needed if find_spec(package) is None]


def run_notebook(notebook: Mapping[str, Any], folder: Path = FOLDER) -> nbformat.NotebookNode:
    """Run the notebook from top to bottom in this folder, with a home of its own, and return the result.

    Raises `CellExecutionError` if a cell fails.
    """
    with tempfile.TemporaryDirectory(prefix="memgpt-autogen-notebook-", ignore_cleanup_errors=True) as home:
        client = NotebookClient(
            nbformat.from_dict(notebook),
            timeout=SECONDS,
            coalesce_streams=True,
            record_timing=False,
            resources={"metadata": {"path": str(folder)}},
        )
        done = client.execute(env={**os.environ, **ENVIRONMENT, "MEMGPT_AUTOGEN_HOME": home})
    done.metadata.pop("widgets", None)
    done.metadata["language_info"] = {"name": "python"}  # without the version of the Python that ran it
    return done


def output_kinds(notebook: Mapping[str, Any]) -> list[list[str]]:
    """Return what each code cell shows: the kinds of its outputs, and their texts without numbers."""
    return [
        [_kind(output) for output in cell["outputs"]]
        for cell in notebook["cells"]
        if cell["cell_type"] == "code"
    ]


def _kind(output: Mapping[str, Any]) -> str:
    if output["output_type"] == "stream":
        return f"{output['name']}: {without_numbers(output['text'])}"
    if "data" in output:
        content = output["data"]
        has_picture = any(kind.startswith("image/") for kind in content)
        text = "" if has_picture else without_numbers(content.get("text/plain", ""))
        return f"{', '.join(sorted(content))}: {text}"
    return str(output["output_type"])


def without_numbers(text: str) -> str:
    """Replace every number, and every bar that shows a number, by the same text."""
    return re.sub(r"[\d.,:]*\d[ █▏▎▍▌▋▊▉░·]*|[█▏▎▍▌▋▊▉░]+ *", "0 ", text)


def main(arguments: Sequence[str] | None = None) -> None:
    options = argparse.ArgumentParser(description=__doc__)
    options.add_argument("names", nargs="*", help="for example first_conversation; default: all")
    options.add_argument("--folder", type=Path, default=FOLDER, help="the folder with the notebooks")
    options.add_argument(
        "--force", action="store_true", help="also save notebooks whose outputs have not changed"
    )
    given = options.parse_args(arguments)
    for path in notebooks(given.folder):
        if given.names and path.stem not in given.names:
            continue
        kept = nbformat.read(path, as_version=4)
        if missing := missing_packages(kept):
            print(f"{path.name}: skipped, because {', '.join(missing)} is not installed", file=sys.stderr)
            continue
        fresh = run_notebook(kept, given.folder)
        same = output_kinds(fresh) == output_kinds(kept)
        if given.force or not same:
            nbformat.write(fresh, path)
        print(f"{path.name}: {'unchanged' if same else 'changed'}")


if __name__ == "__main__":
    main()
