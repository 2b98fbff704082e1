"""Source code: its suffixes and names, and the grammar that reads the symbols of each language."""

from __future__ import annotations

import re
from pathlib import PurePosixPath

GRAMMARS: dict[str, tuple[str, str]] = {
    "javascript": ("tree_sitter_javascript", "language"),
    "typescript": ("tree_sitter_typescript", "language_typescript"),
    "tsx": ("tree_sitter_typescript", "language_tsx"),
    "go": ("tree_sitter_go", "language"),
    "rust": ("tree_sitter_rust", "language"),
    "java": ("tree_sitter_java", "language"),
    "c": ("tree_sitter_c", "language"),
    "cpp": ("tree_sitter_cpp", "language"),
    "c#": ("tree_sitter_c_sharp", "language"),
    "ruby": ("tree_sitter_ruby", "language"),
    "php": ("tree_sitter_php", "language_php"),
    "bash": ("tree_sitter_bash", "language"),
    "kotlin": ("tree_sitter_kotlin", "language"),
    "swift": ("tree_sitter_swift", "language"),
}
"""The module of each language's grammar, and the function in it."""

LANGUAGES: dict[str, str] = {
    ".py": "python", ".pyi": "python", ".pyw": "python",
    ".js": "javascript", ".mjs": "javascript", ".cjs": "javascript", ".jsx": "javascript",
    ".ts": "typescript", ".mts": "typescript", ".cts": "typescript", ".tsx": "tsx",
    ".go": "go", ".rs": "rust", ".java": "java", ".kt": "kotlin", ".kts": "kotlin", ".swift": "swift",
    ".c": "c", ".h": "cpp", ".cc": "cpp", ".cpp": "cpp", ".cxx": "cpp", ".hh": "cpp", ".hpp": "cpp",
    ".hxx": "cpp", ".ino": "cpp", ".cu": "cpp", ".cuh": "cpp",
    ".cs": "c#", ".rb": "ruby", ".rake": "ruby", ".gemspec": "ruby", ".php": "php", ".phtml": "php",
    ".sh": "bash", ".bash": "bash", ".zsh": "bash", ".ksh": "bash", ".bats": "bash",
    ".sql": "sql", ".ddl": "sql",
    ".toml": "sections", ".ini": "sections", ".cfg": "sections", ".conf": "sections",
    ".editorconfig": "sections", ".desktop": "sections", ".service": "sections",
    ".yaml": "yaml", ".yml": "yaml",
}  # fmt: skip
"""The suffixes whose symbols are known, and by what they are read."""

WITHOUT_SYMBOLS = frozenset(
    ".ada .adb .ads .applescript .asm .astro .awk .bat .bicep .bzl .clj .cljc .cljs .cmake .cmd .cob .coffee "
    ".cr .csx .cypher .d .dart .dockerfile .edn .el .elm .erl .ex .exs .f .f03 .f77 .f90 .f95 .fish .for "
    ".fs .fsi .fsx .gd .gleam .glsl .gql .gradle .graphql .groovy .gvy .hcl .hlsl .hrl .hs .j2 .jl .jsonnet "
    ".just .lean .lhs .lisp .lsp .lua .m .mak .metal .mk .ml .mli .mm .mojo .nim .nix .nu .pas .pl .pm .pp "
    ".prisma .pro .proto .ps1 .psd1 .psm1 .purs .pyx .pxd .pxi .r .rkt .s .sass .sbt .sc .scala .scm .sed "
    ".sol .star .sv .svelte .svh .t .tcl .tf .tfvars .thrift .v .vala .vb .vba .vbs .vhd .vhdl .vim .vue "
    ".wat .wgsl .zig .properties".split()
) - {".sass"}
"""The suffixes of source code that is read by its lines only."""

NAMES = {
    "gemfile": "ruby", "rakefile": "ruby", "vagrantfile": "ruby", "podfile": "ruby", "fastfile": "ruby",
    "sconstruct": "python", "wscript": "python", "pipfile": "sections",
    "makefile": "", "gnumakefile": "", "dockerfile": "", "containerfile": "", "jenkinsfile": "",
    "cmakelists.txt": "", "build.bazel": "", "workspace.bazel": "", "justfile": "", "procfile": "",
    "caddyfile": "", "go.mod": "", "go.work": "", "meson.build": "",
}  # fmt: skip
"""Files of source code that are known by their name."""

INTERPRETERS = (
    (re.compile(rb"#!.*\b(?:bash|dash|zsh|ksh|sh)\b"), "bash"),
    (re.compile(rb"#!.*\bpython[\d.]*\b"), "python"),
    (re.compile(rb"#!.*\b(?:node|deno|bun)\b"), "javascript"),
    (re.compile(rb"#!.*\bruby\b"), "ruby"),
    (re.compile(rb"#!.*\bphp\b"), "php"),
    (re.compile(rb"#!\s*/"), ""),
)
"""The first lines of scripts without a suffix."""


def is_code(name: str, start: bytes = b"") -> bool:
    """Return whether a file with this name, or with these first bytes and no suffix, is source code."""
    return language_of(name, start) is not None


def language_of(name: str, start: bytes = b"") -> str | None:
    """Return what reads the symbols of a file; empty if nothing does, None if it is not source code."""
    path = PurePosixPath(name.lower())
    if path.name in NAMES:
        return NAMES[path.name]
    if path.name.partition(".")[0] in ("dockerfile", "makefile") and path.suffix not in (".md", ".txt"):
        return ""
    if path.suffix in LANGUAGES:
        return LANGUAGES[path.suffix]
    if path.suffix in WITHOUT_SYMBOLS:
        return ""
    if not path.suffix:
        return next((language for first, language in INTERPRETERS if first.match(start)), None)
    return None
