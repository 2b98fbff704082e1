"""One object with all arguments, in place of a choice of several at the root of a schema.

OpenAI and Anthropic refuse a request in which a tool's schema has `anyOf`, `oneOf`, `allOf`, `not`, `enum` or
`const` at its root. The object names every argument. It requires those that all forms require. What else the
choice means is told in words, and a call is checked by the server's schema.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from memgpt_autogen.text.safe import cut_at_word
from memgpt_autogen.tools.mcp.references import resolved

Schema = dict[str, Any]

CHOICES = {"anyOf": "at least one of", "oneOf": "exactly one of"}
REFUSED = (*CHOICES, "allOf", "not", "enum", "const", "$ref")

NOTE_CHARS = 300

# what one form of the arguments is made of
OF_FORM = (*REFUSED, "properties", "required", "additionalProperties")


def is_choice(schema: Mapping[str, Any]) -> bool:
    """Return whether engines refuse this schema because of its root."""
    return any(key in schema for key in REFUSED)


def one_object(schema: Mapping[str, Any]) -> tuple[Schema, str]:
    """Return a schema whose root is one plain object, and a note on what this does not say."""
    if not is_choice(schema):
        return dict(schema), ""
    form = _read(schema, schema, ())
    rest = {key: value for key, value in schema.items() if key not in OF_FORM}
    flat = {**rest, "type": "object", "properties": form.properties}
    if form.required:
        flat["required"] = form.required
    if form.closed:
        flat["additionalProperties"] = False
    elif isinstance(schema.get("additionalProperties"), Mapping):
        flat["additionalProperties"] = schema["additionalProperties"]
    return flat, cut_at_word(" ".join(form.notes), NOTE_CHARS)


@dataclass(slots=True)
class _Form:
    """One form that the arguments can have."""

    properties: Schema = field(default_factory=dict)
    required: list[str] = field(default_factory=list)
    closed: bool = False
    """Whether it has no other arguments."""
    notes: list[str] = field(default_factory=list)


def _read(root: Mapping[str, Any], schema: Any, followed: tuple[str, ...]) -> _Form:
    """Return the form that a schema describes. `followed` are the references that led here."""
    if not isinstance(schema, Mapping):
        return _Form()
    form = _Form(
        dict(schema.get("properties", {})),
        list(schema.get("required", ())),
        closed=schema.get("additionalProperties") is False,
    )
    reference = schema.get("$ref")
    if isinstance(reference, str) and reference not in followed:
        _add(form, _read(root, resolved(root, reference), (*followed, reference)))
    for each in schema.get("allOf", ()):
        _add(form, _read(root, each, followed))
    for key, words in CHOICES.items():
        if key in schema:
            _add_choice(form, [_read(root, each, followed) for each in schema[key]], words)
    refused = schema.get("not")
    if isinstance(refused, Mapping) and (names := refused.get("required")):
        form.notes.append(f"Do not give {_listed(names)}{' together' if len(names) > 1 else ''}.")
    return form


def _add(form: _Form, other: _Form) -> None:
    """Add a form that holds as well."""
    for name, about in other.properties.items():
        own = form.properties.setdefault(name, about)
        if own != about:
            form.properties[name] = about if not own else own if not about else {"allOf": [own, about]}
    form.required += [name for name in other.required if name not in form.required]
    form.closed = form.closed or other.closed
    form.notes += other.notes


def _add_choice(form: _Form, choices: Sequence[_Form], words: str) -> None:
    """Add forms of which one holds."""
    common = [name for name in choices[0].required if all(name in choice.required for choice in choices)]
    labels = [_label(choice, [*form.required, *common]) for choice in choices]
    merged: Schema = {}
    for name in dict.fromkeys(name for choice in choices for name in choice.properties):
        kinds = [choice.properties[name] for choice in choices if name in choice.properties]
        merged[name] = _either(kinds)
    has_own = any(choice.properties for choice in choices)
    form.closed = form.closed or (has_own and all(choice.closed for choice in choices))
    _add(form, _Form(merged, common))
    if len(choices) > 1 and all(labels):
        form.notes.append(f"Give {words}: {'; '.join(dict.fromkeys(labels))}.")
    form.notes += dict.fromkeys(note for choice in choices for note in choice.notes)


def _label(form: _Form, common: Iterable[str]) -> str:
    """Return what tells a form from the others: its required arguments and the values that it demands."""
    values = {name: _only_value(about) for name, about in form.properties.items()}
    names = [name for name in form.required if name not in common and not values.get(name)]
    return _listed([*(f"{name} = {value}" for name, value in values.items() if value), *names])


def _only_value(about: Any) -> str:
    if isinstance(about, Mapping):
        if "const" in about:
            return json.dumps(about["const"], ensure_ascii=False)[:40]
        if len(about.get("enum", ())) == 1:
            return json.dumps(about["enum"][0], ensure_ascii=False)[:40]
    return ""


def _either(kinds: Sequence[Any]) -> Any:
    """Return the schema of a value that has one of these."""
    different: list[Any] = []
    for kind in kinds:
        if kind not in different:
            different.append(kind)
    if len(different) == 1:
        return different[0]
    if all(isinstance(kind, Mapping) and _only_value(kind) for kind in different):
        values = [kind["const"] if "const" in kind else kind["enum"][0] for kind in different]
        described = {key: value for key, value in different[0].items() if key not in ("const", "enum")}
        return {**described, "enum": values}
    return {} if {} in different else {"anyOf": different}


def _listed(names: Sequence[str]) -> str:
    return " and ".join(filter(None, [", ".join(names[:-1]), *names[-1:]]))
