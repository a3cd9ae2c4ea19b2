"""The reserved words of each context, read from the parse tables and the lexers that they make."""

from __future__ import annotations

import re
from typing import Any

from alertdsl.syntax.loader import grammar_text, lark_parser

# A text that leads the parser into the context, and its start symbol.
CONTEXTS = {
    "at the start of a condition": ("condition", ""),
    "inside a name": ("condition", "a"),
    "after `of` in a name": ("condition", "a of b"),
    "at the start of an aggregate's name": ("condition", "avg of"),
    "inside an aggregate's name": ("condition", "avg of a"),
    "after an aggregate's window": ("condition", "avg of a over 5m"),
    "after the tags of an aggregate": ("condition", "avg of a by b"),
    "after a window and tags": ("condition", "avg of a over 5m by b"),
    "after an operator": ("condition", "a >"),
    "after a number": ("condition", "a > 5"),
    "after a name on the right": ("condition", "a > b"),
    "after one name as a bound": ("condition", "a between 1 and b"),
    "after `have`": ("condition", "at least 3 hosts have"),
    "in a rule file": ("file", ""),
    "after `rule`": ("file", "rule"),
    "after a rule's name": ("file", "rule a"),
    "after `let`": ("file", "let"),
    "inside a name in a clause": ("file", "rule a\n  when b"),
    "inside a name on the ladder": ("file", "rule a\n  severity warning, critical when b"),
}
# What may follow the word: keywords look ahead.
_FOLLOWERS = {
    "before a word": " zz",
    "before a number": " 5 > 1",
    "before a length of time": " 5m > 1",
    "before `>`": " > 1",
}


def listing() -> str:
    """The golden file."""
    words = sorted(set(re.findall(r"[a-z]{2,}", _patterns())))
    out: list[str] = []
    for context, (start, text) in CONTEXTS.items():
        lexer = _lexer(start, text)
        found = {how: {w for w in words if _taken(lexer, w + after)} for how, after in _FOLLOWERS.items()}
        always = set.intersection(*found.values())
        out.append(f"{context}:")
        out.append(f"  always: {' '.join(sorted(always))}".rstrip())
        out.extend(
            f"  {how}: {' '.join(sorted(f - always))}".rstrip() for how, f in found.items() if f - always
        )
    return "\n".join(out) + "\n"


def _patterns() -> str:
    lines = re.findall(r"^_?[A-Z][A-Z_]*(?:\.-?\d+)?: *(/.*/)$", grammar_text(), re.MULTILINE)
    return re.sub(r"\(\?=\[[^\]]*\]\)|\\.|\(\?-?i:", " ", " ".join(lines))


def _lexer(start: str, text: str) -> Any:
    parser: Any = lark_parser().parse_interactive(text, start=start)
    parser.exhaust_lexer()
    return parser.lexer_thread.lexer.lexer.lexers[parser.parser_state.position]


def _taken(lexer: Any, text: str) -> bool:
    """Whether the lexer of the context reads the first word as something else than a word of a name."""
    from lark import TextSlice

    match = lexer.scanner.match(TextSlice(text, 0, len(text)), 0)
    if match is None:
        return False
    return match[1] not in ("WORD", "UNIT", "ZONE") and len(match[0].split()[0]) == len(
        text.split(maxsplit=1)[0]
    )
