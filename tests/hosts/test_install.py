"""Which hosts are found, and what is said about packages that do not fit together. Nothing is imported."""

from __future__ import annotations

import json
import subprocess
import sys
from importlib import metadata
from pathlib import Path

import pytest
import tomlkit
from places import ROOT

from memgpt_autogen.hosts import install

ALL = {
    "agent-framework-core": "1.23.0",
    "ag2": "1.2.1",
    "autogen-agentchat": "0.7.5",
    "autogen-core": "0.7.5",
    "autogen-ext": "0.7.5",
    "protobuf": "5.29.6",
    "pyautogen": "0.9.0",
}


def distribute(folder: Path, packages: dict[str, str]) -> None:
    for name, version in packages.items():
        info = folder / f"{name.replace('-', '_')}-{version}.dist-info"
        info.mkdir()
        (info / "METADATA").write_text(f"Metadata-Version: 2.1\nName: {name}\nVersion: {version}\n")
        (info / "RECORD").write_text("")


def only(packages: dict[str, str], folder: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Let there be no other packages than these."""
    distribute(folder, packages)
    monkeypatch.setattr(sys, "path", [str(folder)])


def test_all_hosts_fit_together_beside_classic_autogen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    only(ALL, tmp_path, monkeypatch)

    assert install.hosts() == [
        "agent-framework 1.23.0",
        "AG2 1.2.1",
        "AgentChat 0.7.5",
    ]
    assert list(install.conflicts()) == []


def test_older_packages_of_these_names_are_no_hosts(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    only({"ag2": "0.14.0", "autogen-agentchat": "0.2.40"}, tmp_path, monkeypatch)

    assert install.hosts() == []
    assert list(install.conflicts()) == []


@pytest.mark.parametrize(
    ("packages", "found", "mend", "breaks"),
    [
        ({"mcp": "2.3.0"}, "autogen-ext 0.7.5 cannot be imported with mcp 2.3.0", "mcp_tools", False),
        ({"autogen-core": "0.0.2"}, "autogen-core 0.0.2 is an empty package", "autogen-core>=0.7.5", True),
        ({"autogen-core": "0.6.4"}, "autogen-core 0.6.4 is older than", "autogen-core>=0.7.5,<0.8", False),
        ({"protobuf": "6.33.1"}, "needs protobuf 5.29, and protobuf 6.33.1", "protobuf>=5.29.3,<6", False),
        ({"agent-framework-core": "1.9.0"}, "1.9.0 is not supported; 1.23", "[agent-framework]", False),
        ({"ag2": "2.0.0"}, "ag2 2.0.0 is not supported; 1.2 and later below 2 are", "[ag2]", False),
        ({"autogen-agentchat": "0.4.9"}, "autogen-agentchat 0.4.9 is not", "[agentchat]", False),
    ],
)
def test_what_does_not_fit_is_named_with_the_way_out(
    packages: dict[str, str],
    found: str,
    mend: str,
    breaks: bool,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    only(ALL | packages, tmp_path, monkeypatch)

    (conflict,) = install.conflicts()

    assert found in conflict.found
    assert mend in conflict.mend
    assert conflict.breaks is breaks


def test_an_mcp_without_autogen_ext_and_an_old_mcp_with_it_are_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    without = {name: version for name, version in ALL.items() if name != "autogen-ext"}
    for number, packages in enumerate((without | {"mcp": "2.3.0"}, ALL | {"mcp": "1.30.0"})):
        folder = tmp_path / str(number)
        folder.mkdir()
        only(packages, folder, monkeypatch)

        assert list(install.conflicts()) == []


def test_the_versions_are_those_of_the_extras() -> None:
    project = tomlkit.parse((ROOT / "pyproject.toml").read_text(encoding="utf-8")).unwrap()["project"]

    for host in install._HOSTS:
        (requirement,) = project["optional-dependencies"][host.extra]
        lowest, before = (".".join(map(str, each)) for each in (host.lowest, host.before))
        assert requirement.startswith(f"{host.package}>={lowest}")
        assert requirement.endswith(f",<{before}")


def doctor(folder: Path) -> tuple[int, list[dict[str, str]]]:
    code = (
        f"import sys; sys.path.insert(0, {str(folder)!r})\n"
        "from memgpt_autogen.cli import app; app(['doctor', '--json'])"
    )
    ended = subprocess.run([sys.executable, "-c", code], check=False, capture_output=True, text=True)
    return ended.returncode, json.loads(ended.stdout)["checks"]


def test_the_doctor_finds_nothing_wrong_where_a_host_is_there_and_autogen_is_not(tmp_path: Path) -> None:
    if any(each.metadata["Name"] == "autogen" for each in metadata.distributions()):
        pytest.skip("autogen is installed, which cannot be hidden from a process")
    # an empty proxy in place of the pyautogen of this environment
    distribute(tmp_path, {"pyautogen": "0.10.0", "ag2": "1.2.1", "agent-framework-core": "1.23.0"})

    code, checks = doctor(tmp_path)

    autogen = next(each for each in checks if each["about"] == "autogen")
    assert code == 0
    assert autogen["state"] == "note"
    assert "not installed. Only MemGPTAgent needs it; agent-framework 1.23.0, AG2 1.2.1" in autogen["found"]
    assert "docs/hosts.md" in autogen["found"]
    assert "pyautogen[openai]>=0.2.35,<0.10" in autogen["mend"]


def test_the_doctor_lists_the_hosts_and_a_broken_one_is_wrong(tmp_path: Path) -> None:
    distribute(tmp_path, {"ag2": "1.2.1", "autogen-core": "0.0.2"})

    code, checks = doctor(tmp_path)

    listed, *troubles = (each for each in checks if each["about"] == "hosts")
    assert code == 1
    assert "AG2 1.2.1" in listed["found"]
    assert any(each["state"] == "wrong" and "autogen-core 0.0.2" in each["found"] for each in troubles)
