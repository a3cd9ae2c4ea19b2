"""A stable fingerprint of what a rule means: an edit that keeps it keeps the rule's alerts."""

from __future__ import annotations

import hashlib
from dataclasses import MISSING, fields, is_dataclass

from alertdsl.semantics import typed

# What a metric is called, the unit it is shown in, and how long it is remembered change no truth.
_NOT_MEANING = frozenset({"metric", "unit", "memory"})


def meaning_hash(rule: typed.Rule) -> str:
    """SHA-256 in hexadecimal of the rule's meaning: when, recover, every, during and on no data. The same in every process and version."""
    parts: tuple[object, ...] = (rule.when, rule.recover, rule.every, rule.on_no_data)
    if rule.during is not None:
        parts += (rule.during,)
    return hashlib.sha256(canonical(parts).encode()).hexdigest()


def canonical(node: object) -> str:
    """A text that is equal for equal meanings. Fields at their default are left out, so that new ones change no old hash."""
    if is_dataclass(node) and not isinstance(node, type):
        said = [
            f"{f.name}={canonical(getattr(node, f.name))}"
            for f in fields(node)
            if f.name not in _NOT_MEANING and (f.default is MISSING or getattr(node, f.name) != f.default)
        ]
        return f"{type(node).__name__}({','.join(said)})"
    if isinstance(node, tuple):
        return f"[{','.join(canonical(item) for item in node)}]"
    if isinstance(node, float) and node.is_integer():
        return str(int(node))
    return repr(node)
