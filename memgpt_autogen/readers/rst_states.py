"""The states of docutils in which no directive and no role is unknown, so that no text of Sphinx is lost."""

from __future__ import annotations

import re
from importlib import import_module
from typing import Any

KNOWN = {
    "admonitions": "attention caution danger error important note tip hint warning admonition",
    "body": "code sidebar topic line-block parsed-literal math rubric epigraph highlights pull-quote "
    "compound container",
    "tables": "table csv-table list-table",
    "images": "image figure",
    "parts": "header footer",
    "misc": "meta replace unicode class title",
}
"""The directives that docutils reads, by their modules. Any other is read here, whoever has registered it."""

CLASSES = {
    "code": "CodeBlock", "table": "RSTTable", "csv-table": "CSVTable", "list-table": "ListTable",
    "line-block": "LineBlock", "parsed-literal": "ParsedLiteral", "math": "MathBlock",
    "pull-quote": "PullQuote",
}  # fmt: skip
"""The names of their classes, where these are not that of the directive."""

INCLUDES = frozenset("include literalinclude".split())

SILENT = frozenset("contents sectnum target-notes role default-role highlight tabularcolumns".split())
"""Directives that show nothing, or only what stands elsewhere too."""

LITERAL = frozenset(
    "code-block sourcecode raw doctest testcode testoutput testsetup testcleanup prompt graphviz digraph "
    "graph mermaid uml plantuml productionlist ipython jupyter-execute command-output autosummary".split()
)
"""Directives whose content is text as it is written."""

WITHOUT_ARGUMENT = frozenset("code-block sourcecode raw only ifconfig mermaid".split())
"""Directives whose argument is a language, a format or a condition."""

SHOWN = {
    "versionadded": "Added in version", "versionchanged": "Changed in version", "seealso": "See also",
    "deprecated": "Deprecated since version", "versionremoved": "Removed in version", "todo": "Todo",
}  # fmt: skip
"""What Sphinx shows for the name of a directive."""

POINTERS = frozenset("func class meth mod attr exc data const ref obj any keyword option doc".split())
"""Roles that point to what is defined elsewhere. A mark before the name is not shown."""

DIRECTIVE = re.compile(r"(?:\.\.[ ]+)?\S+?[ ]?::(?:[ ]+|$)")

OPTION = re.compile(r":(?P<name>[^:\s][^:]*):(?:\s+(?P<value>.*))?$")

MACHINE_OPTIONS = re.compile(
    r"class|name|linenos|lineno-\w+|emphasize-lines|dedent|force|language|maxdepth|hidden|glob|titlesonly|"
    r"numbered|(?:undoc-|private-|special-|inherited-)?members|show-inheritance|no-?index|toctree|"
    r"width|height|scale|align|target|figclass|figwidth|widths|encoding|start-\w+|end-\w+|lines|pyobject|"
    r"nosignatures|local|depth|backlinks|type|module|canonical|template|recursive|reversed|includehidden",
)
"""Options whose values are not shown."""


def lenient_states(included_files: list[str]) -> tuple[tuple[type, ...], Any]:
    """Return the states and the inliner of docutils. They put what a document includes into the list.

    They do not use the registries of docutils, which all of a process share and which Sphinx fills.
    """
    from docutils.parsers.rst import states

    known: dict[str, Any] = {}
    for module, names in KNOWN.items():
        inside = import_module(f"docutils.parsers.rst.directives.{module}")
        known |= {each: getattr(inside, CLASSES.get(each, each.capitalize())) for each in names.split()}
    cache: list[Any] = []

    class Lenient:
        nested_sm_cache = cache
        state_machine: Any
        nested_parse: Any

        def __init__(self, *arguments: Any, **options: Any) -> None:
            super().__init__(*arguments, **options)
            self.nested_sm_kwargs = {"state_classes": classes, "initial_state": "Body"}

        def run_directive(self, _directive: Any, match: re.Match[str], type_name: str, presets: Any) -> Any:
            name = type_name.lower()
            if name in known:
                return super().run_directive(known[name], match, name, presets)  # type: ignore[misc]  # mixed in
            return self.kept_block(name, match.end())

        def unknown_directive(self, type_name: str) -> Any:
            begins = DIRECTIVE.match(self.state_machine.line)
            return self.kept_block(type_name.lower(), begins.end() if begins else 0)

        def kept_block(self, name: str, indent: int) -> Any:
            block, *_, ends = self.state_machine.get_first_known_indented(indent, strip_top=0)
            argument, options, content = _divided([*block])
            if name in INCLUDES:
                included_files.append(argument)
                content = []
            return [*_heads(name, argument, options), *_content(self, name, content)], ends

    inliner: Any = states.Inliner()
    inliner.interpreted = _interpreted  # a subclass would lack the class's patterns
    classes = tuple(type(each.__name__, (Lenient, each), {}) for each in states.state_classes)
    return classes, inliner


def _heads(name: str, argument: str, options: list[tuple[str, str]]) -> list[Any]:
    """Return what is shown of the argument and the options of a directive."""
    from docutils import nodes

    if name in SILENT:
        return []
    hidden = name in INCLUDES | WITHOUT_ARGUMENT
    first = " ".join(filter(None, [SHOWN.get(name.rpartition(":")[2], ""), "" if hidden else argument]))
    values = [value for option, value in options if not MACHINE_OPTIONS.fullmatch(option)]
    return [nodes.paragraph("", each) for each in (first, *values) if each]


def _content(state: Any, name: str, lines: list[str]) -> list[Any]:
    """Return the content of a directive: as markup if it is that, else as it is written."""
    from docutils import nodes, statemachine

    text = "\n".join(lines)
    if not text.strip() or name in SILENT:
        return []
    inside = nodes.container()
    if name not in LITERAL:
        state.nested_parse(statemachine.StringList(lines, source=""), 0, inside)
        if not any(each["level"] > 2 for each in inside.findall(nodes.system_message)):
            return [inside]
    return [nodes.literal_block("", text)]


def _interpreted(rawsource: str, text: str, role: str, _line: int) -> Any:
    """Return what is shown of a text with a role, such as `title <target>`."""
    from docutils import nodes

    exact = role in ("math", "code", "literal") or role.startswith("raw")
    plain = nodes.unescape(text, exact)
    if role in ("pep", "rfc", "pep-reference", "rfc-reference"):
        plain = f"{role[:3].upper()} {plain}"
    elif not exact and (title := _title(plain)):
        plain = title
    elif ":" in role or role in POINTERS:
        plain = plain.lstrip("!~")
    return [nodes.inline(rawsource, plain)], []


def _divided(lines: list[str]) -> tuple[str, list[tuple[str, str]], list[str]]:
    """Return the argument, the options and the content of a directive."""
    rest = list(lines)
    argument = [rest.pop(0).strip()] if rest else []
    while argument[:1] > [""] and rest and rest[0].strip() and not OPTION.match(rest[0].strip()):
        argument.append(rest.pop(0).strip())
    options: list[tuple[str, str]] = []
    while rest and (found := OPTION.match(rest[0].strip())):
        options.append((found["name"], found["value"] or ""))
        rest.pop(0)
        while rest and rest[0][:1].isspace() and rest[0].strip():  # the value goes on
            options[-1] = options[-1][0], f"{options[-1][1]} {rest.pop(0).strip()}"
    if argument and (found := OPTION.match(argument[0])):
        options.insert(0, (found["name"], found["value"] or ""))
        argument = argument[1:]
    while rest and not rest[0].strip():
        rest.pop(0)
    return " ".join(argument), options, rest


def _title(text: str) -> str:
    """Return the title of a reference such as `title <target>`; nothing for another text."""
    title, _, target = text.removesuffix(">").rpartition("<")
    is_one = text.endswith(">") and target and ">" not in target and title != title.rstrip()
    return title.rstrip() if is_one else ""
