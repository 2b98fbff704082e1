"""The symbols of source code: what is defined where, such as the method `add` of the class `Store`."""

from __future__ import annotations

import ast
import re
import warnings
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from importlib import import_module
from typing import TYPE_CHECKING, Any

from memgpt_autogen.readers.languages import GRAMMARS

if TYPE_CHECKING:
    from tree_sitter import Node

TYPES = frozenset(
    "class class_declaration class_definition class_specifier abstract_class_declaration struct_specifier "
    "struct_declaration struct_item union_specifier union_item enum_specifier enum_declaration enum_item "
    "record_declaration record_struct_declaration interface_declaration annotation_type_declaration "
    "protocol_declaration trait_declaration trait_item impl_item mod_item module internal_module "
    "namespace_definition namespace_declaration object_declaration companion_object type_spec "
    "type_alias_declaration type_definition".split()
)
"""The nodes of grammars that are classes and their like. They are divided into what is inside."""

FUNCTIONS = frozenset(
    "function_declaration function_definition function_item function_signature_item method "
    "singleton_method method_declaration method_definition generator_function_declaration "
    "constructor_declaration destructor_declaration operator_declaration property_declaration "
    "init_declaration deinit_declaration macro_definition secondary_constructor "
    "protocol_function_declaration local_function_statement".split()
)
"""The nodes of grammars that are functions and their like."""

VALUES = frozenset(
    "arrow_function function_expression generator_function function class class_expression "
    "call_expression".split()
)
"""The values that make a variable of JavaScript a symbol. A call is one if a function is passed to it."""

WITH_BODY = frozenset(
    "struct_specifier union_specifier enum_specifier class_specifier property_declaration".split()
)
"""Nodes that are uses of a name, or plain values, if nothing is inside."""

LONGEST_NAME = 60

BODIES = frozenset("accessors getter setter computed_property accessor_list".split())


@dataclass(slots=True)
class Symbol:
    """A name that source code defines, and its lines."""

    name: str
    first: int
    """The number of its first line, from 1."""
    last: int
    divided: bool
    """Whether what is inside has headings of its own also if the whole is short."""
    inside: list[Symbol] = field(default_factory=list)


class NoGrammarError(Exception):
    """The grammar of a language is not installed, or does not fit."""


def symbols(text: str, language: str) -> list[Symbol]:
    """Return the symbols of source code in order.

    Raises `NoGrammarError`, and `SyntaxError` for broken Python.
    """
    if language == "python":
        return _of_python(text)
    if language in GRAMMARS:
        return _of_grammar(text, language)
    if language in PATTERNS:
        return _of_patterns(text, PATTERNS[language])
    return []


def _of_python(text: str) -> list[Symbol]:
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # about the text of strangers
        try:
            tree = ast.parse(text)
            return list(_definitions(tree.body))
        except (ValueError, RecursionError, MemoryError) as error:
            raise SyntaxError(str(error)) from error


def _definitions(body: Iterable[ast.AST]) -> Iterator[Symbol]:
    for node in body:
        if isinstance(node, (ast.FunctionDef, ast.AsyncFunctionDef, ast.ClassDef)):
            first = min(each.lineno for each in (node, *node.decorator_list))
            inside = list(_definitions(node.body))
            divided = isinstance(node, ast.ClassDef)
            yield Symbol(node.name, first, node.end_lineno or node.lineno, divided, inside)
        elif not isinstance(node, ast.expr):
            yield from _definitions(ast.iter_child_nodes(node))


def _of_grammar(text: str, language: str) -> list[Symbol]:
    module, function = GRAMMARS[language]
    try:
        import tree_sitter

        grammar = tree_sitter.Language(getattr(import_module(module), function)())
        parser = tree_sitter.Parser(grammar)
    except (ImportError, ValueError, TypeError) as error:
        raise NoGrammarError(str(error)) from error
    root = parser.parse(text.encode()).root_node
    found: list[Symbol] = []
    waiting: list[tuple[Node, list[Symbol]]] = [(root, found)]  # not recursive: expressions may be deep
    while waiting:
        node, around = waiting.pop()
        inside = around
        if node.is_named and (named := _defined(node)):
            name, outer = named
            first, last = outer.start_point[0] + 1, outer.end_point[0] + 1
            if outer.end_point[1] == 0 and last > first:  # it ends with the end of the line before
                last -= 1
            symbol = Symbol(name, first, last, node.type in TYPES or _is_object(node))
            around.append(symbol)
            inside = symbol.inside
        waiting += [(child, inside) for child in reversed(node.children)]
    return found


def _defined(node: Node) -> tuple[str, Node] | None:
    """Return the name that a node defines, and the node with all its lines; None if it defines nothing."""
    kind = node.type
    if kind in ("variable_declarator", "public_field_definition", "field_definition", "pair"):
        value = node.child_by_field_name("value")
        if value is None or not _makes_symbol(value) or (kind == "pair" and value.type == "call_expression"):
            return None
        fields = map(node.child_by_field_name, ("name", "key", "property"))
        named = next(filter(None, fields), None)
        outer = node.parent if kind == "variable_declarator" and node.parent is not None else node
        if outer.parent is not None and outer.parent.type == "export_statement":
            outer = outer.parent
        return (_short(_text(named)), outer if _is_alone(outer) else node) if named is not None else None
    if kind == "assignment_expression":
        value, left = node.child_by_field_name("right"), node.child_by_field_name("left")
        if value is None or left is None or value.type == "call_expression" or not _makes_symbol(value):
            return None
        return _short(_text(left)), node
    if kind not in TYPES and kind not in FUNCTIONS:
        return None
    if kind in WITH_BODY and node.child_by_field_name("body") is None and not _has_body(node):
        return None
    if kind == "type_definition" and not any(
        child.child_by_field_name("body") is not None for child in node.named_children
    ):
        return None
    name = _name(node)
    outer = node
    if node.parent is not None and node.parent.type in ("template_declaration", "export_statement"):
        outer = node.parent
    return (_short(name), outer) if name else None


def _name(node: Node) -> str:
    if node.type == "impl_item":
        parts = [node.child_by_field_name("trait"), node.child_by_field_name("type")]
        return " for ".join(_text(part) for part in parts if part is not None)
    if node.type in ("init_declaration", "deinit_declaration", "secondary_constructor"):
        return {"deinit_declaration": "deinit", "init_declaration": "init"}.get(node.type, "constructor")
    name = node.child_by_field_name("name")
    if node.type == "method_declaration" and (receiver := node.child_by_field_name("receiver")) is not None:
        kind = re.search(r"\*?\s*(\w+)\s*(?:\[[^]]*\])?\s*\)", _text(receiver)[-300:])  # of Go
        return f"{kind.group(1)} > {_text(name)}" if kind and name is not None else ""
    while name is None:
        declared = node.child_by_field_name("declarator")
        if declared is None:
            break
        if declared.type.endswith(("identifier", "_name")):
            name = declared
        node = declared
    if name is None and node.type in ("companion_object", "operator_declaration", "reference_declarator"):
        return {"companion_object": "companion", "operator_declaration": "operator"}.get(node.type, "")
    return " > ".join(map(str.strip, _text(name).split("::"))) if name is not None else ""


def _makes_symbol(value: Node) -> bool:
    if value.type == "call_expression":
        passed = value.child_by_field_name("arguments")
        return passed is not None and any(
            child.type in ("arrow_function", "function_expression") for child in passed.named_children
        )
    if value.type == "object":
        inside = [child.child_by_field_name("value") or child for child in value.named_children]
        return any(child.type in VALUES or child.type == "method_definition" for child in inside)
    return value.type in VALUES


def _is_object(node: Node) -> bool:
    value = node.child_by_field_name("value")
    return value is not None and value.type == "object"


def _has_body(node: Node) -> bool:
    return any(child.type in BODIES for child in node.named_children)


def _is_alone(declaration: Node) -> bool:
    """Whether a declaration declares one variable only."""
    inner = declaration.named_children
    if declaration.type == "export_statement":
        inner = [each for child in inner for each in child.named_children]
    return sum(child.type == "variable_declarator" for child in inner) <= 1


def _text(node: Any) -> str:
    return (node.text or b"").decode("utf-8", "replace") if node is not None else ""


def _short(name: str) -> str:
    flat = " ".join(name.split())
    return flat if len(flat) <= LONGEST_NAME else f"{flat[: LONGEST_NAME - 1]}…"


def _of_patterns(text: str, patterns: Sequence[re.Pattern[str]]) -> list[Symbol]:
    """Return what begins at the lines that match the first pattern. It ends before a line of the second."""
    begins, ends = patterns
    found: list[Symbol] = []
    is_open = False
    lines = text.split("\n")
    for number, line in enumerate(lines, 1):
        name = begins.match(line)
        if is_open and (name or ends.match(line)):
            found[-1].last, is_open = number - 1, False
        if name:
            found.append(Symbol(_short(name.group(1).strip("\"'`[] ")), number, number, divided=False))
            is_open = True
    if is_open:
        found[-1].last = len(lines)
    return [symbol for symbol in found if symbol.name]


NAME = r"(?:[\w.$#]+|\"[^\"]+\"|`[^`]+`|\[[^\]]+\])(?:\.(?:[\w$#]+|\"[^\"]+\"|`[^`]+`|\[[^\]]+\]))*"
"""A name in SQL."""

PATTERNS = {
    "sql": (
        re.compile(
            r"create\s+(?:or\s+(?:replace|alter)\s+)?(?:(?:global|local|temp|temporary|unlogged|materialized|"
            r"unique|virtual|external|foreign|clustered|nonclustered|concurrently|recursive|definer\s*=\s*\S{1,100})"
            r"\s+){0,6}(?:table|view|function|procedure|proc|trigger|index|type|schema|sequence|domain|package"
            rf"(?:\s+body)?|event|role|extension)\s+(?:concurrently\s+)?(?:if\s+not\s+exists\s+)?({NAME})",
            re.IGNORECASE,
        ),
        re.compile(
            r"(?:create|alter|drop|insert|update|delete|select|copy|grant|revoke|comment\s+on|set|use|lock|"
            r"unlock|commit|pragma)\b|--|/\*",
            re.IGNORECASE,
        ),
    ),
    "sections": (re.compile(r"\s*\[{1,2}([^\[\]]+)\]{1,2}\s*(?:[#;].*)?$"), re.compile(r"(?!)")),
    "yaml": (
        re.compile(r"([^\s#\-'\"{\[][^:#]*|\"[^\"]+\"|'[^']+'):\s*(?:[#|>&!].*)?$"),
        re.compile(r"[^\s#\-}\]]"),
    ),
}
"""How the symbols of a language begin, and before which lines they end."""
