"""Settings: from arguments, the environment and a TOML file, in this order, and secrets stay secret."""

from __future__ import annotations

from pathlib import Path

import pytest

from memgpt_autogen.chosen_models import DEFAULT_MODEL, choose_llm
from memgpt_autogen.errors import ConfigurationError
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing import ScriptedServer, says

SECRET = "sk-hunter2"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """The home that `MEMGPT_AUTOGEN_HOME` names."""
    home = tmp_path / "home"
    home.mkdir()
    return home


def test_an_argument_wins_over_the_environment_and_that_over_the_file(
    home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    assert Settings.load().model is None

    (home / "settings.toml").write_text('model = "from-toml"\nwindow_tokens = 5000\n')
    assert Settings.load().model == "from-toml"
    monkeypatch.setenv("MEMGPT_AUTOGEN_MODEL", "from-env")
    assert Settings.load().model == "from-env"
    assert Settings.load(model="from-argument").model == "from-argument"
    assert Settings.load(model=None).model == "from-env"
    assert Settings.load().window_tokens == 5000


def test_a_key_comes_from_the_nearest_place(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def key() -> str | None:
        found = Settings.load().api_key
        return found.get_secret_value() if found else None

    monkeypatch.delenv("MEMGPT_AUTOGEN_API_KEY", raising=False)
    assert key() is None
    (home / "settings.toml").write_text('api_key = "toml"\n')
    assert key() == "toml"
    monkeypatch.setenv("OPENAI_API_KEY", "only for OpenAI, and read there")
    assert key() == "toml"
    monkeypatch.setenv("MEMGPT_AUTOGEN_API_KEY", "ours")
    assert key() == "ours"
    given = Settings.load(api_key="argument").api_key
    assert given is not None
    assert given.get_secret_value() == "argument"


def test_the_keys_of_other_programs_are_not_taken(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("API_KEY", SECRET)
    monkeypatch.setenv("MODEL", "other")
    monkeypatch.setenv("HOME_URL", "other")

    assert Settings.load().api_key is None
    assert Settings.load().model is None


def test_an_empty_variable_counts_as_not_set(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (
        "MEMGPT_AUTOGEN_MODEL",
        "MEMGPT_AUTOGEN_WINDOW_TOKENS",
        "OPENAI_API_KEY",
        "MEMGPT_AUTOGEN_API_KEY",
    ):
        monkeypatch.setenv(name, "")

    assert (Settings.load().model, Settings.load().window_tokens, Settings.load().api_key) == (
        None,
        None,
        None,
    )


@pytest.mark.parametrize(
    ("toml", "named"),
    [
        ('modle = "x"', "modle"),
        ('timezone = "Mars/One"', "timezone: .*'Mars/One' is not an IANA time zone"),
        ('timezone = "../etc/passwd"', "timezone"),
        ("window_tokens = 0", "window_tokens"),
        ('window_tokens = "many"', "window_tokens"),
        ('protocol = "morse"', "protocol"),
        ('model = "unclosed', r"settings\.toml"),
    ],
)
def test_a_bad_setting_is_an_error_that_names_it(home: Path, toml: str, named: str) -> None:
    (home / "settings.toml").write_text(toml)

    with pytest.raises(ConfigurationError, match=named):
        Settings.load()


def test_an_unknown_argument_and_a_bad_variable_are_named(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(ConfigurationError, match="modle"):
        Settings.load(modle="x")
    monkeypatch.setenv("MEMGPT_AUTOGEN_TIMEZONE", "Mars/One")
    with pytest.raises(ConfigurationError, match="timezone"):
        Settings.load()


@pytest.mark.parametrize("field", ["api_key", "qdrant_api_key"])
def test_secrets_are_in_no_repr_and_no_error(home: Path, field: str) -> None:
    settings = Settings.load(**{field: SECRET})

    assert SECRET not in f"{settings!r} {settings} {settings.model_dump()} {settings.model_dump_json()}"
    for toml in (f'{field} = ["{SECRET}"]', f'{field} = "{SECRET}', f'{field} = "{SECRET}"\nmodle = "x"'):
        (home / "settings.toml").write_text(toml)
        with pytest.raises(ConfigurationError) as refusal:
            Settings.load()
        error: BaseException | None = refusal.value
        while error is not None:
            assert SECRET not in f"{error!r} {error}"
            error = error.__cause__


def test_the_settings_cannot_be_changed_afterwards() -> None:
    with pytest.raises(ValueError, match="frozen"):
        Settings.load().model = "other"  # type: ignore[misc]


def test_the_settings_of_a_home_are_read_from_that_home(home: Path, tmp_path: Path) -> None:
    other = tmp_path / "other"
    other.mkdir()
    (other / "settings.toml").write_text('model = "from-other"\n')

    assert Settings.load(home=other).model == "from-other"
    assert Settings.load().model is None


def test_a_tilde_in_a_home_is_the_users_folder(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("USERPROFILE", str(tmp_path))

    assert Settings.load(home="~/mine").home == tmp_path / "mine"
    monkeypatch.setenv("MEMGPT_AUTOGEN_HOME", "~/ours")
    assert Settings.load().home == tmp_path / "ours"


def test_the_key_for_openai_is_never_sent_to_another_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)

    with ScriptedServer(says("hi")) as server:
        choose_llm(Settings.load(base_url=server.url, model="m")).complete(
            [{"role": "user", "content": "hi"}]
        )

    assert SECRET not in str(server.headers)


def test_a_key_for_openai_is_reason_enough_to_ask_it(monkeypatch: pytest.MonkeyPatch) -> None:
    assert choose_llm(Settings.load()).model == "offline"
    monkeypatch.setenv("OPENAI_API_KEY", SECRET)

    assert choose_llm(Settings.load()).model == DEFAULT_MODEL
    assert choose_llm(Settings.load(model="offline")).model == "offline"


def test_an_address_with_a_password_does_not_show_it_where_it_is_wrong() -> None:
    with pytest.raises(ConfigurationError, match="is no address") as raised:
        Settings.load(base_url="ftp://ada:hunter2@example.org")

    assert "hunter2" not in str(raised.value)
