"""The documents of an agent over HTTP, and the jobs that load them."""

from __future__ import annotations

import time
from typing import Any

import pytest
from fastapi.testclient import TestClient

from memgpt_autogen.assembly import open_memory
from memgpt_autogen.home_stores import open_home_database
from memgpt_autogen.memory.storage.runs import jobs
from memgpt_autogen.settings import Settings

SOURCES = "/api/v1/agents/sam/sources"

SECONDS = 60.0


@pytest.fixture(autouse=True)
def sam(admin: TestClient) -> None:
    admin.post("/api/v1/agents", json={"name": "sam"})


def load(admin: TestClient, file: tuple[str, bytes] | None = None, **fields: Any) -> Any:
    """Load a document, and return the job as it ended."""
    answer = admin.post(SOURCES, files={"file": file} if file else None, data=fields)
    assert answer.status_code == 202, answer.text
    place = answer.headers["location"]
    end = time.monotonic() + SECONDS
    while time.monotonic() < end:
        job = admin.get(place).json()
        if job["state"] in ("ended", "failed"):
            return job
        time.sleep(0.05)
    raise AssertionError(f"the job does not end: {job}")


def test_a_file_is_loaded_as_a_job_listed_found_and_deleted(admin: TestClient) -> None:
    job = load(admin, ("folder/manual.md", b"# Tea\n\nTea grows in the Azores."), tag=["plants"])

    (source,) = admin.get(SOURCES).json()["items"]
    found = open_memory("sam", Settings.load()).archival.search("azores").items[0].passage
    assert (job["state"], job["what"], job["error"]) == ("ended", "manual.md", None)
    assert job["result"]["came"] == ["manual.md"]
    assert job["done"] == job["total"] > 0
    assert (source["name"], source["origin"], source["ready"]) == ("manual.md", "manual.md", True)
    assert (found.source, found.tags) == ("manual.md", ("plants",))
    assert str(Settings.load().home) not in found.place.origin  # type: ignore[union-attr]  # it has one
    assert list((Settings.load().home / "uploads").iterdir()) == []
    gone = admin.delete(f"{SOURCES}/manual.md")
    assert (gone.status_code, gone.json()["name"]) == (200, "manual.md")
    assert admin.get(SOURCES).json()["items"] == []
    assert admin.delete(f"{SOURCES}/manual.md").status_code == 404


def test_the_same_file_is_unchanged_and_another_one_of_its_name_replaces_it(admin: TestClient) -> None:
    results = [
        load(admin, ("notes.txt", text))["result"]
        for text in (b"Tea is green.", b"Tea is green.", b"Tea is black.")
    ]

    assert [next(name for name in result if result[name]) for result in results] == [
        "came",
        "unchanged",
        "changed",
    ]
    assert open_memory("sam", Settings.load()).archival.count() == 1


def test_a_text_has_the_name_that_is_given_also_with_a_slash(admin: TestClient) -> None:
    assert load(admin, text="Tea.", name="notes/tea")["result"]["came"] == ["notes/tea"]

    assert admin.delete(f"{SOURCES}/notes/tea").status_code == 200


@pytest.mark.parametrize(
    "url",
    [
        "http://127.0.0.1:9/x",
        "http://localhost/x",
        "http://169.254.169.254/latest",
        "http://[::1]/",
        "http://10.0.0.1",
    ],
)
def test_an_address_of_a_private_network_is_not_fetched(admin: TestClient, url: str) -> None:
    job = load(admin, url=url)

    assert job["state"] == "failed"
    assert "could not be fetched" in job["error"]
    assert job["result"] is None


@pytest.mark.parametrize("url", ["/etc/passwd", "file:///etc/passwd", "ftp://example.org/x", "notes.txt"])
def test_an_address_is_no_path_of_the_server(admin: TestClient, url: str) -> None:
    answer = admin.post(SOURCES, data={"url": url})

    assert answer.status_code == 400
    assert admin.get("/api/v1/jobs").json()["items"] == []


@pytest.mark.parametrize(
    "fields",
    [{}, {"url": "https://example.org", "text": "x"}, {"text": " "}, {"text": "x", "name": "x" * 999}],
)
def test_what_can_never_be_loaded_is_refused_at_once(admin: TestClient, fields: Any) -> None:
    assert admin.post(SOURCES, data=fields).status_code == 400


def test_a_file_that_cannot_be_read_fails_without_a_path_of_the_server(admin: TestClient) -> None:
    job = load(admin, ("../../broken.pdf", b"%PDF-1.4 no more"))

    assert job["state"] == "failed"
    assert "broken.pdf" in job["error"]
    assert str(Settings.load().home) not in job["error"]
    uploads, deadline = Settings.load().home / "uploads", time.monotonic() + 30
    while list(uploads.iterdir()) and time.monotonic() < deadline:  # deleted after the job has ended
        time.sleep(0.05)
    assert list(uploads.iterdir()) == []


def test_an_upload_is_bounded(make_client: Any) -> None:
    client = make_client(upload_bytes=1000)

    answer = client.post(SOURCES, files={"file": ("a.txt", b"x" * 2000)})

    assert answer.status_code == 413


def test_jobs_come_in_pages_the_newest_first(admin: TestClient) -> None:
    for number in range(3):
        load(admin, text=f"Text {number}.", name=f"t{number}")

    first = admin.get("/api/v1/jobs", params={"limit": 2, "agent": "sam"}).json()
    rest = admin.get("/api/v1/jobs", params={"limit": 2, "cursor": first["next"]}).json()

    assert [each["what"] for each in first["items"] + rest["items"]] == ["t2", "t1", "t0"]
    assert admin.get("/api/v1/jobs", params={"agent": "nobody"}).status_code == 404
    assert admin.get("/api/v1/jobs/nothing").status_code == 404


def test_a_job_that_no_worker_takes_up_fails_and_says_what_to_do(
    admin: TestClient, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(jobs, "RENEWED_SECONDS", -jobs.ABANDONED_SECONDS - 1.0)
    agent_id = admin.get("/api/v1/agents/sam").json()["id"]
    left = jobs.Jobs(open_home_database(Settings.load())).create("load", "a book", agent_id)

    job = admin.get(f"/api/v1/jobs/{left.id}").json()

    assert job["state"] == "failed"
    assert "Ask for it again" in job["error"]
