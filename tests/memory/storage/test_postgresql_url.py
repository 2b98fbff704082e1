"""The URL of a PostgreSQL database: its parts, its options, and that no part of a password is shown."""

from __future__ import annotations

from functools import cache
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from memgpt_autogen.assembly import open_memory
from memgpt_autogen.errors import ConfigurationError, MemGPTError
from memgpt_autogen.memory.storage.engine import database_url, make_engine, shown_url
from memgpt_autogen.memory.storage.postgresql_url import PostgresqlUrl
from memgpt_autogen.settings import Settings


@pytest.mark.parametrize(
    ("url", "parameters"),
    [
        ("postgresql://ben:pa@ss@h/x", {"user": "ben", "password": "pa@ss", "host": "h", "dbname": "x"}),
        ("postgresql://ben:p%40s%2Fs@h/x", {"user": "ben", "password": "p@s/s", "host": "h", "dbname": "x"}),
        ("postgres://h1:5432,h2:5433/x", {"host": "h1,h2", "port": "5432,5433", "dbname": "x"}),
        ("postgres://a@h1,h2:5433/x", {"user": "a", "host": "h1,h2", "port": ",5433", "dbname": "x"}),
        ("postgresql://[::1]:5432,[fe80::1]/x", {"host": "::1,fe80::1", "port": "5432,", "dbname": "x"}),
        ("postgresql:///x?host=/var/run/postgresql", {"host": "/var/run/postgresql", "dbname": "x"}),
        ("postgresql:///x?host=h1:5432&host=h2:5433", {"host": "h1,h2", "port": "5432,5433", "dbname": "x"}),
        ("postgresql:///x?host=h1&host=h2&port=1,2", {"host": "h1,h2", "port": "1,2", "dbname": "x"}),
        ("postgresql://h?user=a@b&password=c@d", {"host": "h", "user": "a@b", "password": "c@d"}),
        (" postgresql://h/x\n", {"host": "h", "dbname": "x"}),
    ],
)
def test_the_parts_of_a_url_are_those_of_libpq(url: str, parameters: dict[str, str]) -> None:
    parsed = PostgresqlUrl.parse(url)

    assert dict(parsed.parameters) == parameters
    assert dict(PostgresqlUrl.parse(database_url(url)).parameters) == parameters


def test_several_hosts_mean_the_one_that_writes_unless_the_url_says_another_thing() -> None:
    for url, expected in [
        ("postgresql://h1,h2/x", "read-write"),
        ("postgresql://h1,h2/x?target_session_attrs=any", "any"),
        ("postgresql://h1/x", None),
    ]:
        engine, _ = make_engine(url)
        given: dict[str, object] = {}
        engine.dialect.connect = lambda *_, given=given, **arguments: given.update(arguments)  # type: ignore[method-assign]
        with pytest.raises(AttributeError):  # there is no connection
            engine.connect()

        assert given.get("target_session_attrs") == expected


@given(
    password=st.text(st.characters(codec="ascii", min_codepoint=33), min_size=6, max_size=20),
    host=st.sampled_from(["127.0.0.1:9", "127.0.0.1:9,127.0.0.1:10", "127.0.0.1:x"]),
    options=st.sampled_from(["", "?sslmode=prefer", "?sslmod=prefer"]),
)
def test_no_part_of_a_password_is_in_an_error(password: str, host: str, options: str) -> None:
    url = f"postgresql://ben:{password}@{host}/agents{options}"
    shown = ""

    try:
        engine, parsed = make_engine(url)
        shown = shown_url(parsed)
        engine.dispose()
    except MemGPTError as error:
        shown = f"{error} {error.__cause__}"

    parts = {password[at : at + 4] for at in range(len(password) - 3)}
    assert not any(part in shown for part in parts - _usual_parts())


@cache
def _usual_parts() -> set[str]:
    """Four letters of a password may be in an error by chance."""
    errors = [f"{shown_url(make_engine('postgresql://ben:x@127.0.0.1:9,127.0.0.1:10/agents')[1])}"]
    for url in (
        "x",
        "postgresql://a:b@h:x/y",
        "postgresql://a:b@h/y?sslmod=prefer",
        "postgresql://a:b/c@h/y",
    ):
        with pytest.raises(ConfigurationError) as refusal:
            make_engine(url if url != "x" else "postgres")
        errors.append(str(refusal.value))
    text = " ".join(errors)
    return {text[at : at + 4] for at in range(len(text))}


@pytest.mark.parametrize(
    ("url", "reason"),
    [
        ("postgresql://h/x?prepare_treshold=0", "option 'prepare_treshold'"),
        ("postgresql://h/x?autocommit=true", "option 'autocommit'"),
        ("postgresql://h/x?database=y", "option 'database'"),
        ("postgresql://h/x?connect_timeout=soon", "connect_timeout=soon; it is a whole number"),
        ("postgresql://h/x?prepare_threshold=often", "prepare_threshold=often; it is a number"),
        ("postgresql://h:0/x", "a port cannot be read"),
        ("postgresql://[::1/x", "a port cannot be read"),
        ("postgresql://a:pass/word@h/x", "write them as %2F"),
        ("postgresql://a:pass?word@h/x", "write them as %2F"),
    ],
)
def test_an_option_or_a_place_that_does_not_exist_is_named(url: str, reason: str, tmp_path: Path) -> None:
    with pytest.raises(ConfigurationError, match="database_url") as refusal:
        open_memory("sam", Settings.load(home=tmp_path, database_url=url))

    assert reason in str(refusal.value)


def test_a_password_among_the_options_is_hidden_too(tmp_path: Path) -> None:
    settings = Settings.load(
        home=tmp_path, database_url="postgresql://127.0.0.1:9/x?user=ben&password=hunter2"
    )

    with pytest.raises(MemGPTError, match=r"postgresql://ben:\*\*\*@127.0.0.1:9/x") as refusal:
        open_memory("sam", settings)

    assert "hunter2" not in f"{refusal.value} {refusal.value.__cause__}"
