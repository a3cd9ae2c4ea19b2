"""What is wrong with a data file, and where."""

from __future__ import annotations


class DataError(ValueError):
    """A data file cannot be read. `line` and `column` count from 1; 0 where the whole file or line is meant."""

    def __init__(self, message: str, *, file: str = "", line: int = 0, column: int = 0) -> None:
        named = [f"{word} {number}" for word, number in (("line", line), ("column", column)) if number]
        place = ":".join([file, *(str(n) for n in (line, column) if n)]) if file else ", ".join(named)
        super().__init__(f"{place}: {message}" if place else message)
        self.message, self.file, self.line, self.column = message, file, line, column
