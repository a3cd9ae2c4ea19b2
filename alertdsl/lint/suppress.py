"""Comments that switch a warning off: ``# alertdsl: ignore W401`` on its line or the line above, ``ignore-file`` for a file."""

from __future__ import annotations

import re
from functools import lru_cache

from alertdsl.diagnostics import Diagnostic, Severity
from alertdsl.syntax import ast

_COMMENT = re.compile(r"#\s*alertdsl:\s*(ignore|ignore-file)\b\s*([A-Z]\d+(?:[\s,]+[A-Z]\d+)*)?")


def suppressed(diagnostic: Diagnostic, tree: ast.File) -> bool:
    """True for a warning that a comment switches off. Errors cannot be."""
    if diagnostic.severity is Severity.ERROR or not tree.comments:
        return False
    return any(
        (not codes or diagnostic.code in codes) and (line is None or diagnostic.line in (line, line + 1))
        for line, codes in _switches(tree.text, tree.comments)
    )


@lru_cache(maxsize=16)
def _switches(
    text: str, comments: tuple[tuple[int, str], ...]
) -> tuple[tuple[int | None, frozenset[str]], ...]:
    """For each such comment its line (None: the file) and the codes (none: all)."""
    out: list[tuple[int | None, frozenset[str]]] = []
    for offset, comment in comments:
        found = _COMMENT.match(comment)
        if found:
            codes = frozenset(re.findall(r"[A-Z]\d+", found[2] or ""))
            line = None if found[1] == "ignore-file" else text.count("\n", 0, offset) + 1
            out.append((line, codes))
    return tuple(out)
