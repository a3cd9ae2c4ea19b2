"""Going through syntax trees."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import fields

from alertdsl.syntax import ast


def nodes(root: ast.Node) -> Iterator[ast.Node]:
    """The node and all nodes below it, in the order of the text."""
    yield root
    for f in fields(root):
        yield from _inside(getattr(root, f.name))


def _inside(value: object) -> Iterator[ast.Node]:
    if isinstance(value, ast.Node):
        yield from nodes(value)
    elif isinstance(value, tuple):
        for item in value:
            yield from _inside(item)
