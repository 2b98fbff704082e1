"""Every regular expression of the package, with how it is used, and texts that are hostile to it."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
import sys
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from typing import Any

import memgpt_autogen

if sys.version_info >= (3, 11):
    from re import _parser as sre_parse
else:
    import sre_parse

ROOT = Path(memgpt_autogen.__file__).parent

FUNCTIONS = frozenset("compile sub subn match search fullmatch split findall finditer".split())

WHOLE = frozenset("match fullmatch".split())
"""The methods that try a pattern at one place only."""


@dataclass(frozen=True)
class Used:
    """A regular expression of the package."""

    where: str
    """Such as `readers/html.py: _NAME`."""
    pattern: re.Pattern[Any]
    searches: bool
    """Whether it is tried at every place of a text."""


def used_patterns() -> list[Used]:
    """Return the patterns that modules of the package have, and those that stand in calls of `re`."""
    everywhere = _methods(ROOT.rglob("*.py"))
    found: dict[tuple[str, Any, int], Used] = {}
    for module in _modules():
        here = _methods([Path(str(module.__file__))])
        room = module.__name__.partition(".")[2].replace(".", "/") or "__init__"
        for name, value in vars(module).items():
            for pattern in _patterns(value, 3):
                ways = here.get(name) or everywhere.get(name, set())
                searches = not ways or bool(ways - WHOLE)
                key = ("named", pattern.pattern, pattern.flags)
                if key not in found or searches:
                    found[key] = Used(f"{room}: {name}", pattern, searches)
        for line, method, pattern in _inline(Path(str(module.__file__))):
            found.setdefault(
                (method, pattern.pattern, pattern.flags),
                Used(f"{room}: line {line}", pattern, method not in WHOLE),
            )
    return list(found.values())


def _modules() -> Iterator[Any]:
    for info in pkgutil.walk_packages([str(ROOT)], "memgpt_autogen."):
        if "migrations" in info.name or info.name.endswith("__main__"):
            continue
        yield importlib.import_module(info.name)


def _patterns(value: object, depth: int) -> Iterator[re.Pattern[Any]]:
    if isinstance(value, re.Pattern):
        yield value
    elif depth and isinstance(value, dict):
        for each in (*value.keys(), *value.values()):
            yield from _patterns(each, depth - 1)
    elif depth and isinstance(value, (tuple, list, set, frozenset)):
        for each in value:
            yield from _patterns(each, depth - 1)


def _methods(paths: Iterable[Path]) -> dict[str, set[str]]:
    """Return by which methods each name of a pattern is used in some files."""
    found: dict[str, set[str]] = {}
    for path in paths:
        for node in ast.walk(ast.parse(path.read_text("utf-8"))):
            if isinstance(node, ast.Attribute) and node.attr in FUNCTIONS:
                name = node.value.id if isinstance(node.value, ast.Name) else ""
                name = node.value.attr if isinstance(node.value, ast.Attribute) else name
                if name and name != "re":
                    found.setdefault(name, set()).add(node.attr)
    return found


def _inline(path: Path) -> Iterator[tuple[int, str, re.Pattern[Any]]]:
    for node in ast.walk(ast.parse(path.read_text("utf-8"))):
        if not (isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute) and node.args):
            continue
        of_re = isinstance(node.func.value, ast.Name) and node.func.value.id == "re"
        first = node.args[0]
        if of_re and node.func.attr in FUNCTIONS - {"compile"} and isinstance(first, ast.Constant):
            flags = re.RegexFlag(0)
            for each in (*node.args[1:], *(keyword.value for keyword in node.keywords)):
                for part in ast.walk(each):
                    if isinstance(part, ast.Attribute) and part.attr.isupper():
                        flags |= getattr(re, part.attr)
            yield node.lineno, node.func.attr, re.compile(first.value, flags)


ENDS = ("", "\x01")

OFTEN = ('\\"', "\\'", '"', " ", "\n", "a", "1", "<", "[", "`", "*a ", " |", "- ", "a.", "/", "#")
"""What is repeated in hostile texts for every pattern."""


def hostile(used: Used, size: int) -> Iterator[str]:
    """Yield texts of a size that repeat what the repeats of a pattern match, and do not end as it wants."""
    seen = set()
    for unit in OFTEN:
        yield (unit * (size // len(unit))) + "\x01"
    for before, unit in _units(used.pattern):
        for start in dict.fromkeys(("", before)):
            for end in ENDS:
                if unit and (start, unit, end) not in seen:
                    seen.add((start, unit, end))
                    yield (start + unit * (size // len(unit)))[:size] + end
        if before:
            for unit_ in (before, before + unit, before + "\n", before + " "):
                if ("", unit_, "") not in seen:
                    seen.add(("", unit_, ""))
                    yield (unit_ * (size // len(unit_) + 1))[:size]


def _units(pattern: re.Pattern[Any]) -> Iterator[tuple[str, str]]:
    tree = sre_parse.parse(pattern.pattern, pattern.flags)
    groups: dict[int, str] = {}
    yield from _walk(list(tree), "", groups)


def _walk(items: list[Any], before: str, groups: dict[int, str]) -> Iterator[tuple[str, str]]:
    for op, value in items:
        name = str(op)
        if name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            _, high, body = value
            for pick in range(4):
                unit = _sample(list(body), groups, pick)
                if high > 8:
                    yield before, unit
            yield from _walk(list(body), before, groups)
        elif name == "SUBPATTERN":
            yield from _walk(list(value[3]), before, groups)
        elif name == "ATOMIC_GROUP":
            yield from _walk(list(value), before, groups)
        elif name == "BRANCH":
            for branch in value[1]:
                yield from _walk(list(branch), before, groups)
        elif name in ("ASSERT", "ASSERT_NOT"):
            yield from _walk(list(value[1]), before, groups)
        before += _sample([(op, value)], groups, 0)
    yield "", before


def _sample(items: list[Any], groups: dict[int, str], pick: int) -> str:  # noqa: C901  # a case a kind
    """Return a short text that a pattern matches; `pick` chooses between branches and characters."""
    text = ""
    for op, value in items:
        name = str(op)
        if name == "LITERAL":
            text += chr(value)
        elif name == "NOT_LITERAL":
            text += next(each for each in " a1.\n"[pick % 4 :] + "ab" if ord(each) != value)
        elif name == "ANY":
            text += " a1."[pick % 4]
        elif name == "IN":
            text += _one_of(value, pick)
        elif name in ("MAX_REPEAT", "MIN_REPEAT", "POSSESSIVE_REPEAT"):
            low, _, body = value
            text += _sample(list(body), groups, pick) * min(max(low, 1 if pick else low), 2000)
        elif name == "SUBPATTERN":
            inner = _sample(list(value[3]), groups, pick)
            if value[0]:
                groups[value[0]] = inner
            text += inner
        elif name == "ATOMIC_GROUP":
            text += _sample(list(value), groups, pick)
        elif name == "BRANCH":
            text += _sample(list(value[1][pick % len(value[1])]), groups, pick)
        elif name == "GROUPREF":
            text += groups.get(value, "")
    return text


CHOICES = " \n\ta1A.-_\"'\\/<>&#*|`(){}[],:;=+~é漢@!?%^$\r"


def _one_of(items: list[Any], pick: int) -> str:
    fits = [each for each in CHOICES if in_set(items, ord(each))]
    if not fits:
        op, value = items[0]
        fits = [chr(value if str(op) == "LITERAL" else value[0] if str(op) == "RANGE" else 97)]
    return fits[pick * len(fits) // 4 % len(fits)]


def in_set(items: list[Any], code: int) -> bool:
    negate = False
    for op, value in items:
        name = str(op)
        if name == "NEGATE":
            negate = True
        elif (
            (name == "LITERAL" and code == value)
            or (name == "RANGE" and value[0] <= code <= value[1])
            or (name == "CATEGORY" and CATEGORIES[str(value)](chr(code)))
        ):
            return not negate
    return negate


def _word(char: str) -> bool:
    return char.isalnum() or char == "_"


CATEGORIES = {
    "CATEGORY_DIGIT": str.isdecimal,
    "CATEGORY_NOT_DIGIT": lambda char: not char.isdecimal(),
    "CATEGORY_SPACE": str.isspace,
    "CATEGORY_NOT_SPACE": lambda char: not char.isspace(),
    "CATEGORY_WORD": _word,
    "CATEGORY_NOT_WORD": lambda char: not _word(char),
}


@cache
def _in_set(items: tuple[Any, ...], char: str, ignores: bool) -> bool:
    return in_set(list(items), ord(char)) or (
        ignores and (in_set(list(items), ord(char.lower()[0])) or in_set(list(items), ord(char.upper()[0])))
    )


def fits(item: Any, char: str, flags: int) -> bool:
    """Return whether a single-character part of a pattern matches a character."""
    name, value = str(item[0]), item[1]
    ignores = bool(flags & re.IGNORECASE)
    if name == "IN":
        return _in_set(tuple(value), char, ignores)
    if name == "ANY":
        return bool(flags & re.DOTALL) or char != "\n"
    same = ord(char) == value or (ignores and chr(value).casefold() == char.casefold())
    return same == (name == "LITERAL")


def is_open(pattern: re.Pattern[Any]) -> bool:
    """Return whether a pattern repeats something more than a few times."""
    waiting: list[Any] = [sre_parse.parse(pattern.pattern, pattern.flags)]
    while waiting:
        each = waiting.pop()
        if isinstance(each, tuple) and str(each[0]).endswith("_REPEAT") and int(each[1][1]) > 16:
            return True
        if isinstance(each, (tuple, list, sre_parse.SubPattern)):
            waiting.extend(each)
    return False
