"""What may follow a text that is not finished: the parser is stopped there and asked. Completion is made from this."""

from __future__ import annotations

import re
from collections.abc import Iterator
from copy import copy
from dataclasses import dataclass
from typing import Any

from alertdsl.diagnostics import AlertDslError
from alertdsl.syntax.recovery import CLAUSE_START, ITEM_START
from alertdsl.syntax.texts import clean

_HEAD = re.compile(r"\A(?:[^\S\n]*(?:#[^\n]*)?\n)*[^\S\n]*")
_PROBES = (
    ("5m", "DURATION"),
    ("x have", "QUANTIFIER"),
    ("x is", "WHERE"),
    ("x is", "AND_WHERE"),
    ("x is missing", "BY_MISSING"),
)


@dataclass(frozen=True, slots=True)
class Expected:
    """The parser at the end of a text.

    Attributes:
        accepted: the terminals that it takes next.
        on_new_line: those that it takes at the start of a clause, and of an item, on a line of their own.
        stack: what it has read and not yet put together: tokens (strings with a `type`), nodes of the tree, lists.
        words: the tokens of the name at the end of the text, if it ends in one.
    """

    accepted: frozenset[str]
    on_new_line: frozenset[str]
    stack: tuple[Any, ...]
    words: tuple[Any, ...] = ()

    def last(self, *, skip: frozenset[str] = frozenset({"_COMMA"})) -> Iterator[Any]:
        """The tokens of the stack, the newest first; nodes and the types in `skip` left out."""
        return (one for one in reversed(self.stack) if getattr(one, "type", None) and one.type not in skip)


_NOTHING: Expected = Expected(frozenset(), frozenset(), ())
_NAME = frozenset({"WORD", "QUOTED", "OF", "ON", "POSSESSIVE"})


def item_start(text: str, offset: int) -> int | None:
    """Where the item begins that an offset is in; None before the first one."""
    begin = text.rfind("\n", 0, offset) + 1
    while True:
        if ITEM_START.match(text, begin, offset):
            return begin
        if begin == 0:
            return None
        begin = text.rfind("\n", 0, begin - 1) + 1


def expected_at(text: str, offset: int) -> Expected:
    """What the parser would take at an offset, knowing the text before it.

    Where an earlier clause is wrong, the clause that the offset is in is read alone; where that is wrong, nothing is expected.
    """
    before = clean(text[:offset])
    start = item_start(before, offset)
    if start is None:
        head = _HEAD.match(before)
        return _read(before, head.end() if head else 0, "condition", clause=False) or _NOTHING
    found = _read(before, start, "file", clause=False)
    if found is None:
        clauses = [clause.start() for clause in CLAUSE_START.finditer(before, start)]
        found = _read(before, clauses[-1], "file", clause=True) if clauses else None
    return found or _NOTHING


def file_start() -> Expected:
    """What may stand at the start of a file."""
    return _read("", 0, "file", clause=False) or _NOTHING


def _read(text: str, start: int, what: str, *, clause: bool) -> Expected | None:
    from lark.exceptions import UnexpectedInput

    inside, tokens = _open(text, start, what, clause=clause)
    try:
        for token in inside.iter_parse():
            tokens.append(token)
    except AlertDslError:
        return None
    except UnexpectedInput as problem:
        rest = text[problem.pos_in_stream :]
        if _is_read(f"{text} x have", start, what, "QUANTIFIER", len(text), clause):
            return Expected(frozenset({"TAG"}), frozenset(), ())
        if rest.strip() != "," or "_LADDER_COMMA" not in inside.accepts():
            return None
        # A comma before a rung is told by the word behind it, which is not there yet.
        _feed(inside, "_LADDER_COMMA", ",")
    # `at least 3` may be an amount before a metric, too; how many of what is asked for more often.
    amount = tokens and tokens[-1].type in ("BARE", "QUANTITY") and "KNOWN_UNIT" in inside.accepts()
    if amount and _is_read(f"{text} x have", start, what, "QUANTIFIER", len(text), clause):
        return Expected(frozenset({"TAG"}), frozenset(), ())
    return _expected(text, start, what, inside, tokens, clause=clause)


def _expected(text: str, start: int, what: str, inside: Any, tokens: list[Any], *, clause: bool) -> Expected:
    accepted = set(inside.accepts())
    stack = tuple(inside.parser_state.value_stack)
    on_new_line: set[str] = set()
    for line_end in {"_NL_CLAUSE", "_NL_ITEM"} & accepted:
        on_new_line |= _after(inside, line_end)
    words: list[Any] = []
    for token in reversed(tokens):
        if token.type not in _NAME:
            break
        words.insert(0, token)
    if words and words[-1].type == "WORD":
        # Words such as `over` are known by what follows them, which is not there yet.
        known = {
            kind
            for probe, kind in _PROBES
            if _is_read(f"{text} {probe}", start, what, kind, len(text), clause)
        }
        if known:
            accepted = known & {"DURATION"} or {"TAG"}
    return Expected(frozenset(accepted), frozenset(on_new_line), stack, tuple(words))


def _after(inside: Any, line_end: str) -> set[str]:
    ahead = inside.copy(deepcopy_values=False)
    # Nothing is built of what is only imagined.
    ahead.parser_state.parse_conf = copy(ahead.parser_state.parse_conf)
    ahead.parser_state.parse_conf.callbacks = {}
    _feed(ahead, line_end, "\n")
    return set(ahead.accepts())


def _is_read(text: str, start: int, what: str, kind: str, length: int, clause: bool) -> bool:
    """Whether a text that goes on behind `length` makes its end, or the word before it, a token of a kind."""
    tokens = _lexed(text, start, what, clause=clause)
    if kind == "DURATION":
        return bool(tokens) and tokens[-1].type == kind and tokens[-1].start_pos > length - 1
    ends = (token.end_pos for token in tokens if token.type == kind)
    return any(end == len(text[:length].rstrip()) for end in ends)


def _lexed(text: str, start: int, what: str, *, clause: bool) -> list[Any]:
    """The tokens of a text up to where it cannot be read."""
    from lark.exceptions import UnexpectedInput

    inside, tokens = _open(text, start, what, clause=clause)
    try:
        for token in inside.iter_parse():
            tokens.append(token)
    except (UnexpectedInput, AlertDslError):
        pass
    return tokens


def _open(text: str, start: int, what: str, *, clause: bool) -> tuple[Any, list[Any]]:
    from lark import TextSlice

    from alertdsl.syntax.loader import lark_parser

    inside: Any = lark_parser().parse_interactive(TextSlice(text, start, len(text)), start=what)
    if clause:
        for kind, value in (("RULE", "rule"), ("WORD", "r"), ("_NL_CLAUSE", "\n")):
            _feed(inside, kind, value)
    return inside, []


def _feed(inside: Any, kind: str, value: str) -> None:
    from lark import Token

    inside.feed_token(Token(kind, value, 0, 1, 1, 1, 1, len(value)))


@dataclass(frozen=True, slots=True)
class Token:
    """A word, number or sign of a text, with the terminal of the grammar that it is."""

    kind: str
    start: int
    end: int


def tokens_near(text: str, offset: int) -> tuple[Token, ...]:
    """The tokens of an item as far as it can be read; of the clause that the offset is in, where an earlier one is wrong."""
    cleaned = clean(text)
    start = item_start(cleaned, len(cleaned))
    if start is None:
        head = _HEAD.match(cleaned)
        return _tokens(cleaned, head.end() if head else 0, "condition", clause=False)
    found = _tokens(cleaned, start, "file", clause=False)
    if found and found[-1].end >= offset:
        return found
    clauses = [clause.start() for clause in CLAUSE_START.finditer(cleaned, start) if clause.start() <= offset]
    return _tokens(cleaned, clauses[-1], "file", clause=True) if clauses else found


def _tokens(text: str, start: int, what: str, *, clause: bool) -> tuple[Token, ...]:
    found = _lexed(text, start, what, clause=clause)
    return tuple(Token(one.type, one.start_pos, one.end_pos) for one in found)
