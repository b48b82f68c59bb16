"""Whether a change of a payload's JSON Schema is additive. Within v1 it must be (contracts, section 3)."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

import msgspec


def breaking(old: Mapping[str, Any], new: Mapping[str, Any]) -> list[str]:
    """Where a payload of `new` could not be read by a reader of `old`, or the other way round; empty if additive."""
    return sorted(set(_breaks(old, new, old, new, "")))


def _breaks(
    old: Mapping[str, Any], new: Mapping[str, Any], old_root: Mapping[str, Any], new_root: Mapping[str, Any], at: str
) -> Iterator[str]:
    old, new = _resolved(old, old_root), _resolved(new, new_root)
    before, after = old.get("properties"), new.get("properties")
    if before is not None and after is not None:
        for name in before.keys() - after.keys():
            yield f"{at}/{name} was removed"
        for name in set(new.get("required", ())) - set(old.get("required", ())):
            yield f"{at}/{name} is now required"
        for name in (set(old.get("required", ())) - set(new.get("required", ()))) & after.keys():
            yield f"{at}/{name} is no longer always there"
        for name in before.keys() & after.keys():
            yield from _breaks(before[name], after[name], old_root, new_root, f"{at}/{name}")
        return
    if "items" in old and "items" in new:
        yield from _breaks(old["items"], new["items"], old_root, new_root, f"{at}/[]")
        return
    sides = [
        [_resolved(one, root) for one in side.get("anyOf", [side])] for side, root in ((old, old_root), (new, new_root))
    ]
    structs = [[one for one in side if "properties" in one] for side in sides]
    if len(structs[0]) == len(structs[1]) == 1:
        yield from _breaks(structs[0][0], structs[1][0], old_root, new_root, at)
    if _shape(sides[0]) != _shape(sides[1]):
        yield f"{at} has another type"


def _shape(alternatives: list[Mapping[str, Any]]) -> set[str]:
    """What a value may be, by everything but titles, texts, defaults and the members of objects."""
    kept = ("type", "format", "enum", "const", "minimum", "maximum", "items", "additionalProperties")
    return {
        msgspec.json.encode({name: one[name] for name in kept if name in one}, order="deterministic").decode()
        for one in alternatives
    }


def _resolved(schema: Mapping[str, Any], root: Mapping[str, Any]) -> Mapping[str, Any]:
    if "$ref" not in schema:
        return schema
    found: Mapping[str, Any] = root["$defs"][schema["$ref"].rpartition("/")[2]]
    return found
