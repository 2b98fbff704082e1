"""The portal's tools, of the npm registry: `python tests/support/portal_tools.py build|vendor|types|check`.

`build` writes what browsers get, `portal_built`; `vendor` writes the files of others that the portal has, and
`types` the types of the API's answers. `check` compares all three with what is committed, and checks the
types of all modules. Nobody needs these tools to run the portal.
"""

from __future__ import annotations

import hashlib
import json
import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

from places import ROOT

PORTAL = ROOT / "memgpt_autogen/server/portal"

BUILT = ROOT / "memgpt_autogen/server/portal_built"

TOOLS = ROOT / ".venvs/portal"

PACKAGES = {
    "preact": "11.2.0",
    "@preact/signals": "2.11.4",
    "@preact/signals-core": "1.14.5",
    "htm": "3.1.1",
    "axe-core": "4.14.1",
    "esbuild": "0.28.2",
    "openapi-typescript": "7.13.0",
    "typescript": "5.9.3",
}

# each: the file in the portal, the package, its file there, its licence, and the file of that
VENDORED = [
    ("preact.mjs", "preact", "dist/preact.mjs", "MIT", "LICENSE.preact"),
    ("hooks.mjs", "preact", "hooks/dist/hooks.mjs", "MIT", "LICENSE.preact"),
    ("signals.mjs", "@preact/signals", "dist/signals.mjs", "MIT", "LICENSE.signals"),
    ("signals-core.mjs", "@preact/signals-core", "dist/signals-core.mjs", "MIT", "LICENSE.signals"),
    ("htm.mjs", "htm", "dist/htm.mjs", "Apache-2.0", "LICENSE.htm"),
]

MODULES = {
    "preact": "preact.mjs",
    "preact/hooks": "hooks.mjs",
    "@preact/signals": "signals.mjs",
    "@preact/signals-core": "signals-core.mjs",
    "htm": "htm.mjs",
}

TYPES_HEAD = "// Written from the API's OpenAPI file by `python tests/support/portal_tools.py types`.\n\n"


def install() -> None:
    """Install the tools at their pinned versions."""
    TOOLS.mkdir(parents=True, exist_ok=True)
    wanted = [f"{name}@{version}" for name, version in PACKAGES.items()]
    told = TOOLS / ".installed"
    if told.is_file() and told.read_text().split() == wanted:
        return
    options = ["--no-save", "--no-package-lock", "--ignore-scripts", "--no-audit", "--no-fund", "--silent"]
    subprocess.run(["npm", "install", *options, "--prefix", ".", *wanted], cwd=TOOLS, check=True)
    told.write_text("\n".join(wanted))


def write_vendored(folder: Path) -> None:
    """Write the files of others, their licences, and `versions.json`, which tells where each is from."""
    told = []
    for file, package, path, licence, licence_file in VENDORED:
        source = TOOLS / "node_modules" / package
        shutil.copyfile(source / path, folder / file)
        shutil.copyfile(source / "LICENSE", folder / licence_file)
        told.append(
            {
                "file": file,
                "package": package,
                "version": PACKAGES[package],
                "path": path,
                "licence": licence,
                "licence_file": licence_file,
                "sha256": hashlib.sha256((folder / file).read_bytes()).hexdigest(),
            }
        )
    (folder / "versions.json").write_text(f"{json.dumps(told, indent=2)}\n", encoding="utf-8")


def types_text() -> str:
    """Return the types of the API's bodies and answers."""
    whole = json.loads((PORTAL.parent / "openapi.json").read_text(encoding="utf-8"))
    with tempfile.TemporaryDirectory() as folder:
        schemas, written = Path(folder, "schemas.json"), Path(folder, "types.d.ts")
        only = {"schemas": whole["components"]["schemas"]}
        schemas.write_text(json.dumps({**whole, "paths": {}, "components": only}))
        program = TOOLS / "node_modules/.bin/openapi-typescript"
        subprocess.run([program, schemas, "-o", written], check=True, stdout=subprocess.DEVNULL)
        text = written.read_text(encoding="utf-8")
    return TYPES_HEAD + text[text.index("export ") :]


def write_built(folder: Path) -> None:
    """Write what a browser gets: modules joined by the page that needs them, without comments."""
    esbuild = TOOLS / "node_modules/.bin/esbuild"
    common = ["--minify", "--charset=utf8", "--legal-comments=none", "--log-level=error"]
    named = [f"--alias:{module}=./vendor/{file}" for module, file in MODULES.items()]
    joined = ["--bundle", "--splitting", "--format=esm", "--target=es2022", "--chunk-names=[hash]"]
    subprocess.run(
        [esbuild, "main.js", *joined, *common, *named, f"--outdir={folder / 'modules'}"],
        cwd=PORTAL,
        check=True,
    )
    styles = sorted(str(path.relative_to(PORTAL)) for path in PORTAL.glob("styles/*.css"))
    subprocess.run([esbuild, *styles, *common, f"--outdir={folder / 'styles'}"], cwd=PORTAL, check=True)
    for name in ("index.html", "icon.svg"):
        shutil.copyfile(PORTAL / name, folder / name)


def files_of(folder: Path) -> dict[str, bytes]:
    return {
        path.relative_to(folder).as_posix(): path.read_bytes() for path in folder.rglob("*") if path.is_file()
    }


def check() -> int:
    """Compare what is committed with what would be written, and check all types. Return an exit status."""
    faults = []
    with tempfile.TemporaryDirectory() as folder:
        write_vendored(Path(folder))
        faults += [
            f"vendor/{path.name} is not as published: run 'portal_tools.py vendor'"
            for path in Path(folder).iterdir()
            if path.read_bytes() != (PORTAL / "vendor" / path.name).read_bytes()
        ]
    if types_text() != (PORTAL / "api_types.d.ts").read_text(encoding="utf-8"):
        faults.append("api_types.d.ts is not of this openapi.json: run 'portal_tools.py types'")
    with tempfile.TemporaryDirectory() as folder:
        write_built(Path(folder))
        if files_of(Path(folder)) != files_of(BUILT):
            faults.append("portal_built is not of these sources: run 'portal_tools.py build'")
    for fault in faults:
        print(fault, file=sys.stderr)  # noqa: T201
    compiler = TOOLS / "node_modules/.bin/tsc"
    return subprocess.call([compiler, "-p", ROOT / "tests/portal/tsconfig.json"]) or bool(faults)


if __name__ == "__main__":
    if shutil.which("npm") is None:
        print("npm is not here, so the types of the portal are not checked", file=sys.stderr)  # noqa: T201
        raise SystemExit(0)
    install()
    if sys.argv[1:] == ["vendor"]:
        write_vendored(PORTAL / "vendor")
    elif sys.argv[1:] == ["types"]:
        (PORTAL / "api_types.d.ts").write_text(types_text(), encoding="utf-8")
    elif sys.argv[1:] == ["build"]:
        shutil.rmtree(BUILT, ignore_errors=True)
        BUILT.mkdir()
        write_built(BUILT)
    elif sys.argv[1:] == ["check"]:
        raise SystemExit(check())
    else:
        raise SystemExit(__doc__)
