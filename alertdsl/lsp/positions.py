"""Places of the protocol (lines, and columns in units of an encoding) and offsets into the text, in both directions.

The protocol knows three line ends and no others; Python's `splitlines` knows ten, so it is not used.
"""

from __future__ import annotations

import re
from bisect import bisect_right

from lsprotocol import types

from alertdsl.diagnostics import Span

_LINE_END = re.compile(r"\r\n|\n|\r")


class Positions:
    """The lines of one text.

    Args:
        text: the text.
        encoding: what a column counts: ``utf-8`` bytes, ``utf-16`` units or ``utf-32`` characters.
    """

    def __init__(self, text: str, encoding: str = "utf-16") -> None:
        self._text = text
        self._ascii = text.isascii()
        self._encoding = encoding
        self._starts = [0, *(found.end() for found in _LINE_END.finditer(text))]

    def offset(self, position: types.Position) -> int:
        """The offset of a position; of one that is not there, the nearest before it."""
        if position.line >= len(self._starts):
            return len(self._text)
        start, end = self._line(position.line)
        line = self._text[start:end]
        if self._ascii or line.isascii() or self._encoding == "utf-32":
            return start + min(position.character, len(line))
        units = 0
        for i, character in enumerate(line):
            units += self._width(character)
            if units > position.character:
                return start + i
        return end

    def position(self, offset: int) -> types.Position:
        """The position of an offset."""
        offset = max(0, min(offset, len(self._text)))
        row = bisect_right(self._starts, offset) - 1
        start, end = self._line(row)
        before = self._text[start : min(offset, end)]
        if self._ascii or before.isascii() or self._encoding == "utf-32":
            return types.Position(row, len(before))
        return types.Position(row, sum(map(self._width, before)))

    def range(self, span: Span) -> types.Range:
        """The range of a span."""
        return types.Range(self.position(span.start), self.position(span.end))

    def span(self, place: types.Range) -> Span:
        """The span of a range."""
        start, end = self.offset(place.start), self.offset(place.end)
        return Span(min(start, end), max(start, end))

    def whole(self) -> types.Range:
        """The range of all of the text."""
        return self.range(Span(0, len(self._text)))

    def _line(self, row: int) -> tuple[int, int]:
        """Where a line starts and ends, its line end left out."""
        start = self._starts[row]
        end = self._starts[row + 1] if row + 1 < len(self._starts) else len(self._text)
        while end > start and self._text[end - 1] in "\r\n":
            end -= 1
        return start, end

    def _width(self, character: str) -> int:
        if self._encoding == "utf-16":
            return 2 if character > "\uffff" else 1
        if character < "\x80":
            return 1
        if character < "\u0800":
            return 2
        return 3 if character <= "\uffff" else 4
