"""The page of the paths loads nothing from elsewhere."""

from __future__ import annotations

import re
from pathlib import Path

from fastapi.testclient import TestClient
from server_apps import MakeClient

from memgpt_autogen import server

PAGES = Path(server.__file__).parent / "pages"


def test_the_page_and_what_it_loads_are_files_of_the_package(make_client: MakeClient) -> None:
    client = make_client(key=None)
    page = client.get("/docs")

    loaded = re.findall(r'(?:src|href)="([^"#:]+)"', page.text)

    assert page.headers["content-type"].startswith("text/html")
    assert sorted(loaded) == ["docs/docs.css", "docs/docs.js", "openapi.json"]
    assert all(client.get(f"/{each}").status_code == 200 for each in loaded)
    assert client.get("/docs/docs.js").headers["content-type"].startswith("text/javascript")


def test_its_addresses_are_relative_and_of_this_server(admin: TestClient) -> None:
    policy = admin.get("/docs").headers["content-security-policy"]

    assert "default-src 'self'" in policy
    assert "unsafe" not in policy
    for file in PAGES.iterdir():
        text = file.read_text(encoding="utf-8")
        assert not re.search(r"""https?://|innerHTML|["'(]/(?!/)\w""", text), file


def test_another_file_of_the_package_is_not_served(admin: TestClient) -> None:
    for name in ("docs.html", "..%2fapp.py", "%2e%2e/app.py", "../app.py"):
        assert admin.get(f"/docs/{name}").status_code == 404


def test_answers_are_not_kept_and_their_type_is_not_guessed(admin: TestClient) -> None:
    headers = admin.get("/api/v1/agents").headers

    assert headers["cache-control"] == "no-store"
    assert headers["x-content-type-options"] == "nosniff"
