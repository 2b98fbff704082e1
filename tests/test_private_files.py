"""A home is its owner's: what is made in it, what is written again, and what a report tells others."""

from __future__ import annotations

import os
import stat
import sys
from pathlib import Path

import pytest

from memgpt_autogen.assembly import open_memory
from memgpt_autogen.cli.commands.checks import run_checks
from memgpt_autogen.llm.discover import Backend
from memgpt_autogen.llm.wire.redaction import environment_keys
from memgpt_autogen.messages import Message
from memgpt_autogen.named_texts import NamedTexts
from memgpt_autogen.settings import Settings, address_trouble, without_passwords, write_settings

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows has no such modes")

PASSWORD = "planted-password-8sKmUe52Xo"


@pytest.fixture(autouse=True)
def _usual_umask() -> object:
    before = os.umask(0o022)
    yield
    os.umask(before)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_a_new_home_is_private(tmp_path: Path) -> None:
    home = tmp_path / "new" / "home"
    memory = open_memory("sam", Settings.load(home=home))
    memory.log.append(Message.said_by("ada", "hello"))
    memory.archival.insert("tea")
    bundle = memory.export(tmp_path / "sam.zip")
    text = NamedTexts(home, "persona").add("kind", "Be kind.")
    file = write_settings(home, {"model": "offline"})

    folders = (
        home,
        home / "archives",
        text.parent,
        *(each for each in (home / "archives").iterdir() if each.is_dir()),
    )
    assert {mode(folder) for folder in folders} == {0o700}
    assert {mode(each) for each in (*home.glob("memory.db*"), bundle, text, file)} == {0o600}


@pytest.mark.sqlite
def test_what_is_made_in_an_open_folder_is_as_open_as_the_folder(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir(0o755)
    memory = open_memory("sam", Settings.load(home=home))
    memory.archival.insert("tea")

    assert (mode(home), mode(home / "archives"), mode(home / "memory.db")) == (0o755, 0o755, 0o644)


def test_a_bundle_that_is_written_again_keeps_its_mode(tmp_path: Path) -> None:
    memory = open_memory("sam", Settings.load(home=tmp_path / "home"))
    memory.export(tmp_path / "sam.zip").chmod(0o640)

    assert mode(memory.export(tmp_path / "sam.zip")) == 0o640


@pytest.mark.parametrize("before", [0o600, 0o640, 0o644])
def test_settings_that_are_written_again_keep_their_mode(tmp_path: Path, before: int) -> None:
    file = tmp_path / "settings.toml"
    file.write_text('api_key = "planted"\n')
    file.chmod(before)
    write_settings(tmp_path, {"model": "offline"})

    assert mode(file) == before
    assert file.read_text() == 'api_key = "planted"\nmodel = "offline"\n'
    assert list(tmp_path.iterdir()) == [file]


def test_settings_that_are_a_link_are_written_where_it_points_to(tmp_path: Path) -> None:
    real = tmp_path / "dotfiles" / "memgpt.toml"
    real.parent.mkdir()
    real.write_text("# mine\n")
    real.chmod(0o600)
    home = tmp_path / "home"
    home.mkdir()
    (home / "settings.toml").symlink_to(real)
    (real.parent / "memgpt.toml.new").write_text("left by a process that was killed")
    write_settings(home, {"model": "offline"})

    assert (home / "settings.toml").is_symlink()
    assert (real.read_text(), mode(real)) == ('# mine\nmodel = "offline"\n', 0o600)
    assert list(real.parent.iterdir()) == [real]


ADDRESSES = (
    "http://ada:{}@127.0.0.1:9/v1",
    "http://ada:{}/x@127.0.0.1:9/v1",
    "http://ada:{}@x@127.0.0.1:9/v1",
)


@pytest.mark.parametrize("address", ADDRESSES)
def test_an_address_is_shown_without_its_password(address: str) -> None:
    address = address.format(PASSWORD)

    assert without_passwords(f"at {address}: refused") == "at http://***@127.0.0.1:9/v1: refused"
    assert PASSWORD not in str(address_trouble(address)) + str(Backend("vLLM", ADDRESSES[0].format(PASSWORD)))


def test_doctor_shows_no_password_of_any_address(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    address = ADDRESSES[0].format(PASSWORD)
    monkeypatch.setenv("HTTPS_PROXY", address)
    settings = Settings.load(
        home=tmp_path,
        base_url=address,
        qdrant_url=address,
        qdrant_timeout=1,
        model="a-model",
        embedding_model="an-embedder",
        embedding_base_url=address,
        max_retries=0,
        database_url=f"postgresql://ada:{PASSWORD}@127.0.0.1:9/none",
    )

    report = "\n".join(map(str, run_checks(settings, ask=False)))

    assert "Qdrant (http://127.0.0.1:9/v1) could not answer" in report
    assert PASSWORD not in report + repr(settings)
    assert PASSWORD in environment_keys()
