#!/usr/bin/env bash
# autogen-core 0.7.5: a `FunctionTool` that was loaded from its component config cannot be dumped again: OSError. Nor can a
# workbench that holds it, which is how an agent keeps its tools. So what was loaded from a file cannot be saved.
#
# `dump_component` reads the function's code from its source file. A loaded function has none: it was made from the text in
# the config, and the tool does not keep that text.
#
# Output seen with autogen-core 0.7.5 and Python 3.11:
#   the loaded tool adds 2 and 3: 5
#   dump of the loaded tool: OSError: could not get source code
#   dump of a loaded workbench: OSError: could not get source code
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'autogen-core==0.7.5'
cat > "$folder/sums.py" <<'PY'
def add(first: int, second: int) -> int:
    """Add two numbers."""
    return first + second
PY
PYTHONPATH="$folder" "$folder/venv/bin/python" -W ignore - <<'PY'
import asyncio

from autogen_core import CancellationToken
from autogen_core.tools import FunctionTool, StaticWorkbench
from sums import add


def dump(component):
    try:
        component.dump_component()
    except OSError as error:
        return f"OSError: {error}"
    return "no error"


tool = FunctionTool(add, description="Adds two numbers.")
loaded = FunctionTool.load_component(tool.dump_component())
total = asyncio.run(loaded.run_json({"first": 2, "second": 3}, CancellationToken()))
workbench = StaticWorkbench.load_component(StaticWorkbench([tool]).dump_component())
told = [dump(loaded), dump(workbench)]
print(f"the loaded tool adds 2 and 3: {total}")
print(f"dump of the loaded tool: {told[0]}")
print(f"dump of a loaded workbench: {told[1]}")
assert dump(tool) == "no error" and total == 5, "the behaviour has changed"
assert told == ["OSError: could not get source code"] * 2, "the behaviour has changed"
PY
