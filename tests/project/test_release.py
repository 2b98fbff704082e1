"""A release: workflows, forms for reports, the changelog and the version agree with the project."""

from __future__ import annotations

import re
from itertools import pairwise
from pathlib import Path
from typing import Any

import pytest
import yaml
from places import ROOT

from memgpt_autogen import __version__

MAKEFILE = (ROOT / "Makefile").read_text(encoding="utf-8")
CHANGELOG = (ROOT / "CHANGELOG.md").read_text(encoding="utf-8")
WORKFLOWS = sorted((ROOT / ".github/workflows").glob("*.yml"))
FORMS = sorted(path for path in (ROOT / ".github/ISSUE_TEMPLATE").glob("*.yml") if path.stem != "config")
KINDS = {"Added", "Changed", "Deprecated", "Removed", "Fixed", "Security", "Known limits"}

MATRICES = ("HOST", "HEIR")
"""What the Makefile has a target for each of, by the name of its list."""


def jobs_of(workflow: Path) -> dict[str, Any]:
    return yaml.safe_load(workflow.read_text(encoding="utf-8"))["jobs"]


def steps_of(workflow: Path) -> list[dict[str, Any]]:
    return [step for job in jobs_of(workflow).values() for step in job.get("steps", [])]


def targets_of_the_makefile() -> set[str]:
    listed = {kind: re.search(rf"^{kind}S := (.+)$", MAKEFILE, re.MULTILINE)[1].split() for kind in MATRICES}
    expanded = {f"{kind.lower()}-{name}" for kind, names in listed.items() for name in names}
    return {*re.findall(r"^([\w-]+):", MAKEFILE, re.MULTILINE), *expanded}


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflows_actions_are_pinned_to_a_whole_version(workflow: Path) -> None:
    used = [step["uses"] for step in steps_of(workflow) if "uses" in step]

    assert used
    assert [action for action in used if not re.fullmatch(r"[\w./-]+@v\d+\.\d+\.\d+", action)] == []


@pytest.mark.parametrize("workflow", WORKFLOWS, ids=lambda path: path.stem)
def test_a_workflow_may_only_read_and_ends_in_time(workflow: Path) -> None:
    whole = yaml.safe_load(workflow.read_text(encoding="utf-8"))

    assert whole["permissions"] == {"contents": "read"}
    assert [
        name for name, job in jobs_of(workflow).items() if "steps" in job and "timeout-minutes" not in job
    ] == []


def test_the_workflow_runs_the_makefiles_checks_and_every_host() -> None:
    jobs = jobs_of(ROOT / ".github/workflows/check.yml")
    commands = [step["run"] for step in steps_of(ROOT / ".github/workflows/check.yml") if "run" in step]
    hosts = {
        f"{kind}-{name}"
        for kind in map(str.lower, MATRICES)
        for name in jobs[kind]["strategy"]["matrix"][kind]
    }
    templates = {f"{kind}-${{{{ matrix.{kind} }}}}" for kind in map(str.lower, MATRICES)}
    called = {
        target
        for command in commands
        for target in re.findall(r"make (\w[^$\s]*\S*(?: matrix\S* }})?)", command)
    }

    assert templates <= called
    assert (
        {"check", "demo", "server-demo", "postgres", "docs", "peers", "dist-check"}
        <= called - templates
        <= targets_of_the_makefile()
    )
    assert hosts == {
        target
        for target in targets_of_the_makefile()
        if target.startswith(tuple(f"{kind.lower()}-" for kind in MATRICES))
    }


def test_the_workflow_covers_the_pythons_that_the_package_allows() -> None:
    matrix = jobs_of(ROOT / ".github/workflows/check.yml")["check"]["strategy"]["matrix"]
    project = (ROOT / "pyproject.toml").read_text(encoding="utf-8")
    lowest = re.search(r'requires-python = ">=(3\.\d+)"', project)[1]

    minors = [int(python.split(".")[1]) for python in matrix["python"]]

    assert f"3.{minors[0]}" == lowest
    assert re.findall(r"Python :: (3\.\d+)", project) == matrix["python"]
    assert all(later == earlier + 1 for earlier, later in pairwise(minors))


@pytest.mark.parametrize("form", FORMS, ids=lambda path: path.stem)
def test_a_form_for_reports_has_what_github_asks_of_it(form: Path) -> None:
    whole = yaml.safe_load(form.read_text(encoding="utf-8"))
    fields = [part for part in whole["body"] if part["type"] != "markdown"]

    assert whole["name"]
    assert whole["description"]
    assert all(part["type"] in {"input", "textarea", "dropdown", "checkboxes"} for part in fields)
    assert all(part["attributes"]["label"] for part in fields)
    assert len({part["id"] for part in fields}) == len(fields)


def test_the_changelog_begins_with_what_is_not_released_and_goes_back_in_time() -> None:
    headings = re.findall(r"^## (.+)$", CHANGELOG, re.MULTILINE)
    released = [
        re.fullmatch(r"\[(\d+)\.(\d+)\.(\d+)\] - \d{4}-\d{2}-\d{2}", heading) for heading in headings[1:]
    ]

    assert headings[0] == "[Unreleased]"
    assert all(released)
    versions = [tuple(int(part) for part in each.groups()) for each in released if each]
    assert versions == sorted(versions, reverse=True)
    assert set(re.findall(r"^### (.+)$", CHANGELOG, re.MULTILINE)) <= KINDS


def test_no_page_bears_the_marks_of_a_merge() -> None:
    pages = [*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")]

    assert [
        page.name
        for page in pages
        if re.search(r"^(<{7}|={7}|>{7})( |$)", page.read_text(encoding="utf-8"), re.MULTILINE)
    ] == []


def test_the_version_is_semantic() -> None:
    assert re.fullmatch(r"\d+\.\d+\.\d+((a|b|rc)\d+)?", __version__)
