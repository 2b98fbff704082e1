"""The files of the portal: as they were written, light, from this server only, and those of its version."""

from __future__ import annotations

import gzip
import hashlib
import json
import re

import pytest
from fastapi.testclient import TestClient
from server_apps import MakeClient

from memgpt_autogen.server.portal_files import FOLDER, portal

SOURCES = FOLDER.with_name("portal")

VENDOR = SOURCES / "vendor"

MOST_COMPRESSED = 150_000

# other places that a browser could be sent to
ELSEWHERE = re.compile(r"""(?:from|import|src|href|url)\s*\(?\s*['"(]?\s*(?:https?:)?//""")


@pytest.fixture
def client(make_client: MakeClient) -> TestClient:
    return make_client(key=None)


def test_the_page_is_there_without_a_key_and_takes_only_its_own_files(client: TestClient) -> None:
    answer = client.get("/")

    assert answer.headers["content-type"] == "text/html; charset=utf-8"
    policy = answer.headers["content-security-policy"]
    assert "default-src 'none'" in policy
    assert "unsafe" not in policy
    for place in re.findall(r'"(\./portal/[^"]+)"', answer.text):
        assert client.get(place.removeprefix(".")).status_code == 200, place


def test_the_page_is_asked_for_again_and_its_files_are_kept_for_ever(client: TestClient) -> None:
    page = client.get("/")
    again = client.get("/", headers={"If-None-Match": page.headers["etag"]})
    file = client.get(f"/portal/{portal().digest}/modules/main.js")

    assert (page.headers["cache-control"], again.status_code) == ("no-cache", 304)
    assert "immutable" in file.headers["cache-control"]
    assert file.headers["content-type"].startswith("text/javascript")
    assert client.get("/portal/0000000000000000/modules/main.js").status_code == 404


@pytest.mark.parametrize("name", ["../app.py", "..%2fapp.py", "../portal/vendor/preact.mjs", "main.js", ""])
def test_only_files_of_the_portal_are_served(client: TestClient, name: str) -> None:
    answer = client.get(f"/portal/{portal().digest}/{name}")

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_an_unknown_path_of_the_api_is_no_page(client: TestClient) -> None:
    answer = client.get("/api/v1/nothing", headers={"Accept": "text/html"})

    assert answer.status_code == 404
    assert answer.headers["content-type"] == "application/problem+json"


def test_a_client_that_takes_no_compressed_file_gets_it_plain(client: TestClient) -> None:
    plain = client.get(f"/portal/{portal().digest}/modules/main.js", headers={"Accept-Encoding": "identity"})

    assert "content-encoding" not in plain.headers
    assert plain.content == (FOLDER / "modules/main.js").read_bytes()
    assert gzip.decompress(portal().files["modules/main.js"].compressed) == plain.content


def test_all_of_it_is_light() -> None:
    found = portal()

    assert sum(len(each.compressed) for each in [found.page, *found.files.values()]) <= MOST_COMPRESSED


def test_no_two_style_sheets_mean_the_same_class() -> None:
    """All that were loaded stay, so one of another page would change this one."""
    owners: dict[str, set[str]] = {}
    for path in sorted((SOURCES / "styles").glob("*.css")):
        text = re.sub(r"/\*.*?\*/", "", path.read_text(encoding="utf-8"), flags=re.DOTALL)
        for selectors in re.findall(r"([^{}]+)\{", text):
            for selector in selectors.split(","):
                if named := re.match(r"\s*\.([\w-]+)", selector):
                    owners.setdefault(named[1], set()).add(path.name)

    assert {name: found for name, found in owners.items() if len(found) > 1} == {}


def test_nothing_is_fetched_from_elsewhere() -> None:
    for name, each in portal().files.items():
        assert not ELSEWHERE.search(each.content.decode()), name


def test_files_of_others_are_as_published() -> None:
    told = json.loads((VENDOR / "versions.json").read_text(encoding="utf-8"))
    there = {path.name for path in VENDOR.glob("*.mjs")}

    assert {each["file"] for each in told} == there
    for each in told:
        content = (VENDOR / each["file"]).read_bytes()
        assert hashlib.sha256(content).hexdigest() == each["sha256"], each["file"]
        assert (VENDOR / each["licence_file"]).is_file()
