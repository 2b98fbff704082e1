#!/usr/bin/env bash
# autogen-core 0.7.5: asked for together with `protobuf>=6`, pip installs autogen-core 0.0.2 without a warning. That wheel
# has two folders, "autogen-core" and "autogen-agentchat", whose names no import statement can have.
#
# The later releases need a protobuf below 6, and 0.0.2 of August 2024 says nothing of what it needs. `autogen-agentchat`
# falls back to 0.2.40, another program: it has the module `autogen`. A lower bound (`autogen-core>=0.4`) makes pip
# report the conflict instead.
#
# Output seen with pip 23.2.1, protobuf 6.33.6 and Python 3.11:
#   installed: autogen-core 0.0.2, protobuf 6.33.6
#   pip check: No broken requirements found.
#   import autogen_core: ModuleNotFoundError
#   folders: autogen-agentchat, autogen-core
#   with autogen-core>=0.4: ERROR: ResolutionImpossible
#   autogen-agentchat: 0.2.40
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
pip="$folder/venv/bin/pip"
export PIP_DISABLE_PIP_VERSION_CHECK=1
"$pip" install --quiet autogen-core 'protobuf==6.33.6'
core=$("$pip" list --format=freeze | sed -n 's/^autogen-core==//p')
checked=$("$pip" check)
error=$("$folder/venv/bin/python" -c 'import autogen_core' 2>&1 | sed -n 's/^\(ModuleNotFoundError\):.*/\1/p' || true)
folders=$("$pip" show --files autogen-core | sed -n 's|^  \([a-z-]*\)/__init__.py$|\1|p' | paste -sd, | sed 's/,/, /g')
conflict=$("$pip" install --dry-run 'autogen-core>=0.4' 'protobuf==6.33.6' 2>&1 |
  sed -n 's/^\(ERROR: ResolutionImpossible\).*/\1/p' || true)
"$pip" install --quiet --dry-run --report "$folder/report.json" autogen-agentchat 'protobuf==6.33.6'
agentchat=$("$folder/venv/bin/python" - "$folder/report.json" <<'PY'
import json
import sys

with open(sys.argv[1]) as report:
    installed = {each["metadata"]["name"]: each["metadata"]["version"] for each in json.load(report)["install"]}
print(installed["autogen-agentchat"])
PY
)
echo "installed: autogen-core $core, protobuf 6.33.6"
echo "pip check: $checked"
echo "import autogen_core: $error"
echo "folders: $folders"
echo "with autogen-core>=0.4: $conflict"
echo "autogen-agentchat: $agentchat"
seen="$core|$checked|$error|$folders|$conflict|$agentchat"
expected='0.0.2|No broken requirements found.|ModuleNotFoundError|autogen-agentchat, autogen-core|ERROR: ResolutionImpossible|0.2.40'
[ "$seen" = "$expected" ] || { echo 'the behaviour has changed' >&2; exit 1; }
