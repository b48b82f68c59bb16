"""A validator for the part of JSON Schema 2020-12 that the golden schemas use; an unknown keyword is an error."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from datetime import date, datetime
from typing import Any
from uuid import UUID

_TEXTS = {"title", "description", "default", "$schema", "$defs"}
_KNOWN = _TEXTS | {"$ref", "anyOf", "type", "format", "enum", "properties", "required", "items"}


class UnknownKeywordError(AssertionError):
    """The schema uses what this validator does not know."""


def faults(value: Any, schema: Mapping[str, Any]) -> list[str]:
    """Where a JSON value does not fit a schema; empty if it fits."""
    return list(_faults(value, schema, schema, ""))


def _faults(value: Any, schema: Mapping[str, Any], root: Mapping[str, Any], at: str) -> Iterator[str]:
    if unknown := schema.keys() - _KNOWN:
        raise UnknownKeywordError(f"{at}: {sorted(unknown)}")
    if "$ref" in schema:
        yield from _faults(value, root["$defs"][schema["$ref"].rpartition("/")[2]], root, at)
        return
    if "anyOf" in schema:
        if all(list(_faults(value, one, root, at)) for one in schema["anyOf"]):
            yield f"{at}: fits none of the alternatives"
        return
    if "enum" in schema and value not in schema["enum"]:
        yield f"{at}: not one of {schema['enum']}"
    kind = schema.get("type")
    if kind is not None and not _is(value, kind):
        yield f"{at}: not of type {kind}"
        return
    if "format" in schema and not _has_format(value, schema["format"]):
        yield f"{at}: not a {schema['format']}"
    if kind == "object":
        for name in schema.get("required", ()):
            if name not in value:
                yield f"{at}/{name}: missing"
        for name, inner in schema.get("properties", {}).items():
            if name in value:
                yield from _faults(value[name], inner, root, f"{at}/{name}")
    if kind == "array":
        for index, item in enumerate(value):
            yield from _faults(item, schema["items"], root, f"{at}/{index}")


def _is(value: Any, kind: str) -> bool:
    match kind:
        case "object":
            return isinstance(value, dict)
        case "array":
            return isinstance(value, list)
        case "string":
            return isinstance(value, str)
        case "integer":
            return isinstance(value, int) and not isinstance(value, bool)
        case "boolean":
            return isinstance(value, bool)
        case "null":
            return value is None
        case _:
            raise UnknownKeywordError(kind)


def _has_format(value: str, name: str) -> bool:
    try:
        match name:
            case "uuid":
                UUID(value)
            case "date":
                date.fromisoformat(value)
            case "date-time":
                return datetime.fromisoformat(value).tzinfo is not None
            case _:
                raise UnknownKeywordError(name)
    except ValueError:
        return False
    return True
