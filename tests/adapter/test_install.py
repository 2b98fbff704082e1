"""Importing: nothing heavy until it is needed, and a clear word where AutoGen is missing or another one."""

from __future__ import annotations

import re
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest

import memgpt_autogen


def run(code: str, *, path: Path | None = None) -> subprocess.CompletedProcess[str]:
    before = f"import sys; sys.path.insert(0, {str(path)!r})\n" if path else ""
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


def _distribution(folder: Path, name: str, version: str, top_level: str = "") -> None:
    info = folder / f"{name}-{version}.dist-info"
    info.mkdir()
    (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
    (info / "RECORD").write_text(f"{top_level}/__init__.py,,\n" if top_level else "")


@pytest.mark.parametrize(
    ("name", "version", "said"),
    [
        ("pyautogen", "0.10.0", "only a proxy for autogen-agentchat"),
        ("ag2", "1.2.1", "another interface"),
        ("pyautogen", "0.9", "only partly installed"),
    ],
)
def test_a_foreign_autogen_is_named_with_the_way_out(
    tmp_path: Path, name: str, version: str, said: str
) -> None:  # pitfall 1
    (tmp_path / "autogen").mkdir()
    (tmp_path / "autogen" / "__init__.py").write_text("")
    _distribution(tmp_path, name, version)

    ended = run("from memgpt_autogen import MemGPTAgent", path=tmp_path)

    assert ended.returncode != 0
    assert said in ended.stderr
    assert "pyautogen[openai]>=0.2.35,<0.10" in ended.stderr


def test_two_owners_of_the_module_are_warned_about(tmp_path: Path) -> None:
    (tmp_path / "autogen").mkdir()
    (tmp_path / "autogen" / "__init__.py").write_text("class ConversableAgent: pass\n")
    _distribution(tmp_path, "pyautogen", "0.9", "autogen")
    _distribution(tmp_path, "ag2", "0.14.0", "autogen")

    ended = run("from memgpt_autogen.adapter.install import load_autogen; load_autogen()", path=tmp_path)

    assert ended.returncode == 0, ended.stderr
    assert "ag2" in ended.stderr
    assert "overwrite each other" in ended.stderr


@pytest.mark.parametrize(
    ("name", "version", "said"),
    [
        # where the AutoGen of this environment has another name, there are two owners
        ("pyautogen", "0.10.0", "only a proxy for autogen-agentchat|overwrite each other"),
        ("ag2", "1.2.1", "another interface"),
        ("ag2", "0.14.0", "overwrite each other"),
    ],
)
def test_the_doctor_sees_a_foreign_autogen_without_importing_it(
    tmp_path: Path, name: str, version: str, said: str
) -> None:
    (tmp_path / "autogen").mkdir()
    (tmp_path / "autogen" / "__init__.py").write_text("raise SystemExit('imported')")
    _distribution(tmp_path, name, version, "autogen")
    if name == "ag2":
        _distribution(tmp_path, "pyautogen", "0.9", "autogen")

    ended = run("from memgpt_autogen.cli import app; app(['doctor'])", path=tmp_path)

    assert ended.returncode == 1
    assert re.search(said, " ".join(ended.stdout.split()))


def test_what_is_installed_with_the_package_has_an_agent_class_and_the_openai_client() -> None:  # pitfall 2
    needed = [
        line
        for line in metadata.requires("memgpt-autogen") or ()
        if line.startswith(("pyautogen", "autogen"))
    ]

    assert {line.split(";")[0].replace(" ", "") for line in needed} == {
        "pyautogen[openai]<0.10,>=0.2.35",
        "autogen[openai]<0.15,>=0.14.1",
    }
