"""Read reStructuredText (.rst), by docutils: the text as it is shown, also that of directives of Sphinx."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator
from typing import Any

from memgpt_autogen.errors import DocumentError
from memgpt_autogen.readers.plain_markup import by_lines, included
from memgpt_autogen.readers.refusals import refuse_broken, refuse_without
from memgpt_autogen.readers.rst_states import lenient_states
from memgpt_autogen.readers.sections import HeadedText, Part

SETTINGS = {
    "file_insertion_enabled": False,  # a document of a stranger names any file of this machine
    "raw_enabled": False,
    "_disable_config": True,
    "doctitle_xform": False,
    "docinfo_xform": False,
    "syntax_highlight": "none",
    "line_length_limit": 100_000_000,
    "report_level": 2,  # so that the text of broken markup stays in the document
    "halt_level": 5,
    "exit_status_level": 5,
    "warning_stream": False,
    "traceback": True,
    "input_encoding": "unicode",
}


def read_rst(text: str) -> Iterator[Part]:
    """Yield the text as it is shown, under its headings. Comments are not shown, and files are not included.

    Without docutils, or if the markup is broken beyond its help, the lines are yielded as they are written.
    """
    names: list[str] = []
    gathered = HeadedText()
    try:
        with refuse_broken("its markup is broken", ""), refuse_without("docutils", "it is reStructuredText"):
            document = _parsed(text, names)
            parts = [*_sections(document, gathered, 1), *gathered.end()]
    except DocumentError as error:
        yield from by_lines(text, error)
        return
    yield from parts
    if note := included(names):
        yield Part("", note=note)


def _parsed(text: str, included_files: list[str]) -> Any:
    from docutils.core import publish_doctree
    from docutils.parsers import rst

    classes, inliner = lenient_states(included_files)
    parser = rst.Parser(inliner=inliner)
    parser.state_classes = classes
    return publish_doctree(text, parser=parser, settings_overrides=dict(SETTINGS))


def _sections(node: Any, gathered: HeadedText, level: int) -> Iterator[Part]:
    for child in node.children:
        if child.tagname == "section":
            if "system-messages" not in child["classes"]:
                yield from gathered.enter(level, child.children[0].astext() if child.children else "")
                yield from _sections(child, gathered, level + 1)
        elif child.tagname == "title" and node.tagname == "section":
            continue
        elif block := "\n".join(_lines(child)):
            yield from gathered.add(f"{block}\n\n")


def _lines(node: Any) -> list[str]:
    """Return the lines of a node as they are shown."""
    from docutils import nodes

    if rule := RULES.get(node.tagname):
        return rule(node)
    if isinstance(node, (nodes.Invisible, nodes.transition)):
        return []
    if isinstance(node, (nodes.TextElement, nodes.Text)):
        return str(node.astext()).splitlines()
    return _blocks(node.children)


def _blocks(inside: Iterable[Any]) -> list[str]:
    """Return the lines of blocks, with a blank line between two of them."""
    lines: list[str] = []
    for node in inside:
        if block := _lines(node):
            lines += ["", *block] if lines else block
    return lines


def _close(node: Any) -> list[str]:
    """Return the lines of blocks without blank lines between them."""
    return [line for child in node.children for line in _lines(child)]


def _message(node: Any) -> list[str]:
    """Return the text of broken markup, which is in the message about it."""
    kept = [child.astext() for child in node.children if child.tagname == "literal_block"]
    return [line for text in kept for line in text.splitlines()]


def _image(node: Any) -> list[str]:
    return [str(node["alt"])] if node.get("alt") else []


def _field(node: Any) -> list[str]:
    return _marked(f"{node.children[0].astext()}: ", _blocks(node.children[1:]), "  ")


def _definition(node: Any) -> list[str]:
    heads = [child.astext() for child in node.children if child.tagname != "definition"]
    inside = [child for child in node.children if child.tagname == "definition"]
    return [" : ".join(heads), *_indented(_blocks(inside), "  ")]


def _option(node: Any) -> list[str]:
    options = ", ".join(child.astext() for child in node.children[0].children)
    return [options, *_indented(_blocks(node.children[1:]), "  ")]


def _footnote(node: Any) -> list[str]:
    label = "".join(f"[{child.astext()}] " for child in node.children if child.tagname == "label")
    return _marked(label, _blocks(child for child in node.children if child.tagname != "label"), "  ")


def _admonition(node: Any) -> list[str]:
    return _marked(f"{node.tagname.capitalize()}: ", _blocks(node.children), "")


def _bullets(node: Any) -> list[str]:
    return [line for item in node.children for line in _marked("- ", _blocks([item]), "  ")]


def _numbers(node: Any) -> list[str]:
    lines: list[str] = []
    kind = node.get("enumtype", "arabic")
    for number, item in enumerate(node.children, int(node.get("start", 1))):
        letter = chr(ord("a") + (number - 1) % 26)
        mark = {"loweralpha": letter, "upperalpha": letter.upper()}.get(kind, str(number))
        lines += _marked(f"{mark}. ", _blocks([item]), "  ")
    return lines


def _table(node: Any) -> list[str]:
    rows = [entry for body in node.children if body.tagname in ("thead", "tbody") for entry in body.children]
    cells = [[" ".join(" ".join(_blocks(cell.children)).split()) for cell in row.children] for row in rows]
    return [" | ".join(row) for row in cells if any(row)]


def _line_block(node: Any) -> list[str]:
    lines: list[str] = []
    for child in node.children:
        lines += _indented(_line_block(child), "  ") if child.tagname == "line_block" else [child.astext()]
    return lines


def _marked(mark: str, lines: list[str], indent: str) -> list[str]:
    if not lines:
        return [mark.strip()] if mark.strip(" -") else []
    return [f"{mark}{lines[0]}", *_indented(lines[1:], indent)]


def _indented(lines: list[str], indent: str) -> list[str]:
    return [f"{indent}{line}" if line else line for line in lines]


RULES: dict[str, Callable[[Any], list[str]]] = {
    "system_message": _message, "image": _image, "tgroup": _table, "line_block": _line_block,
    "bullet_list": _bullets, "enumerated_list": _numbers, "field": _field, "option_list_item": _option,
    "definition_list_item": _definition, "footnote": _footnote, "citation": _footnote,
    "definition_list": _close, "field_list": _close, "option_list": _close,
    **dict.fromkeys("attention caution danger error hint important note tip warning".split(), _admonition),
}  # fmt: skip
"""How nodes of docutils are shown; others are shown as their text, or what is in them."""
