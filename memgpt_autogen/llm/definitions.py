"""The definitions of JSON schemas that become parts of one schema.

A schema refers to its own definitions, as in `#/$defs/Color`. In the whole schema these are at the root,
where an endpoint looks for them, each under a name of its own.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass, field
from itertools import chain, count
from typing import Any
from urllib.parse import unquote

# keywords with named definitions; draft 7 has the older name
_DEFINING = ("$defs", "definitions")
# keywords whose value has names of its own, each with a schema
_NAMING = ("properties", "patternProperties", "dependentSchemas")
# keywords whose value is no schema
_DATA = ("enum", "const", "default", "examples", "required")
# keywords that name a schema, which would change what a reference in it means
_IDENTIFYING = ("$id", "$schema", "$anchor")


def definitions_at_root(parameters: Mapping[str, Any]) -> Mapping[str, Any]:
    """Return the parameters of a function with the definitions of their types at the root.

    AutoGen describes each argument alone, so that the definitions are inside the properties.
    """
    properties = parameters.get("properties")
    parts = properties.values() if isinstance(properties, Mapping) else ()
    if not any(isinstance(each, Mapping) and each.keys() & set(_DEFINING) for each in parts):
        return parameters
    root = Definitions()
    lifted = root.lift(parameters, "arguments")
    return parameters if "$ref" in lifted else {**lifted, "$defs": root.schemas}


@dataclass(slots=True)
class Definitions:
    """The definitions at the root of a schema."""

    schemas: dict[str, Any] = field(default_factory=dict)
    _referred: set[str] = field(default_factory=set)
    """The definitions that are a whole schema, and to which that schema refers."""

    def lift(self, schema: Mapping[str, Any], name: str) -> dict[str, Any]:
        """Return a schema without its definitions, which are added here.

        One that refers to itself becomes a definition too, with this `name`.
        """
        whole = self._reserved(name)
        lifted: dict[str, Any] = self._lifted(schema, {"": whole})
        if whole not in self._referred:
            del self.schemas[whole]
            return lifted
        self.schemas[whole] = lifted
        return {"$ref": f"#/$defs/{whole}"}

    def _lifted(self, schema: Any, names: Mapping[str, str]) -> Any:
        if isinstance(schema, list):
            return [self._lifted(each, names) for each in schema]
        if not isinstance(schema, Mapping):
            return schema
        defined = {
            name: each
            for keyword in _DEFINING
            if isinstance(schema.get(keyword), Mapping)
            for name, each in schema[keyword].items()
        }
        if defined:
            names = {**names, **{name: self._reserved(name) for name in defined}}
            for name, each in defined.items():
                self.schemas[names[name]] = self._lifted(each, names)
        lifted: dict[str, Any] = {}
        for keyword, value in schema.items():
            if keyword in (*_DEFINING, *_IDENTIFYING):
                continue
            if keyword == "$ref":
                if (reference := self._reference(str(value), names)) is not None:
                    lifted[keyword] = reference
            elif keyword in _NAMING and isinstance(value, Mapping):
                lifted[keyword] = {name: self._lifted(each, names) for name, each in value.items()}
            else:
                lifted[keyword] = value if keyword in _DATA else self._lifted(value, names)
        return lifted

    def _reference(self, reference: str, names: Mapping[str, str]) -> str | None:
        """Return where this reference points now; None for one that points to nothing in the schema."""
        place, *path = reference.split("/")
        if place != "#":
            return None
        if path and path[0] in _DEFINING:
            name = unquote(path[1]).replace("~1", "/").replace("~0", "~") if len(path) > 1 else ""
            return "/".join(("#/$defs", names[name], *path[2:])) if name in names and name else None
        self._referred.add(names[""])
        return "/".join(("#/$defs", names[""], *path))

    def _reserved(self, name: str) -> str:
        """Reserve this name, or the first one with a number that no definition has yet."""
        plain = re.sub(r"[^A-Za-z0-9_.-]", "_", name) or "definition"
        free = next(
            each for each in chain([plain], (f"{plain}_{n}" for n in count(2))) if each not in self.schemas
        )
        self.schemas[free] = {}
        return free
