"""Rules written as JSON objects, whole or as a comparison in parts: ``{"metric": "cpu usage", "operator": ">", "threshold": 90}``."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping

FIELDS = {
    "name": ("alert", "name", "rule", "title", "id"),
    "when": ("expr", "expression", "condition", "when", "if", "query", "text"),
    "for": ("for", "duration", "for_duration", "hold"),
    "severity": ("severity", "level", "priority"),
    "message": ("message", "summary", "description"),
    "notify": ("notify", "target", "channel"),
    "every": ("every", "interval"),
}
"""Fields of other tools' rules, by the part of ours that they are."""
_COMPARED = {
    "metric": ("metric", "measurement", "series", "field"),
    "operator": ("operator", "op", "comparison", "comparator"),
    "threshold": ("threshold", "value", "limit", "bound"),
    "tags": ("tags", "labels", "filters", "filter", "where"),
}
_OPERATORS = {
    **dict.fromkeys(("gt", "above", "greater_than", "greaterthan", "over"), ">"),
    **dict.fromkeys(("lt", "below", "less_than", "lessthan", "under"), "<"),
    **dict.fromkeys(("gte", "ge", "at_least"), ">="),
    **dict.fromkeys(("lte", "le", "at_most"), "<="),
    **dict.fromkeys(("eq", "equals", "equal"), "=="),
}
_COMPARES = re.compile(r"[<>=!]|\b(?:above|below|over|under|than|is|are)\b", re.IGNORECASE)
_INSIDE = ("rule", "condition", "when", "trigger", "alert", "if")


def fields_of(text: str) -> tuple[dict[str, str], str] | None:
    """The parts of a rule that a JSON object says, by their names of `FIELDS`, and what of it is in none of them; None where the text
    is no object.
    """
    if not text.lstrip().startswith("{"):
        return None
    try:
        said = json.loads(text)
    except (ValueError, RecursionError):
        return None
    if not isinstance(said, dict):
        return None
    found: dict[str, str] = {}
    compared: dict[str, str] = {}
    left_out: list[str] = []
    for key, value in _flat(said):
        if isinstance(value, dict):
            # Of Prometheus' labels and annotations some are clauses here.
            clauses = {tag: _word(value[tag]) for tag in ("severity", "message", "summary") if tag in value}
            for tag, one in clauses.items():
                found.setdefault("severity" if tag == "severity" else "message", one)
            if key in _COMPARED["tags"]:
                tags = (f'{tag}="{_word(one)}"' for tag, one in value.items() if tag not in clauses)
                compared["tags"] = ", ".join(tags)
            continue
        word = _word(value)
        part, whose = _part_of(key)
        if part == "name" and "when" not in found and _COMPARES.search(word):
            part = "when"  # `"rule": "cpu usage > 90%"`
        if part:
            (found if whose is FIELDS else compared).setdefault(part, word)
        else:
            left_out.append(f"{key}: {word}")
    if "when" not in found and compared.keys() >= {"metric", "operator", "threshold"}:
        operator = compared["operator"]
        braces = f"{{{compared['tags']}}}" if compared.get("tags") else ""
        sign = _OPERATORS.get(operator.casefold(), operator)
        found["when"] = f"{compared['metric']}{braces} {sign} {compared['threshold']}"
    return found, ", ".join(left_out)


def _part_of(key: str) -> tuple[str, Mapping[str, tuple[str, ...]]]:
    """The part that a key names, "" for none, and the table that has it."""
    for table in (FIELDS, _COMPARED):
        for part, names in table.items():
            if key in names:
                return part, table
    return "", FIELDS


def _flat(said: Mapping[str, object]) -> Iterator[tuple[str, object]]:
    """Each key, in small letters, with what it has; those of an object that holds the rule, or its condition, too."""
    for key, value in said.items():
        name = key.casefold()
        if isinstance(value, dict) and name in _INSIDE:
            yield from _flat(value)
        elif value is not None:
            yield name, value


def _word(value: object) -> str:
    if isinstance(value, list):
        return ", ".join(_word(one) for one in value)
    return json.dumps(value) if isinstance(value, bool) else str(value)
