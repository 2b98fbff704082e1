"""Try the wheel and the sdist that were built in `dist`: `python -m tests.support.distributions dist`.

The wheel must hold the package and nothing else, and the sdist what git knows. Then the wheel alone is
installed into an environment of its own, and used from an empty folder: by import, on the command line,
and by two processes of which the second must know what the first was told.
"""

from __future__ import annotations

import os
import subprocess
import sys
import tarfile
import tempfile
import time
import venv
import zipfile
from pathlib import Path, PurePosixPath

ROOT = Path(__file__).parents[2]

TELL = """
from memgpt_autogen import MemGPTAgent
sam = MemGPTAgent("sam")
said = {"role": "user", "name": "ada", "content": "My name is Ada. I live in Lisbon."}
print(sam.generate_reply(messages=[said]))
"""

ASK = """
from memgpt_autogen import MemGPTAgent
sam = MemGPTAgent("sam")
print(sam.generate_reply(messages=[{"role": "user", "name": "ada", "content": "Where do I live?"}]))
"""

WHERE = "import memgpt_autogen; print(memgpt_autogen.__file__, memgpt_autogen.__version__)"


def main(folder: Path) -> int:
    (wheel,), (sdist,) = folder.glob("*.whl"), folder.glob("*.tar.gz")
    tracked = known_to_git()
    wrong = [
        *differences("the wheel", in_wheel(wheel), package_files(tracked)),
        *differences("the sdist", in_sdist(sdist), {*tracked, "PKG-INFO"}),
    ]
    if not wrong:
        wrong = list(tried(wheel))
    for line in wrong:
        print(line, file=sys.stderr)
    return 1 if wrong else 0


def known_to_git() -> set[str]:
    listed = subprocess.run(
        ["git", "ls-files", "--cached", "--others", "--exclude-standard", "-z"],
        check=True, capture_output=True, encoding="utf-8", cwd=ROOT,
    ).stdout  # fmt: skip
    return {name for name in listed.split("\0") if name and (ROOT / name).exists()}


def package_files(tracked: set[str]) -> set[str]:
    """The files of the repository that belong into the wheel: code, prompts, migrations and `py.typed`."""
    return {name for name in tracked if name.startswith("memgpt_autogen/")}


def in_wheel(wheel: Path) -> set[str]:
    """The wheel's files but for its metadata, which pip checks."""
    with zipfile.ZipFile(wheel) as archive:
        return {name for name in archive.namelist() if ".dist-info/" not in name}


def in_sdist(sdist: Path) -> set[str]:
    with tarfile.open(sdist) as archive:
        return {str(PurePosixPath(*PurePosixPath(each.name).parts[1:])) for each in archive if each.isfile()}


def differences(what: str, found: set[str], expected: set[str]) -> list[str]:
    return [
        *(f"{what} lacks {name}" for name in sorted(expected - found)),
        *(f"{what} holds {name}, which does not belong there" for name in sorted(found - expected)),
    ]


def tried(wheel: Path) -> list[str]:
    with tempfile.TemporaryDirectory() as scratch:
        environment, empty = Path(scratch, "environment"), Path(scratch, "empty")
        empty.mkdir()
        began = time.monotonic()
        venv.create(environment, with_pip=True)
        binaries = environment / ("Scripts" if os.name == "nt" else "bin")
        python = str(binaries / "python")
        ran(
            python,
            "-m",
            "pip",
            "install",
            "--quiet",
            "--disable-pip-version-check",
            str(wheel.resolve()),
            cwd=empty,
        )
        print(f"installed in {time.monotonic() - began:.0f} s")

        began = time.monotonic()
        place, version = ran(python, "-c", WHERE, cwd=empty).split()
        wrong = [] if environment in Path(place).parents else [f"imported from {place}, not from the wheel"]
        if f"-{version}-" not in wheel.name:
            wrong.append(f"{wheel.name} says that it is {version}")
        if (told := ran(str(binaries / "memgpt-autogen"), "version", cwd=empty).strip()) != version:
            wrong.append(f"the command says that it is {told}, not {version}")
        ran(python, "-c", TELL, cwd=empty)
        if "Lisbon" not in (answer := ran(python, "-c", ASK, cwd=empty)):
            wrong.append(f"a new process does not know where ada lives: {answer!r}")
        print(
            f"told in one process and remembered in another in {time.monotonic() - began:.0f} s: "
            f"{answer.strip()}"
        )
        return wrong


def ran(*command: str, cwd: Path) -> str:
    """Return what a command prints in an empty home, without a key or a path to the sources."""
    inherited = {
        name: value
        for name, value in os.environ.items()
        if not name.startswith(("PYTHON", "MEMGPT", "OPENAI"))
    }
    done = subprocess.run(
        command, check=False, capture_output=True, encoding="utf-8", cwd=cwd,
        env={**inherited, "MEMGPT_AUTOGEN_HOME": str(cwd / "home"), "MEMGPT_AUTOGEN_DISCOVER": "false"},
    )  # fmt: skip
    if done.returncode:
        raise SystemExit(f"{' '.join(command)} failed:\n{done.stdout}{done.stderr}")
    return done.stdout


if __name__ == "__main__":
    raise SystemExit(main(Path(sys.argv[1])))
