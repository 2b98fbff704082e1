"""What other servers of such agents had, and what holds it here. docs/security.md has the table."""

from __future__ import annotations

import io
import json
import logging
import time
import zipfile
from typing import Any

import pytest
from fastapi.testclient import TestClient
from server_apps import PASSWORD, MakeClient, make_app
from server_world import API, add_user

from memgpt_autogen.errors import ModelError
from memgpt_autogen.server.logs import JsonLines
from memgpt_autogen.server.openapi import FILE
from memgpt_autogen.settings import Settings
from memgpt_autogen.testing import ScriptedLLM

SECRET = "Lisbon-77"


@pytest.mark.sqlite
def test_neither_keys_nor_sessions_nor_the_password_are_in_any_file(
    admin: TestClient, make_client: MakeClient
) -> None:
    """MemGPT stored keys in clear."""
    ada = add_user(admin, "ada")
    browser = make_client(key=None, app=admin.app)
    browser.post(f"{API}/login", json={"password": ada.key})
    ada.client(admin.app).get(f"{API}/me")  # type: ignore[arg-type]  # it is our app

    secrets = [ada.key, browser.cookies["memgpt_session"], PASSWORD]
    files = [path for path in Settings.load().home.rglob("*") if path.is_file()]
    found = [
        (path.name, secret) for path in files for secret in secrets if secret.encode() in path.read_bytes()
    ]

    assert len(files) > 0
    assert found == []


@pytest.mark.parametrize("header", ["user_id", "user-id", "X-User-Id", "X-Forwarded-User", "Remote-User"])
def test_no_header_chooses_the_user(admin: TestClient, header: str) -> None:
    """Letta's `user_id` lets anyone who has the password be anyone."""
    ada, bob = add_user(admin, "ada"), add_user(admin, "bob")
    client = bob.client(admin.app)  # type: ignore[arg-type]  # it is our app
    for value in (ada.id, ada.name):
        assert client.get(f"{API}/me", headers={header: value}).json()["user"]["name"] == "bob"
        assert client.get(f"{API}/me", params={header: value}).json()["user"]["name"] == "bob"


def test_no_operation_takes_code() -> None:
    """MemGPT and Letta ran Python that was posted."""
    described = json.loads(FILE.read_text(encoding="utf-8"))
    fields = {
        name
        for title, schema in described["components"]["schemas"].items()
        if title != "LoginCode"  # a secret, and no program
        for name in schema.get("properties", ())
    }
    operations = {each["operationId"] for path in described["paths"].values() for each in path.values()}

    assert not {name for name in fields if "code" in name.lower() or "source_type" in name}
    assert not {name for name in operations if "create_tool" in name or "upsert" in name}


@pytest.mark.parametrize(
    "path", ["/index.html", "/api/nothing", "/api/v1/nothing", "/api/v2/agents", "/v1/x"]
)
@pytest.mark.parametrize("method", ["GET", "POST", "DELETE"])
def test_an_unknown_path_is_a_problem_and_no_page(admin: TestClient, path: str, method: str) -> None:
    """MemGPT answered every unknown path with the page of its portal, and 200."""
    answer = admin.request(method, path, headers={"Accept": "text/html"})

    assert answer.status_code == 404
    own = "application/problem+json" if "/v1/x" not in path else "application/json"  # as OpenAI's API has it
    assert answer.headers["content-type"] == own


@pytest.mark.parametrize(
    ("path", "allowed"),
    [
        ("/health", "GET"),
        (f"{API}/agents", "GET, POST"),
        (f"{API}/agents/sam/blocks/human", "DELETE, GET, PATCH, PUT"),
        (f"{API}/agents/sam/sources/a/b.txt", "DELETE"),
    ],
)
def test_another_method_is_405_with_all_those_of_the_path(admin: TestClient, path: str, allowed: str) -> None:
    answer = admin.request("BREW", path)

    assert (answer.status_code, answer.headers["allow"]) == (405, allowed)
    assert allowed in answer.json()["detail"]


def test_a_turn_that_fails_is_answered(make_client: MakeClient) -> None:
    """In MemGPT a step that failed without a stream never answered."""
    admin = make_client(app=make_app(llm=ScriptedLLM(otherwise=ModelError("the endpoint is down"))))
    admin.post(f"{API}/agents", json={"name": "sam"})

    run = admin.post(f"{API}/agents/sam/runs", json={"input": "Hello.", "background": False})

    assert (run.status_code, run.json()["state"]) == (200, "failed")
    assert run.json()["error"]


@pytest.mark.parametrize(
    "path", ["/health", "/docs", "/docs/docs.js", "/nothing", "/openapi.json", f"{API}/me"]
)
@pytest.mark.parametrize("host", ["127.0.0.1", "evil.example"])
def test_every_answer_has_the_headers_that_keep_browsers_careful(
    make_client: MakeClient, path: str, host: str
) -> None:
    headers = make_client(key=None).get(path, headers={"Host": host}).headers

    assert headers["x-content-type-options"] == "nosniff"
    assert headers["referrer-policy"] == "no-referrer"
    assert headers["cross-origin-resource-policy"] == "same-origin"
    assert "frame-ancestors 'none'" in headers["content-security-policy"]
    assert "unsafe" not in headers["content-security-policy"]


def test_any_word_as_the_method_makes_no_count_of_its_own(admin: TestClient) -> None:
    for word in ("BREW", "LISBON", "X" * 200):
        admin.request(word, "/health")

    text = admin.get("/metrics").text

    assert 'method="other",route="/health",status="405"} 3.0' in text
    assert "LISBON" not in text


def test_nothing_of_a_user_is_in_anothers_errors_nor_in_logs_and_metrics(
    admin: TestClient, caplog: pytest.LogCaptureFixture
) -> None:
    caplog.set_level(logging.DEBUG)
    app: Any = admin.app
    ada, bob = add_user(admin, "ada-77").client(app), add_user(admin, "bob").client(app)
    ada.post(f"{API}/agents", json={"name": "sam-77", "human": SECRET})
    ada.post(f"{API}/agents/sam-77/passages", json={"text": SECRET, "source": "notes-77"})
    ada.post(f"{API}/agents/sam-77/runs", json={"input": f"I live in {SECRET}.", "background": False})
    bob.post(f"{API}/agents", json={"name": "spy"})
    told = [
        bob.request(method, f"{API}/{path}", json=body).text
        for method, path, body in (
            ("GET", "agents/sam", None),
            ("POST", "agents", {"name": "spy"}),
            ("POST", "agents/spy/fork", {"name": "spy"}),
            ("GET", "agents/spy/blocks/none", None),
            ("GET", "templates/persona/none", None),
            ("POST", "agents/spy/search", {"queries": ["Lisbon"]}),
            ("POST", "agents/spy/forget", {"query": "Lisbon", "dry_run": True}),
            ("POST", "agents/spy/tools/none/run", {"arguments": {}}),
            ("GET", "users/none", None),
            ("GET", "jobs/none", None),
            ("DELETE", "agents/spy/sources/none", None),
        )
    ]
    lines = [JsonLines().format(record) for record in caplog.records if record.name.startswith("memgpt")]

    assert lines
    assert all(word not in text for text in told for word in (SECRET, "sam-77", "ada-77", "notes-77"))
    assert all(
        word not in line for line in lines for word in (SECRET, "sam-77", "ada-77", "notes-77", "Lisbon")
    )
    assert all(word not in admin.get("/metrics").text for word in (SECRET, "sam-77", "ada-77", "notes-77"))


PRIVATE = (
    "http://127.0.0.1:8283/metrics",
    "http://localhost:8283/",
    "http://[::1]/",
    "http://[::ffff:127.0.0.1]/",
    "http://[64:ff9b::7f00:1]/",
    "http://127.1/",
    "http://2130706433/",
    "http://0x7f000001/",
    "http://0177.0.0.1/",
    "http://0.0.0.0/",
    "http://10.0.0.1/",
    "http://192.168.1.1:80/",
    "http://169.254.169.254/latest/meta-data/",
    "http://[fe80::1]/",
    "http://[fd00::1]/",
    "http://user:secret@127.0.0.1/",
)


def test_addresses_of_this_network_are_not_fetched_as_documents(admin: TestClient) -> None:
    client = add_user(admin, "ada").client(admin.app)  # type: ignore[arg-type]  # it is our app
    client.post(f"{API}/agents", json={"name": "sam"})
    for url in PRIVATE:
        assert client.post(f"{API}/agents/sam/sources", data={"url": url}).status_code == 202, url
    jobs = ended_jobs(client)

    assert [job["state"] for job in jobs] == ["failed"] * len(PRIVATE)
    refusals = ("not an address of the public internet", "not a web address")
    assert [job["error"] for job in jobs if not any(each in job["error"] for each in refusals)] == []
    assert all("secret" not in str(job) for job in jobs)
    for url in (
        "file:///etc/passwd",
        "ftp://example.org/a",
        "gopher://example.org",
        "//example.org",
        "/etc/passwd",
    ):
        refused = client.post(f"{API}/agents/sam/sources", data={"url": url})
        assert refused.status_code == 400, url
    assert client.get(f"{API}/agents/sam/sources").json()["items"] == []


@pytest.mark.parametrize("url", PRIVATE)
def test_addresses_of_this_network_are_given_to_no_model(admin: TestClient, url: str) -> None:
    """The model's server would fetch them: it may reach what the sender cannot."""
    admin.post(f"{API}/agents", json={"name": "sam"})
    content = [{"type": "image_url", "image_url": {"url": url}}]

    answer = admin.post(f"{API}/agents/sam/runs", json={"input": [{"text": "Look.", "content": content}]})

    assert answer.status_code == 422
    assert "public internet" in answer.json()["detail"]


def test_a_picture_is_not_had_by_its_hash(admin: TestClient) -> None:
    """The pictures of all users are in one folder, by their hashes."""
    admin.post(f"{API}/agents", json={"name": "sam"})
    content = [{"type": "image", "media_type": "image/png", "sha256": "0" * 64}]

    answer = admin.post(f"{API}/agents/sam/runs", json={"input": [{"text": "Look.", "content": content}]})

    assert answer.status_code == 422


@pytest.mark.parametrize(
    "tool",
    [{}, {"function": {}}, {"function": "x"}, {"function": {"name": ""}}, {"function": {"name": "a b"}}],
)
def test_a_tool_that_is_none_is_refused(admin: TestClient, tool: dict[str, Any]) -> None:
    admin.post(f"{API}/agents", json={"name": "sam"})

    answer = admin.post(f"{API}/agents/sam/runs", json={"input": "Hello.", "tools": [tool]})

    assert answer.status_code == 422
    assert "tool" in answer.json()["detail"]


@pytest.mark.parametrize(
    ("given", "kept"),
    [
        ("../../../etc/passwd.txt", "passwd.txt"),
        ("..\\..\\windows\\win.txt", "win.txt"),
        ("/etc/shadow.txt", "shadow.txt"),
        ("C:\\a.txt", "a.txt"),
        ("x" * 500 + ".txt", "x" * 196 + ".txt"),
    ],
)
def test_the_name_of_a_file_is_never_a_path(admin: TestClient, given: str, kept: str) -> None:
    admin.post(f"{API}/agents", json={"name": "sam"})
    home = Settings.load().home
    outside = set(home.parent.iterdir())

    admin.post(f"{API}/agents/sam/sources", files={"file": (given, b"Lisbon is sunny.")})

    assert [job["state"] for job in ended_jobs(admin)] == ["ended"]
    assert [each["name"] for each in admin.get(f"{API}/agents/sam/sources").json()["items"]] == [kept]
    assert set(home.parent.iterdir()) == outside
    assert list((home / "uploads").iterdir()) == []


def test_a_file_that_grows_out_of_proportion_is_refused_by_its_reader(admin: TestClient) -> None:
    admin.post(f"{API}/agents", json={"name": "sam"})
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w", zipfile.ZIP_DEFLATED) as made:
        made.writestr("word/document.xml", b" " * 300_000_000)

    admin.post(f"{API}/agents/sam/sources", files={"file": ("a.docx", packed.getvalue())})
    refused = admin.post(f"{API}/agents/import", files={"file": ("a.zip", packed.getvalue())})

    assert refused.status_code == 400
    assert [job["state"] for job in ended_jobs(admin)] == ["failed"]
    assert admin.get(f"{API}/agents/sam/passages").json()["items"] == []


def ended_jobs(client: TestClient) -> list[dict[str, Any]]:
    end = time.monotonic() + 120
    while True:
        jobs: list[dict[str, Any]] = client.get(f"{API}/jobs").json()["items"]
        if all(job["state"] in ("ended", "failed") for job in jobs):
            return jobs
        assert time.monotonic() < end
        time.sleep(0.05)
