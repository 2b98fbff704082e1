"""Makes `home_c6a0686.zip` and `sam_c6a0686.zip`, a home and a bundle. It ran on commit c6a0686.

To make them again, check out that commit into a folder OLD, and run, in a developer's environment:
`PYTHONPATH=OLD python tests/data/make_old_home.py OLD`.
"""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
import zipfile
from pathlib import Path

import memgpt_autogen
from memgpt_autogen import Block, Settings, open_loop, open_memory
from memgpt_autogen.messages import Message
from memgpt_autogen.testing import ScriptedLLM, call, says

COMMIT = "c6a0686"
HERE = Path(__file__).parent
TEAM = Block("team", "We build the heron.", shared=True)

MANUAL = """# The heron

## Starting

Press the green button for three seconds. The lamp turns white.

## Cleaning

Use a dry cloth. Water damages the feathers.
"""


def make(home: Path) -> None:
    settings = Settings.load(home=home, discover=False)
    ida = open_memory("ida", settings, blocks=[TEAM], archive="library")
    ida.archival.insert("The library opens at nine.", source="rules.txt", tags=["library"])
    sam = open_memory("sam", settings, persona="I am Sam.", human="Ada leads the team.", blocks=[TEAM])
    sam.attach(text=MANUAL, name="manual.md")
    sam.attach(archive="library")
    loop = open_loop(
        sam,
        ScriptedLLM(
            says("", call("core_memory_append", label="human", content="She lives in Lisbon.")),
            says(
                "A fact.",
                call("archival_memory_insert", content="Ada drinks green tea.", tags=["ada", "tea"]),
            ),
            says("", call("send_message", message="Welcome, Ada. I noted the tea.")),
            says("", call("core_memory_replace", label="human", old_content="Lisbon", new_content="Oslo")),
            says("", call("send_message", message="Oslo, then.")),
            says(
                "",
                call(
                    "archival_memory_insert",
                    content="Ada drinks only coffee now.",
                    tags=["ada"],
                    replaces="Ada drinks green tea.",
                ),
            ),
            says("", call("send_message", message="Coffee, then.")),
            otherwise=says("", call("send_message", message="I see.")),
        ),
    )
    for text in (
        "Hello, I am Ada. I live in Lisbon and drink tea.",
        "I have moved to Oslo.",
        "Only coffee for me now.",
    ):
        list(loop.run([Message.said_by("ada", text)]))
    sam.core.set("team", "We build the heron. Release: 21 May.")
    entries = sam.log.since(0)
    first_answer = next(entry.seq for entry in entries if "Welcome" in (entry.message.spoken or ""))
    sam.queue.evict(first_answer, "Ada introduced herself; she lives in Lisbon and drinks tea.", "model")
    list(loop.run([Message.said_by("ben", "The staging server is called kingfisher.")]))
    sam.export(HERE / f"sam_{COMMIT}.zip")
    for memory in (ida, sam):
        memory.archival.close()
        memory.recall.close()
        memory.log.database.close()


def pack(home: Path, file: Path) -> None:
    """Zip a folder without the zeros at the end of each file: Qdrant Edge reserves 150 MB for an archive.

    `sizes.json` contains the lengths of the files.
    """
    files = sorted(path for path in home.rglob("*") if path.is_file())
    sizes = {path.relative_to(home).as_posix(): path.stat().st_size for path in files}
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as packed:
        packed.writestr("sizes.json", json.dumps(sizes))
        for path in files:
            packed.writestr(path.relative_to(home).as_posix(), path.read_bytes().rstrip(b"\0"))


if __name__ == "__main__":
    root = Path(sys.argv[1]).resolve()
    head = subprocess.run(
        ["git", "-C", root, "rev-parse", "HEAD"], capture_output=True, text=True, check=True
    )
    if not head.stdout.startswith(COMMIT) or root not in Path(memgpt_autogen.__file__).resolve().parents:
        sys.exit(f"this is not {COMMIT}: {memgpt_autogen.__file__} at {head.stdout.strip()}")
    with tempfile.TemporaryDirectory() as folder:
        make(Path(folder, "home"))
        pack(Path(folder, "home"), HERE / f"home_{COMMIT}.zip")
