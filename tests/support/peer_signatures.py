"""The signatures of other memories' clients that our pages call, read from their wheels.

Nothing of a wheel is imported or run.

`python -m tests.support.peer_signatures FOLDER` reads the newest wheels of a folder and names the calls of
our pages that do not fit them; `make peers` downloads them first. With `--write`, it records the signatures
and the versions in tests/data/peer_signatures.json, which the tests of the pages read.
"""

from __future__ import annotations

import ast
import inspect
import json
import re
import sys
import zipfile
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any

ROOT = Path(__file__).parents[2]
RECORD = ROOT / "tests/data/peer_signatures.json"
PAGE = ROOT / "docs/coming_from.md"
NOTEBOOK = ROOT / "notebooks/coming_from_teachability_and_mem0.ipynb"

# how the pages name an object, and the package, module and class that it has there
CLIENTS = {
    "memory": ("mem0ai", "mem0/memory/main.py", "Memory"),
    "client.thread": ("zep_cloud", "zep_cloud/thread/client.py", "ThreadClient"),
    "client.user": ("zep_cloud", "zep_cloud/user/client.py", "UserClient"),
    "client.graph.edge": ("zep_cloud", "zep_cloud/graph/edge/client.py", "EdgeClient"),
    "letta.agents": ("letta_client", "letta_client/resources/agents/agents.py", "AgentsResource"),
    "letta.agents.passages": (
        "letta_client",
        "letta_client/resources/agents/passages.py",
        "PassagesResource",
    ),
}
# values that the page makes for a call
VALUES = {"AddMessage": ("zep_cloud", "zep_cloud/types/add_message.py", "AddMessage")}
# what a call returns: the page may read these fields of it
RESULTS = (
    ("mem0ai", "mem0/configs/base.py", "MemoryItem"),
    ("zep_cloud", "zep_cloud/types/message.py", "Message"),
    ("zep_cloud", "zep_cloud/types/edge.py", "Edge"),
    ("zep_cloud", "zep_cloud/types/thread.py", "Thread"),
    ("zep_cloud", "zep_cloud/types/user.py", "User"),
    ("zep_cloud", "zep_cloud/types/thread_context_response.py", "ThreadContextResponse"),
    ("letta_client", "letta_client/types/passage.py", "Passage"),
)
PACKAGES = sorted({package for package, _, _ in (*CLIENTS.values(), *RESULTS)})
OURS = ("agent.", "sam.", "memory.archival", "memory.recall", "memory.core", "memory.log", "memory.export")


def read_wheels(folder: Path) -> dict[str, Any]:
    """Return the versions, the methods of each client and the fields of the results."""
    wheels = {package: max(folder.glob(f"{package}-*.whl")) for package in PACKAGES}
    return {
        "versions": {package: wheel.name.split("-")[1] for package, wheel in wheels.items()},
        "calls": {
            f"{name}.{method}": parameters
            for name, (package, module, title) in CLIENTS.items()
            for method, parameters in _methods(_class(wheels[package], module, title))
        }
        | {
            name: _made_from(_class(wheels[package], module, title))
            for name, (package, module, title) in VALUES.items()
        },
        "fields": sorted(
            {
                field
                for package, module, title in RESULTS
                for field in _fields(_class(wheels[package], module, title))
            }
        ),
    }


def wrong_calls(texts: Iterable[str], peers: Mapping[str, Any]) -> list[str]:
    """Return the calls in these pieces of code that the recorded signatures refuse, each with the reason."""
    wrong = []
    for text in texts:
        for node in ast.walk(ast.parse(text)):
            if not isinstance(node, ast.Call) or not (name := _theirs(node.func)):
                continue
            try:
                _bind(name, node, peers["calls"])
            except TypeError as error:
                wrong.append(f"{ast.unparse(node)}: {error}")
    return wrong


def wrong_fields(texts: Iterable[str], peers: Mapping[str, Any]) -> list[str]:
    """Return the fields of `each` result that no result has."""
    read = {field for text in texts for field in re.findall(r"\beach(?:\.|\[\")(\w+)", text)}
    return sorted(read - {*peers["fields"]})


def pieces_of(page: str) -> Iterator[str]:
    """Yield the code of a page: its blocks, and the calls in its sentences. Shell lines are left out."""
    yield from re.findall(r"^```(?:text|python)\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    for call in re.findall(r"`((?:memory|client|letta)\.[\w.]+\([^`]*\)[^`]*)`", page):
        if not call.startswith(OURS):
            yield call


def shown() -> Iterator[str]:
    """Yield the pieces of the migration page and of the notebook."""
    yield from pieces_of(PAGE.read_text(encoding="utf-8"))
    for cell in json.loads(NOTEBOOK.read_text(encoding="utf-8"))["cells"]:
        if cell["cell_type"] == "markdown":
            yield from pieces_of("".join(cell["source"]) + "\n")


def _theirs(function: ast.expr) -> str | None:
    """Return the dotted name of a call of another memory's client."""
    name = ast.unparse(function)
    theirs = re.fullmatch(r"(?:memory|client|letta)\.[\w.]+|AddMessage", name)
    return name if theirs and not name.startswith(OURS) else None


def _bind(name: str, call: ast.Call, calls: Mapping[str, str]) -> None:
    if name not in calls:
        raise TypeError(f"there is no {name}")
    names: dict[str, Any] = {}
    exec(f"def function{calls[name]}: ...", names)  # written by this program
    keywords = {keyword.arg: ... for keyword in call.keywords if keyword.arg}
    inspect.signature(names["function"]).bind(*([...] * len(call.args)), **keywords)


def _class(wheel: Path, module: str, title: str) -> ast.ClassDef:
    with zipfile.ZipFile(wheel) as archive:
        tree = ast.parse(archive.read(module))
    return next(node for node in tree.body if isinstance(node, ast.ClassDef) and node.name == title)


def _methods(found: ast.ClassDef) -> Iterator[tuple[str, str]]:
    """Yield the public methods with their parameters, without `self`, types and `**kwargs`.

    mem0 takes any keyword and refuses `user_id` later.
    """
    for node in found.body:
        if isinstance(node, ast.FunctionDef) and not node.name.startswith("_"):
            given = node.args
            given.args = given.args[1:]
            given.kwarg = None
            for each in (*given.posonlyargs, *given.args, *given.kwonlyargs):
                each.annotation = None
            given.defaults = [ast.Constant(...) for _ in given.defaults]
            given.kw_defaults = [default and ast.Constant(...) for default in given.kw_defaults]
            yield node.name, f"({ast.unparse(given)})"


def _made_from(found: ast.ClassDef) -> str:
    """Return the parameters of a pydantic model."""
    return f"(*, {', '.join(f'{field}=...' for field in _fields(found))})"


def _fields(found: ast.ClassDef) -> Iterator[str]:
    for node in found.body:
        if isinstance(node, ast.AnnAssign) and isinstance(node.target, ast.Name):
            yield node.target.id


def main(folder: Path, *, write: bool) -> int:
    peers = read_wheels(folder)
    if write:
        RECORD.write_text(json.dumps(peers, indent=1) + "\n", encoding="utf-8")
    texts = list(shown())
    wrong = [*wrong_calls(texts, peers), *wrong_fields(texts, peers)]
    versions = ", ".join(f"{package} {version}" for package, version in peers["versions"].items())
    sys.stdout.write(f"compared with {versions}\n")
    for line in wrong:
        sys.stderr.write(f"{line}\n")
    return 1 if wrong else 0


if __name__ == "__main__":
    sys.exit(main(Path(sys.argv[1]), write="--write" in sys.argv))
