"""JSON schemas as hosts and models want them: flat, short, without references and null unions.

Enum classes and nested models make `$ref`, which some hosts turn into strings; `X | None` makes `anyOf` with null, which others
refuse. What pydantic adds for people (a title for every name) costs a model hundreds of tokens.
"""

from __future__ import annotations

from typing import Annotated, Any, TypeVar

from pydantic import Field
from pydantic.json_schema import SkipJsonSchema

T = TypeVar("T")


def _without_default(schema: dict[str, Any]) -> None:
    schema.pop("default", None)


Opt = Annotated[T | SkipJsonSchema[None], Field(json_schema_extra=_without_default)]
"""An argument that may be left out; its schema says the type alone."""

_NOISE = frozenset({"title", "additionalProperties", "minimum", "exclusiveMinimum"})
_MAPS = frozenset({"properties", "$defs", "definitions"})


def slim_input(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of a tool's arguments."""
    flat: dict[str, Any] = _slim(schema, schema)
    return flat


def slim_output(schema: dict[str, Any]) -> dict[str, Any]:
    """The schema of a tool's result: its members and their types, those of lists included.

    Nothing is required: a refusal has `error` and `hint` instead of the members of a result.
    """
    flat = _shallow(_slim(schema, schema), 0)
    flat.pop("description", None)
    return flat


def _slim(schema: Any, root: dict[str, Any]) -> Any:
    if isinstance(schema, list):
        return [_slim(item, root) for item in schema]
    if not isinstance(schema, dict):
        return schema
    if "$ref" in schema:
        target = root["$defs"][schema["$ref"].rpartition("/")[2]]
        return _slim({**target, **{k: v for k, v in schema.items() if k != "$ref"}}, root)
    out: dict[str, Any] = {}
    for key, value in schema.items():
        if key in _NOISE or key == "$defs" or (key == "default" and value in ("", None, [], {}, False)):
            continue
        if key in _MAPS:
            out[key] = {name: _slim(one, root) for name, one in value.items()}
        elif key in {"default", "const", "enum", "examples"}:
            out[key] = value
        else:
            out[key] = _slim(value, root)
    return out


def _shallow(schema: dict[str, Any], depth: int) -> dict[str, Any]:
    """Drop what is required, descriptions, and all below the members of lists."""
    out: dict[str, Any] = {}
    for key, value in schema.items():
        if key in {"required", "default", "description"}:
            continue
        if key == "properties":
            if depth < 1:
                out[key] = {name: _shallow(one, depth + 1) for name, one in value.items()}
        elif key == "items":
            if value.get("type", "object") != "object":
                out[key] = {"type": value["type"]}
        else:
            out[key] = value
    return out
