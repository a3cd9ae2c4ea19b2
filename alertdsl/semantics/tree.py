"""Going through typed trees of any node: their parts, and rebuilding them."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import fields, replace
from typing import Any, TypeVar, get_args

from alertdsl.semantics import typed
from alertdsl.semantics.typed import Condition, Value

ValueLeaf = (
    typed.Current | typed.Window | typed.Delta | typed.Extreme | typed.Counted | typed.Distinct | typed.Baseline
    | typed.Slope | typed.Line | typed.Steps | typed.CrossedPoints | typed.Integral | typed.CalendarWindow
)  # fmt: skip
"""The values that read series."""

Leaf = ValueLeaf | typed.Missing | typed.Absent
"""The nodes that read series."""

_PARTS: dict[Any, tuple[str, ...]] = {}
_NODES = (*get_args(Condition), *get_args(Value))
Node = TypeVar("Node", bound=Condition | Value)


def children(node: Condition | Value) -> tuple[Condition | Value, ...]:
    """The direct parts of a node, in order; none for constants and most leaves."""
    found: list[Condition | Value] = []
    for name in _parts(node.__class__):
        _collect(getattr(node, name), found)
    return tuple(found)


def leaves(node: Condition | Value) -> Iterator[Leaf]:
    """The nodes of a tree that read series, in order."""
    if isinstance(node, Leaf):
        yield node
    for child in children(node):
        yield from leaves(child)


def rebuild(node: Node, change: Callable[[Any], Any]) -> Node:
    """The same node with each of its direct parts put through `change`."""
    parts = {name: _changed(getattr(node, name), change) for name in _parts(node.__class__)}
    return replace(node, **parts) if parts else node


def _parts(kind: type) -> tuple[str, ...]:
    """The fields that may hold nodes, told by their annotations."""
    found = _PARTS.get(kind)
    if found is None:
        holding = ("Value", "Condition")
        names = (f.name for f in fields(kind) if any(word in str(f.type) for word in holding))
        found = _PARTS[kind] = tuple(names)
    return found


def _collect(found: object, into: list[Condition | Value]) -> None:
    if isinstance(found, _NODES):
        into.append(found)
    elif isinstance(found, tuple):
        for one in found:
            _collect(one, into)


def _changed(found: Any, change: Callable[[Any], Any]) -> Any:
    if isinstance(found, _NODES):
        return change(found)
    if isinstance(found, tuple):
        return tuple(_changed(one, change) for one in found)
    return found
