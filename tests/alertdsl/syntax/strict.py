"""Build the grammar with lark's `strict`, in a process of its own: `python strict.py` with interegular on the path.

strict finds LALR conflicts and terminals that match the same text at equal priority. It does not finish on lookaheads,
because interegular pads every terminal to the longest, so it gets the grammar with all lookaheads cut off. Such terminals
match more: a harder check.
"""

from __future__ import annotations

import re

from alertdsl.syntax.loader import build, grammar_text

_TERMINAL = re.compile(r"_?[A-Z][A-Z_]*(?:\.-?\d+)?:\s*/")


def without_lookaheads(grammar: str) -> str:
    """The grammar with the lookaheads of its terminals cut off."""
    return "\n".join(_cut(line) if _TERMINAL.match(line) else line for line in grammar.splitlines())


def _cut(line: str) -> str:
    line = line.replace("(?-i:", "(?:")
    while (match := re.search(r"\(\?[=!]", line)) is not None:
        line = line[: match.start()] + line[_closing(line, match.start()) + 1 :]
    return line


def _closing(line: str, start: int) -> int:
    """The bracket that closes the one at `start`."""
    depth = 0
    for token in re.compile(r"\\.|\[(?:\\.|[^\]\\])*\]|.").finditer(line, start):
        depth += {"(": 1, ")": -1}.get(token[0], 0)
        if depth == 0:
            return token.start()
    raise ValueError(f"unbalanced brackets: {line}")


if __name__ == "__main__":
    build(without_lookaheads(grammar_text()), strict=True)
    planted = grammar_text().replace("\nOR.2: /", "\nOR.2: /and|")
    try:
        build(without_lookaheads(planted), strict=True)
    except Exception as e:
        if re.search("Collision between Terminals (AND and OR|OR and AND)", str(e)) is None:
            raise
    else:
        raise SystemExit("a planted collision was not found: is interegular there?")
