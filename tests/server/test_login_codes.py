"""The link that the start of a server prints: it logs in once, and only a terminal shows it."""

from __future__ import annotations

import os
import re
import select
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import timedelta
from pathlib import Path

import httpx
import pytest
from fastapi.testclient import TestClient
from nginx import free_port
from server_apps import PASSWORD, MakeClient, make_app
from server_world import API
from sqlalchemy import text

from memgpt_autogen.home_stores import open_home_database
from memgpt_autogen.server import login_codes
from memgpt_autogen.server.attempts import MOST_FAILURES
from memgpt_autogen.server.login_codes import link, make_login_code
from memgpt_autogen.server.password import AdminPassword
from memgpt_autogen.settings import Settings

LOGIN = f"{API}/login/code"

LINK = re.compile(r"http://127\.0\.0\.1:\d+/#/login/(mgl_[\w-]+)")


@pytest.fixture
def browser(make_client: MakeClient) -> TestClient:
    return make_client(key=None)


def made(password: str = PASSWORD) -> str:
    return make_login_code(Settings.load(), AdminPassword.of(password, "a test"))


def test_a_code_begins_one_session_of_the_admin(browser: TestClient, admin: TestClient) -> None:
    code = made()

    first = browser.post(LOGIN, json={"code": code})
    who = browser.get(f"{API}/me").json()
    second = browser.post(LOGIN, json={"code": code})

    assert (first.status_code, second.status_code) == (204, 401)
    assert "HttpOnly" in first.headers["set-cookie"]
    assert code not in first.headers["set-cookie"]
    assert (who["user"]["name"], "admin" in who["scopes"]) == ("home", True)
    assert "password" in second.json()["detail"], "the answer names the other way to log in"
    assert [act["action"] for act in admin.get(f"{API}/audit").json()["items"]] == ["login_by_code"]


def test_any_worker_takes_a_code_but_only_one_of_them(make_client: MakeClient) -> None:
    code = made()
    workers = [make_client(key=None, app=make_app()) for _ in range(2)]

    assert [each.post(LOGIN, json={"code": code}).status_code for each in workers] == [204, 401]


def test_a_code_ends_with_its_time_and_with_the_password(
    browser: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    other = made("another password")
    monkeypatch.setattr(login_codes, "LASTS", timedelta(milliseconds=1))
    old = made()
    time.sleep(0.01)

    assert [browser.post(LOGIN, json={"code": each}).status_code for each in (other, old)] == [401, 401]


def test_a_code_is_no_key_no_password_and_no_cookie_and_is_not_listed(
    browser: TestClient, admin: TestClient
) -> None:
    code = made()

    assert browser.get(f"{API}/me", headers={"Authorization": f"Bearer {code}"}).status_code == 401
    assert browser.post(f"{API}/login", json={"password": code}).status_code == 401
    browser.cookies.set("memgpt_session", code)
    assert browser.get(f"{API}/me").status_code == 401
    browser.cookies.clear()
    browser.cookies.set("memgpt_session", code.replace("mgl_", "mgs_"))
    assert browser.get(f"{API}/me").status_code == 401
    assert admin.get(f"{API}/users/home/keys").json()["items"] == []
    assert admin.get(f"{API}/users/home").json()["keys"] == 0


def test_only_a_hash_of_a_code_is_stored(admin: TestClient) -> None:
    code = made()

    with open_home_database(Settings.load()).reading() as connection:
        (row,) = connection.execute(text("SELECT * FROM keys")).all()
    assert code.removeprefix("mgl_") not in str(row)
    assert admin.get(f"{API}/me").status_code == 200


def test_wrong_codes_count_as_wrong_passwords(browser: TestClient) -> None:
    for number in range(MOST_FAILURES):
        assert browser.post(LOGIN, json={"code": f"mgl_{number}"}).status_code == 401

    right = browser.post(LOGIN, json={"code": made()})
    assert right.status_code == 429
    assert browser.post(f"{API}/login", json={"password": PASSWORD}).status_code == 429


@pytest.mark.parametrize(
    ("address", "expected"),
    [
        ("http://127.0.0.1:8283", "http://127.0.0.1:8283/#/login/mgl_x"),
        ("https://0.0.0.0:443/memory", "https://127.0.0.1:443/memory/#/login/mgl_x"),
        ("http://[::]:80", "http://[::1]:80/#/login/mgl_x"),
    ],
)
def test_the_link_is_one_that_a_browser_here_can_open(address: str, expected: str) -> None:
    assert link(address, "mgl_x") == expected


@contextmanager
def started(folder: Path, *, terminal: bool) -> Iterator[tuple[int, Path]]:
    """A server as a program; what it prints goes to a terminal, or to a file."""
    port, shown = free_port(), folder / "shown"
    command = [sys.executable, "-m", "memgpt_autogen.cli", "server", "--port", str(port)]
    environment = {**os.environ, "MEMGPT_SERVER_PASS": PASSWORD, "COLUMNS": "40"}
    log = (folder / "log").open("wb")
    ours, theirs = os.openpty() if terminal else (None, os.open(shown, os.O_CREAT | os.O_WRONLY))
    process = subprocess.Popen(command, env=environment, stdout=theirs, stderr=log)
    try:
        end = time.monotonic() + 120
        while True:
            assert process.poll() is None
            assert time.monotonic() < end
            try:
                httpx.get(f"http://127.0.0.1:{port}/health", timeout=30)
                break
            except httpx.TransportError:
                time.sleep(0.1)
        written = b""
        while ours is not None and not LINK.search(written.decode()) and time.monotonic() < end:
            if select.select([ours], [], [], 0.5)[0]:
                written += os.read(ours, 100_000)
                shown.write_bytes(written)
        yield port, shown
    finally:
        process.kill()
        process.wait(30)
        log.close()
        for each in (ours, theirs):
            if each is not None:
                os.close(each)


@pytest.mark.slow
@pytest.mark.skipif(os.name == "nt", reason="pseudo-terminals are of POSIX")
def test_a_terminal_shows_a_link_that_logs_in_and_nothing_else_does(tmp_path: Path) -> None:
    with started(tmp_path, terminal=True) as (port, shown):
        found = LINK.search(shown.read_text())
        assert found is not None, shown.read_text()
        answer = httpx.post(f"http://127.0.0.1:{port}{LOGIN}", json={"code": found[1]})
        end = time.monotonic() + 10  # the line is written after the answer
        while LOGIN not in (logged := (tmp_path / "log").read_text()) and time.monotonic() < end:
            time.sleep(0.05)
    (tmp_path / "piped").mkdir()
    with started(tmp_path / "piped", terminal=False) as (port, shown):
        piped = shown.read_text()

    assert answer.status_code == 204
    assert found[1] not in logged
    assert "/login/code" in logged
    assert f":{port}" in piped
    assert "mgl_" not in piped
