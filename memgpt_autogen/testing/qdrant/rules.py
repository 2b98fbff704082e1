"""What a Qdrant server refuses and the client's local mode takes, with the server's words."""

from __future__ import annotations

import math
import uuid
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

# the indexes of a field that serve each kind of condition
_MATCHED_BY = ("keyword", "integer", "uuid", "bool", "text")
_RANGED_BY = ("integer", "float", "datetime")

_HELP = "See https://qdrant.tech/documentation/concepts/indexing/#payload-index"


class Refused(Exception):  # noqa: N818 - an answer
    """A request that a server refuses, with its status and its words."""

    def __init__(self, status: int, message: str) -> None:
        super().__init__(message)
        self.status = status


def check_limits(body: Mapping[str, Any], *names: str) -> None:
    """Refuse a number below 1 where a server wants at least that."""
    for name in names:
        value = body.get(name)
        if value is not None and value < 1:
            raise Refused(
                422, f"Validation error in JSON body: [{name}: value {value} invalid, must be 1 or larger]"
            )


def check_id(id_: Any) -> None:
    """Refuse what is neither an unsigned integer nor a UUID."""
    if isinstance(id_, int) and not isinstance(id_, bool) and 0 <= id_ < 2**64:
        return
    if isinstance(id_, str):
        try:
            uuid.UUID(id_)
        except ValueError:
            pass
        else:
            return
    raise Refused(
        400,
        f"Format error in JSON body: value {id_} is not a valid point ID, valid values are either an "
        "unsigned integer or a UUID",
    )


def check_vector(name: str, vector: Any, sizes: Mapping[str, int], sparse: Sequence[str]) -> bool:
    """Refuse a vector of another size than the collection's. Returns whether the collection has the name."""
    if name in sparse:
        return True
    if name not in sizes:
        return False
    if len(vector) != sizes[name]:
        raise Refused(
            400, f"Wrong input: Vector dimension error: expected dim: {sizes[name]}, got {len(vector)}"
        )
    return True


def unknown_vector(name: str) -> Refused:
    return Refused(400, f"Wrong input: Not existing vector name error: {name}")


def check_order(key: str, indexes: Mapping[str, str]) -> None:
    """Refuse to sort by a field without an index of ranges, in every mode."""
    if indexes.get(key) not in _RANGED_BY:
        raise Refused(
            400,
            f"Wrong input: No range index for `order_by` key: `{key}`. Please create one to use `order_by`. "
            + _HELP,
        )


def check_facet(key: str, indexes: Mapping[str, str]) -> None:
    """Refuse to count the values of a field without an index of matches, in every mode."""
    if indexes.get(key) not in _MATCHED_BY:
        raise Refused(
            400,
            f"Wrong input: No appropriate index for faceting: `{key}`. Please create one to facet on this "
            f"field. {_HELP}",
        )


def check_strict(
    strict: Mapping[str, Any],
    indexes: Mapping[str, str],
    body: Mapping[str, Any],
    *,
    changes: bool,
) -> None:
    """Refuse what the strict mode of a collection does not allow."""
    if not strict.get("enabled"):
        return
    limit, points = body.get("limit") or 0, body.get("points") or () if changes else ()
    _check_most(strict, "max_query_limit", "limit", limit)
    _check_most(strict, "upsert_max_batchsize", "upsert limit", len(points))
    for size in _sizes(filters(body)):
        _check_most(strict, "condition_max_size", "condition size", size)
    if strict.get("unindexed_filtering_update" if changes else "unindexed_filtering_retrieve") is False:
        for field, kind in conditions(filters(body)):
            suited = _RANGED_BY if kind == "range" else _MATCHED_BY
            if indexes.get(field) not in suited:
                raise Refused(
                    400,
                    f'Bad request: Index required but not found for "{field}" of one of the following types: '
                    f"[{', '.join(suited)}]. Help: Create an index for this key or use a different filter.",
                )


def check_batch(strict: Mapping[str, Any], searches: Sequence[Any]) -> None:
    if strict.get("enabled"):
        _check_most(strict, "search_max_batchsize", "batch size", len(searches))


def filters(body: Mapping[str, Any]) -> Iterator[Any]:
    """Yield the filters of a request."""
    corpus = ((body.get("params") or {}).get("idf") or {}) if isinstance(body.get("params"), dict) else {}
    for each in (body.get("filter"), body.get("update_filter"), corpus and corpus.get("corpus")):
        if each:
            yield each


def conditions(found: Iterator[Any]) -> Iterator[tuple[str, str]]:
    """Yield the fields that filters ask about, and whether by `range` or by `match`."""
    for each in _leaves(found):
        if "key" in each:
            ranged = any(name in each and each[name] for name in ("range", "geo_radius", "geo_bounding_box"))
            yield each["key"], "range" if ranged else "match"


def as_stored(value: Any) -> Any:
    """Return a payload as a server stores it: NaN as null, and an integer over 64 bits as a float."""
    if isinstance(value, dict):
        return {name: as_stored(each) for name, each in value.items()}
    if isinstance(value, list):
        return [as_stored(each) for each in value]
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, int) and not isinstance(value, bool) and not -(2**63) <= value < 2**64:
        return float(value)
    return value


def _check_most(strict: Mapping[str, Any], option: str, name: str, value: int) -> None:
    most = strict.get(option)
    if most and value > most:
        raise Refused(
            400,
            f'Bad request: Limit exceeded {value} > {most} for "{name}". Help: Reduce it to or below {most}.',
        )


def _leaves(found: Any) -> Iterator[Mapping[str, Any]]:
    for each in found:
        parts = [part for name in ("must", "should", "must_not") for part in _listed(each.get(name))]
        if parts:
            yield from _leaves(parts)
        else:
            yield each


def _listed(parts: Any) -> Sequence[Any]:
    return [] if parts is None else parts if isinstance(parts, list) else [parts]


def _sizes(found: Iterator[Any]) -> Iterator[int]:
    for each in _leaves(found):
        match = each.get("match") or {}
        yield len(each.get("has_id") or match.get("any") or match.get("except") or ())
