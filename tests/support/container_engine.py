"""A Docker engine for tests: the one at hand, or Debian's, started in a root of its own.

The second one needs root, and `mmdebstrap`. Its programs and its images are in one folder, and it sees no
other files of the machine. No registry is asked: `debian:trixie-slim` is Debian's minimal system as
`mmdebstrap` makes it, and stand-ins take the place of PostgreSQL's image and of Qdrant's.
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

from places import ROOT, SUPPORT

BASE = "debian:trixie-slim"

# what Debian's image leaves out
SLIM = [
    f"--dpkgopt={rule}"
    for rule in (
        "path-exclude=/usr/share/doc/*",
        "path-include=/usr/share/doc/*/copyright",
        "path-exclude=/usr/share/info/*",
        "path-exclude=/usr/share/locale/*",
        "path-exclude=/usr/share/man/*",
    )
]

PROGRAMS = "docker.io,docker-buildx,docker-cli,docker-compose,iptables"

# It ends with this process, however that ends, and with it all that it has started.
APART = "setpriv --pdeathsig KILL unshare --mount --propagation private --pid --fork --kill-child".split()

# The engine's root is the folder $1. $2, where its images are, becomes its /mnt, and $3, which containers
# mount, keeps its path. An engine inside a `chroot` would start no further programs in a container.
START = """
mount --bind "$1" "$1"
for each in sys dev; do mount --rbind "/$each" "$1/$each"; done
mount -t proc proc "$1/proc"
mount -t tmpfs tmpfs "$1/run"
mkdir -p "$1$3"
mount --bind "$3" "$1$3"
mount --bind "$2" "$1/mnt"
cp /etc/resolv.conf "$1/etc/resolv.conf"
cd "$1"
pivot_root . .
umount -l .
exec dockerd --data-root /mnt/images --exec-root /run/docker --pidfile /run/docker.pid --log-level warn \
    --host "unix://$3/docker.sock" --bridge none --iptables=false --ip6tables=false --ip-forward=false
"""

# so that `--wait` takes no longer than a start
QUICK = {"healthcheck": {"interval": "1s"}}

# it has the machine's network while it builds; the networks of its containers lead nowhere
BUILDS = {"build": {"network": "host"}}


class Engine:
    """Runs `docker`, and `docker compose` for this project."""

    def __init__(self) -> None:
        self.environment = dict(os.environ)
        self.folder = Path(tempfile.mkdtemp(prefix="memgpt-autogen-"))
        """Where files are that containers mount. It is removed with the engine."""
        self._override({"server": QUICK, "scaled": QUICK})

    def _override(self, services: Mapping[str, object]) -> None:
        (self.folder / "override.json").write_text(json.dumps({"services": services}))

    def docker(self, *arguments: str, seconds: float = 300, **variables: str) -> str:
        """Run a command of Docker, and return what it prints. Raises `AssertionError` if it fails."""
        done = self.tried(*arguments, seconds=seconds, **variables)
        assert done.returncode == 0, (
            f"docker {' '.join(arguments)}\n{done.stdout[-4000:]}{done.stderr[-8000:]}"
        )
        return done.stdout

    def tried(
        self, *arguments: str, seconds: float = 300, **variables: str
    ) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["docker", *arguments],
            check=False, capture_output=True, text=True, timeout=seconds,
            env={**self.environment, **variables}, cwd=ROOT,
        )  # fmt: skip

    def compose(self, project: str, *arguments: str, **variables: str) -> str:
        return self.docker(*self.of_project(project), *arguments, **variables)

    def of_project(self, project: str) -> list[str]:
        files = [f"--file={ROOT / 'compose.yaml'}", f"--file={self.folder / 'override.json'}"]
        return ["compose", f"--project-name={project}", *files]

    def close(self) -> None:
        shutil.rmtree(self.folder, ignore_errors=True)


class OwnEngine(Engine):
    """Debian's engine, in the folder. What is in the folder already is used again."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir(parents=True, exist_ok=True)
        root, base = folder / "root", folder / "base.tar"
        with ThreadPoolExecutor() as both:
            made = [
                both.submit(bootstrap, root, f"--include={PROGRAMS}"),
                both.submit(bootstrap, base, *SLIM, "--customize-hook=" + trust_of_this_machine()),
            ]
            for each in made:
                each.result()
        (folder / "images").mkdir(exist_ok=True)
        super().__init__()
        self._override({"server": QUICK | BUILDS, "scaled": QUICK | BUILDS})
        programs = {"bin/docker": "usr/bin/docker"}
        for name in ("buildx", "compose"):
            programs[f"cli-plugins/docker-{name}"] = f"usr/libexec/docker/cli-plugins/docker-{name}"
        for link, program in programs.items():
            (self.folder / link).parent.mkdir(exist_ok=True)
            (self.folder / link).symlink_to(root / program)
        self.environment |= {
            "PATH": f"{self.folder / 'bin'}:{os.environ['PATH']}",
            "DOCKER_CONFIG": str(self.folder),
            "DOCKER_HOST": f"unix://{self.folder}/docker.sock",
        }
        self._log = (self.folder / "log").open("wb")
        command = [*APART, "sh", "-ec", START, "sh", root, folder, self.folder]
        self._process = subprocess.Popen(command, stdout=self._log, stderr=self._log)
        end = time.monotonic() + 60
        while self.tried("info").returncode:
            if self._process.poll() is not None or time.monotonic() > end:
                said = (self.folder / "log").read_text(errors="replace")
                self.close()
                raise OSError(f"Debian's engine does not start here: {said[-1000:]}")
            time.sleep(0.2)
        self._forget_killed_tests()
        self.docker("import", str(base), BASE)

    def _forget_killed_tests(self) -> None:
        if containers := self.docker("ps", "--all", "--quiet").split():
            self.docker("rm", "--force", *containers)
        self.docker("network", "prune", "--force")
        self.docker("volume", "prune", "--all", "--force")

    def stand_in(self, name: str, tag: str, **arguments: str) -> None:
        """Build a stand-in for an image of others."""
        given = [word for key, value in arguments.items() for word in ("--build-arg", f"{key}={value}")]
        folder = SUPPORT / "stand_ins" / name
        self.docker("build", "--network", "host", "--tag", tag, *given, str(folder))

    def close(self) -> None:
        # `unshare` passes no signal on
        subprocess.run(["pkill", "--signal", "TERM", "--parent", str(self._process.pid)], check=False)
        try:
            self._process.wait(30)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._log.close()
        super().close()


def engine_at_hand() -> Engine | None:
    """Return the engine that `docker` knows, if it runs and has Compose."""
    if shutil.which("docker") is None:
        return None
    engine = Engine()
    answers = all(engine.tried(*words).returncode == 0 for words in (["info"], ["compose", "version"]))
    return engine if answers else None


def why_no_own_engine() -> str | None:
    """Say what an engine of its own would need; None if it has all of it."""
    if not sys.platform.startswith("linux") or os.geteuid() != 0:
        return "no Docker engine with Compose is at hand, and only root can start one on Linux"
    needed = ("mmdebstrap", "pkill", "setpriv", "unshare", "pivot_root")
    missing = [name for name in needed if shutil.which(name, path=f"{os.environ['PATH']}:/usr/sbin") is None]
    if missing:
        listed = " and ".join(missing)
        return f"no Docker engine with Compose is at hand, and to start one needs {listed}"
    return None


def bootstrap(target: Path, *options: str) -> None:
    """Make Debian's minimal system there, unless it is there."""
    if target.exists():
        return
    began = target.with_name(f"unfinished-{target.name}")
    shutil.rmtree(began, ignore_errors=True)
    command = ["mmdebstrap", "--quiet", "--mode=root", "--variant=minbase", *options, "trixie", str(began)]
    done = subprocess.run(command, check=False, capture_output=True, text=True, timeout=600)
    if done.returncode:
        raise OSError(f"mmdebstrap failed: {done.stderr[-1000:]}")
    began.rename(target)


def trust_of_this_machine() -> str:
    """Return the command that lets pip in a root trust whom it trusts here: `$1` is the root."""
    asked = [sys.executable, "-m", "pip", "config", "get", "global.cert"]
    found = subprocess.run(asked, check=False, capture_output=True, text=True)
    certificates = os.environ.get("PIP_CERT") or found.stdout.strip()
    if not certificates:
        return "true"
    place = "/etc/pip.pem"
    return f'cp "{certificates}" "$1{place}" && printf "[global]\\ncert={place}\\n" > "$1/etc/pip.conf"'
