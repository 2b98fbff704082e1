#!/usr/bin/env bash
# pyautogen 0.9.0: `import autogen` imports `matplotlib.pyplot` where matplotlib is installed, for a plot that most
# programs never draw (`autogen.graph_utils`). matplotlib is no dependency of it.
#
# Two effects: the import takes longer, and the drawing back end is chosen then. A program that sets MPLBACKEND after
# `import autogen` gets the back end of before.
#
# Output seen with pyautogen 0.9.0, matplotlib 3.10.0 and Python 3.11:
#   matplotlib.pyplot after import autogen: True
#   back end asked for afterwards by MPLBACKEND: svg; used: agg
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'pyautogen==0.9.0' 'openai==3.57.0' 'matplotlib==3.10.0'
env -u MPLBACKEND -u DISPLAY -u WAYLAND_DISPLAY MPLCONFIGDIR="$folder" "$folder/venv/bin/python" -W ignore - <<'PY'
import os
import sys

import autogen

imported = "matplotlib.pyplot" in sys.modules
os.environ["MPLBACKEND"] = "svg"
import matplotlib

used = matplotlib.get_backend().lower()
print(f"matplotlib.pyplot after import autogen: {imported}")
print(f"back end asked for afterwards by MPLBACKEND: svg; used: {used}")
assert imported and used != "svg", "the behaviour has changed"
PY
