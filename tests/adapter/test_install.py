"""Importing: nothing heavy until it is needed, and a clear word where AutoGen is missing or another one."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

import memgpt_autogen
from memgpt_autogen.adapter.install import OWNERS

ONLY = """
import sys
from importlib import metadata
sys.path.insert(0, {path!r})
found = metadata.MetadataPathFinder.find_distributions
metadata.MetadataPathFinder.find_distributions = lambda *asked: [
    each for each in found(*asked)
    if each.metadata["Name"] not in {owners!r} or str(each.locate_file("")) == {path!r}
]
"""
"""Hides the AutoGens and other hosts of this environment, so that only those in the folder are there."""


def run(code: str, *, path: Path | None = None, only: bool = False) -> subprocess.CompletedProcess[str]:
    before = f"import sys; sys.path.insert(0, {str(path)!r})\n" if path else ""
    if only:
        before = ONLY.format(path=str(path), owners=(*OWNERS, "agent-framework-core"))
    return subprocess.run([sys.executable, "-c", before + code], check=False, capture_output=True, text=True)


def test_importing_the_package_loads_neither_autogen_nor_qdrant_nor_openai() -> None:
    ended = run(
        "import sys, memgpt_autogen, memgpt_autogen.cli, memgpt_autogen.assembly\n"
        "heavy = {'autogen', 'qdrant_client', 'qdrant_edge', 'openai', 'alembic'} & set(sys.modules)\n"
        "assert not heavy, heavy"
    )

    assert ended.returncode == 0, ended.stderr


@pytest.mark.autogen
def test_every_public_name_can_be_had() -> None:  # T78
    for name in memgpt_autogen.__all__:
        assert getattr(memgpt_autogen, name) is not None
    assert set(memgpt_autogen.__all__) <= set(dir(memgpt_autogen))


def test_a_name_that_is_not_public_is_an_attribute_error() -> None:
    with pytest.raises(AttributeError, match="MemGPTAgentt"):
        memgpt_autogen.MemGPTAgentt  # noqa: B018


def _distribution(folder: Path, name: str, version: str, module: str = "") -> None:
    """Install a package as a wheel without `top_level.txt`, as pyautogen 0.9 is."""
    info = folder / f"{name.replace('-', '_')}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    (info / "RECORD").write_text(f"{module}/__init__.py,,\n" if module else "")


def _autogen(folder: Path, text: str) -> None:
    (folder / "autogen").mkdir()
    (folder / "autogen" / "__init__.py").write_text(text)


@pytest.mark.parametrize(
    ("name", "version", "said"),
    [
        ("pyautogen", "0.10.0", "only a proxy for autogen-agentchat"),
        ("ag2", "1.2.1", "another interface"),
        ("ag2", "1.2.1", "For ag2 1.2.1, use memgpt_autogen.hosts.ag2."),
        ("pyautogen", "0.9", "only partly installed"),
        (
            "autogen-agentchat",
            "0.7.5",
            "not installed. For autogen-agentchat 0.7.5, use memgpt_autogen.hosts.",
        ),
    ],
)
def test_a_foreign_autogen_is_named_with_the_way_out(
    tmp_path: Path, name: str, version: str, said: str
) -> None:  # pitfall 1
    _autogen(tmp_path, "")
    _distribution(tmp_path, name, version, "ag2" if name == "ag2" else "")

    ended = run("from memgpt_autogen import MemGPTAgent", path=tmp_path, only=True)

    assert ended.returncode != 0
    assert said in ended.stderr
    assert "pyautogen[openai]>=0.2.35,<0.10" in ended.stderr


@pytest.mark.autogen
def test_a_file_of_ones_own_that_hides_autogen_is_named(tmp_path: Path) -> None:
    (tmp_path / "autogen.py").write_text("print('mine')\n")

    for code in (
        "from memgpt_autogen import MemGPTAgent",
        "from memgpt_autogen.cli import app; app(['doctor'])",
    ):
        ended = run(code, path=tmp_path)
        said = " ".join((ended.stdout + ended.stderr).split()).replace("- ", "-")
        assert ended.returncode != 0
        assert f"Python finds {tmp_path / 'autogen.py'} before the installed package. Rename" in said


def test_two_owners_of_the_module_are_warned_about(tmp_path: Path) -> None:
    _autogen(tmp_path, "class ConversableAgent: pass\n")
    _distribution(tmp_path, "pyautogen", "0.9", "autogen")
    _distribution(tmp_path, "ag2", "0.14.0", "autogen")

    ended = run("from memgpt_autogen.adapter.install import load_autogen; load_autogen()", path=tmp_path)

    assert ended.returncode == 0, ended.stderr
    assert "ag2" in ended.stderr
    assert "overwrite each other" in ended.stderr


@pytest.mark.parametrize(
    ("packages", "said"),
    [
        ({"pyautogen": ("0.9", "autogen")}, None),
        ({"pyautogen": ("0.9", "autogen"), "ag2": ("1.2.1", "ag2")}, None),
        ({"pyautogen": ("0.9", "autogen"), "ag2": ("0.9", "")}, None),  # a proxy without files
        ({"autogen": ("0.14.1", "autogen"), "pyautogen": ("0.10.0", "pyautogen")}, None),
        ({"pyautogen": ("0.10.0", "pyautogen")}, "only a proxy for autogen-agentchat"),
        ({"ag2": ("1.2.1", "ag2"), "pyautogen": ("0.9", "")}, "only partly installed"),
        ({"pyautogen": ("0.9", "autogen"), "ag2": ("0.14.0", "autogen")}, "ag2, pyautogen. Uninstall all"),
        (
            {"pyautogen": ("0.9", "autogen"), "autogen-agentchat": ("0.2.40", "autogen")},
            "overwrite each other",
        ),
    ],
)
def test_the_doctor_sees_which_autogen_is_installed_without_importing_it(
    tmp_path: Path, packages: dict[str, tuple[str, str]], said: str | None
) -> None:
    _autogen(tmp_path, "raise SystemExit('imported')")
    for name, (version, module) in packages.items():
        _distribution(tmp_path, name, version, module)

    ended = run("from memgpt_autogen.cli import app; app(['doctor', '--json'])", path=tmp_path, only=True)

    check = next(each for each in json.loads(ended.stdout)["checks"] if each["about"] == "autogen")
    assert check["state"] == ("wrong" if said else "ok")
    assert (said or "") in check["mend"]
    owners = [
        f"{name} {version}" for name, (version, module) in sorted(packages.items()) if module == "autogen"
    ]
    assert check["found"] == (", ".join(owners) or "not installed")


@pytest.mark.parametrize("module", ["autogen", ""])
def test_what_an_uninstall_left_is_no_autogen(tmp_path: Path, module: str) -> None:
    (tmp_path / "autogen").mkdir()
    code = (
        "import sys, importlib.util\n"
        "sys.path[:] = [each for each in sys.path if 'site-packages' not in each or each == sys.path[0]]\n"
        "from memgpt_autogen.adapter.install import install_trouble\n"
        "print(install_trouble())"
    )
    _distribution(tmp_path, "pyautogen", "0.9", module)

    ended = run(code, path=tmp_path)

    assert "only partly installed; install it again" in ended.stdout, ended.stderr


def test_what_is_installed_with_the_package_has_an_agent_class_and_the_openai_client() -> None:  # pitfall 2
    needed = [
        line
        for line in metadata.requires("memgpt-autogen") or ()
        if line.startswith(("pyautogen", "autogen")) and "extra ==" not in line
    ]

    assert {line.split(";")[0].replace(" ", "") for line in needed} == {
        "pyautogen[openai]<0.10,>=0.2.35",
        "autogen[openai]<0.15,>=0.14.1",
    }
