"""Where a key stands in TOML text: the standard library's parser does not say."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator

from alertdsl.diagnostics import Span

_KEY = re.compile(
    r"""\s*((?:"(?:[^"\\]|\\.)*"|'[^']*'|[\w-]+)(?:\s*\.\s*(?:"(?:[^"\\]|\\.)*"|'[^']*'|[\w-]+))*)\s*="""
)
_PLACE = re.compile(r"at line (\d+), column (\d+)")


class TomlPlaces:
    """Finds the line of a key path, good enough for messages: one header or key a line."""

    def __init__(self, text: str) -> None:
        self._places: dict[tuple[str, ...], Span] = {}
        for path, span in _scan(text):
            for length in range(1, len(path) + 1):
                self._places.setdefault(path[:length], span)
            self._places[path] = span

    def find(self, path: tuple[str, ...]) -> Span:
        """The place of the path, or of the nearest part above it that has one."""
        for length in range(len(path), 0, -1):
            if path[:length] in self._places:
                return self._places[path[:length]]
        return Span(0, 0)

    def exact(self, path: tuple[str, ...]) -> Span | None:
        """The place of the path; None where the text has no such key."""
        return self._places.get(path)

    @staticmethod
    def of_message(message: str, text: str) -> Span:
        """The place that an error message of `tomllib` tells; the end of the text where it tells none."""
        found = _PLACE.search(message)
        if found is None:
            return Span(len(text), len(text))
        lines = text.splitlines(keepends=True)
        start = sum(len(line) for line in lines[: int(found[1]) - 1]) + int(found[2]) - 1
        return Span(start, start + 1)


def _scan(text: str) -> Iterator[tuple[tuple[str, ...], Span]]:
    offset, table = 0, tuple[str, ...]()
    for line in text.splitlines(keepends=True):
        stripped = line.strip()
        start = offset + len(line) - len(line.lstrip())
        offset += len(line)
        if stripped.startswith("["):
            path = _path(stripped)
            if path:
                table = path
                yield table, Span(start, start + len(stripped.partition("#")[0].rstrip()))
            continue
        key = _KEY.match(line)
        path = _path(f"{key[1]} = 0") if key else None
        if key and path:
            yield (*table, *path), Span(start, start + len(key[1]))


def _path(line: str) -> tuple[str, ...] | None:
    try:
        node: object = tomllib.loads(line)
    except tomllib.TOMLDecodeError:
        return None
    path: list[str] = []
    while isinstance(node, dict) and node:
        key, node = next(iter(node.items()))
        path.append(key)
        if isinstance(node, list) and node:
            node = node[0]
    return tuple(path)
