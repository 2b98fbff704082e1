#!/usr/bin/env bash
# langgraph-checkpoint 4.3.2 (of langgraph 1.2.24): a search of `InMemoryStore` without a query, over several namespaces, is
# not in the order of insertion, though the documentation says that the item inserted last comes last.
#
# The items come namespace by namespace: in the order in which each namespace was first used, and inside a namespace in
# the order in which each key was first stored. So `limit` cuts off new items in the middle, and the last result need not
# be the newest. A `get` that finds nothing counts as a use, so that reading changes the order of later results.
#
# Output seen with langgraph-checkpoint 4.3.2 and Python 3.11:
#   stored: ada/1, ben/2, ada/3, ben/4, ada/5
#   found: ada/1, ada/3, ada/5, ben/2, ben/4
#   found with limit=3: ada/1, ada/3, ada/5
#   found after a get in ben before all of it: ben/2, ben/4, ada/1, ada/3, ada/5
set -euo pipefail
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT
python3 -m venv "$folder/venv"
"$folder/venv/bin/pip" install --quiet --disable-pip-version-check 'langgraph-checkpoint==4.3.2'
"$folder/venv/bin/python" -W ignore - <<'PY'
from langgraph.store.memory import InMemoryStore

STORED = ["ada/1", "ben/2", "ada/3", "ben/4", "ada/5"]


def filled(read_first=None):
    store = InMemoryStore()
    if read_first:
        assert store.get(("notes", read_first), "nothing") is None
    for place in STORED:
        name, key = place.split("/")
        store.put(("notes", name), key, {"text": "tea"})
    return store


def found(store, limit=10):
    return [f"{item.namespace[1]}/{item.key}" for item in store.search(("notes",), limit=limit)]


everything, limited, after_reading = found(filled()), found(filled(), 3), found(filled(read_first="ben"))
print("stored:", ", ".join(STORED))
print("found:", ", ".join(everything))
print("found with limit=3:", ", ".join(limited))
print("found after a get in ben before all of it:", ", ".join(after_reading))
assert everything == ["ada/1", "ada/3", "ada/5", "ben/2", "ben/4"], "the behaviour has changed"
assert limited == everything[:3], "the behaviour has changed"
assert after_reading == ["ben/2", "ben/4", "ada/1", "ada/3", "ada/5"], "the behaviour has changed"
PY
