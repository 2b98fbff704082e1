"""The time zone in which the command line shows times."""

from __future__ import annotations

from pathlib import Path

import pytest
from command_line import remember, run, talk

from memgpt_autogen.cli.zone import machine_zone


@pytest.mark.parametrize(
    ("named", "zone"),
    [
        ("Europe/Lisbon", "Europe/Lisbon"),
        (":Europe/Lisbon", "Europe/Lisbon"),
        ("/usr/share/zoneinfo/Europe/Lisbon", "Europe/Lisbon"),
        ("/usr/share/zoneinfo/posix/Asia/Tokyo", "Asia/Tokyo"),
        ("CET-1CEST", "UTC"),
        ("Europe", "UTC"),
        ("Etc/UTC", "UTC"),
        ("", "UTC"),
    ],
)
def test_the_environment_names_the_machines_zone(
    named: str, zone: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TZ", named)

    assert machine_zone() == zone


def test_else_the_link_of_the_machine_names_it(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("TZ", raising=False)
    (tmp_path / "localtime").symlink_to("/usr/share/zoneinfo/Asia/Tokyo")

    assert machine_zone(tmp_path / "localtime") == "Asia/Tokyo"
    assert machine_zone(tmp_path / "nothing") == "UTC"


@pytest.mark.parametrize("variable", ["TZ", "MEMGPT_AUTOGEN_TIMEZONE"])
def test_every_time_is_shown_in_the_persons_zone_and_names_it(
    variable: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    remember("sam", "Our release is on 14 May.")
    monkeypatch.setenv(variable, "Asia/Tokyo")

    shown = {
        "list": run("list", "agents"),
        "search": run("memory", "search", "release"),
        "history": run("memory", "history"),
        "forget": run("forget", "sam", "--speaker", "ada", "--dry-run"),
        "conversation": talk("/recall release", "/dump"),
    }

    for name, text in shown.items():
        assert " JST" in text, name
        assert "UTC" not in text, name


def test_what_leaves_the_machine_does_not_name_the_machines_zone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    remember("sam", "Hello.")
    monkeypatch.setenv("TZ", "Asia/Tokyo")

    run("export", "sam", str(tmp_path / "sam.zip"))

    assert "Tokyo" not in run("import", str(tmp_path / "sam.zip"), "--name", "tim", "--dry-run")
