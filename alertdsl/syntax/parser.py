"""From text to tree: rule files, one-line rules, conditions. lark is imported with the first parse."""

from __future__ import annotations

import re
from pathlib import Path
from typing import Any

from alertdsl.diagnostics import AlertDslError, Diagnostic, Span, error
from alertdsl.syntax import ast, codes
from alertdsl.syntax.build_support import string_span
from alertdsl.syntax.recovery import ITEM_START, clauses, pieces
from alertdsl.syntax.texts import clean, comments, is_blank, unquote

MAX_CHARACTERS = 8_000_000
MAX_ERRORS = 50

Item = ast.Rule | ast.Use | ast.Let | ast.Import


def read_rules(path: str | Path) -> str:
    """The text of a rule file; bytes that are no UTF-8 are an error at their place."""
    try:
        data = Path(path).read_bytes()
    except OSError as e:
        raise AlertDslError(
            Diagnostic(codes.UNREADABLE, f"cannot read {path}: {e.strerror or e}", Span(0, 0), file=str(path))
        ) from None
    try:
        return data.decode("utf-8")
    except UnicodeDecodeError as e:
        shown = data.decode("utf-8", errors="replace")
        place = len(data[: e.start].decode("utf-8", errors="replace"))
        message = f"the file is not UTF-8 text: byte 0x{data[e.start]:02x} at offset {e.start}"
        problem = error(codes.NOT_UTF8, message, Span(place, place + 1), "save the file as UTF-8")
        raise problem.in_text(shown, str(path)) from None


def parse_file(text: str, file: str = "<rule>") -> ast.File:
    """Parse a rule file.

    Raises:
        AlertDslError: with all the errors of the file.
    """
    return _strict(*_parse(text, file, lone=False))


def parse_rules(text: str, file: str = "<rule>") -> ast.File:
    """Parse a rule file or a lone condition, which becomes a file of one rule without a name.

    Raises:
        AlertDslError: with all the errors of the text.
    """
    return _strict(*_parse(text, file, lone=True))


def parse_lenient(text: str, file: str = "<rule>") -> tuple[ast.File, tuple[Diagnostic, ...]]:
    """Parse what can be parsed: the good rules, and the diagnostics of the others."""
    return _parse(text, file, lone=True)


def parse_piece(text: str, *, brief: bool = False) -> tuple[tuple[Item, ...], tuple[Diagnostic, ...]]:
    """The items in one piece of a file, as `recovery.pieces` cuts them, and what is wrong; places are those in the piece.

    `brief` says only that it cannot be parsed: the search for the best explanation takes longer than the parse.
    """
    items: list[Item] = []
    problems: list[Diagnostic] = []
    _parse_item(clean(text), Span(0, len(text)), items, problems, brief=brief)
    return tuple(items), tuple(problems)


def broken_names(text: str, start: int = 0) -> frozenset[str]:
    """The name, if it can be read, of a definition that begins here and cannot be parsed as a whole."""
    named = _NAME.match(text, start)
    if named is None:
        return frozenset()
    return frozenset({unquote(named[1]) if named[1][0] == '"' else named[1]})


def parse_condition(text: str) -> ast.Condition:
    """Parse one condition.

    Raises:
        AlertDslError: if the text is anything else.
    """
    cleaned = clean(text)
    try:
        _check_size(text)
        if is_blank(cleaned):
            raise error(codes.EMPTY, "no condition here", Span(0, 0), "for example: BTC price > 70k for 5m")
        return _without_clauses(_parse_slice(cleaned, Span(0, len(cleaned)), "condition"))
    except AlertDslError as e:
        raise e.in_text(text) from None


def _without_clauses(rule: ast.Rule) -> ast.Condition:
    if rule != ast.Rule(None, rule.when):
        place = Span(rule.when.span.end, rule.span.end)
        raise error(
            codes.UNEXPECTED, "clauses stand in a rule, behind its condition", place, "leave them out"
        )
    return rule.when


def _strict(parsed: ast.File, problems: tuple[Diagnostic, ...]) -> ast.File:
    if problems:
        raise AlertDslError(problems)
    return parsed


def _parse(text: str, file: str, *, lone: bool) -> tuple[ast.File, tuple[Diagnostic, ...]]:
    problems: list[Diagnostic] = []
    items: list[Item] = []
    broken: set[str] = set()
    try:
        _check_size(text)
        cleaned = clean(text)
        if is_blank(cleaned):
            raise error(codes.EMPTY, f"no rules in {file}", Span(0, 0), "for example: BTC price > 70k for 5m")
        if lone and not ITEM_START.search(cleaned):
            items.append(_parse_slice(cleaned, _without_comment_lines(cleaned), "condition"))
        else:
            for place in pieces(cleaned, ITEM_START):
                before = len(items)
                _parse_item(cleaned, place, items, problems, brief=len(problems) >= MAX_ERRORS)
                if len(items) == before:
                    broken |= broken_names(cleaned, place.start)
    except AlertDslError as e:
        problems.extend(e.diagnostics)
    rules, lets = _unique(text, items, problems)
    problems = first_problems(problems)
    imports = tuple(item for item in items if isinstance(item, ast.Import))
    uses = tuple(item for item in items if isinstance(item, ast.Use))
    parsed = ast.File(
        rules, lets, imports, text, comments(text), uses, frozenset(broken), span=Span(0, len(text))
    )
    return parsed, tuple(p.in_text(text, file) for p in problems)


def first_problems(problems: list[Diagnostic]) -> list[Diagnostic]:
    """The problems in the order of the text; of very many the first, and how many more there are."""
    problems = sorted(problems, key=lambda p: p.span.start)
    more = len(problems) - MAX_ERRORS
    if more <= 0:
        return problems
    rest = Diagnostic(codes.TOO_MANY, f"and {more} more errors", problems[MAX_ERRORS].span)
    return [*problems[:MAX_ERRORS], rest]


def _without_comment_lines(text: str) -> Span:
    """The part of a lone condition's text between the comment lines before and behind it."""
    start = len(text) - len(_COMMENT_LINES.sub("", text, count=1))
    end = len(text)
    lines = text[start:].splitlines(keepends=True)
    while lines and (not lines[-1].strip() or lines[-1].lstrip().startswith("#")):
        end -= len(lines.pop())
    return Span(start, end)


def _check_size(text: str) -> None:
    if len(text) > MAX_CHARACTERS:
        message = f"the text has {len(text):,} characters; {MAX_CHARACTERS:,} are accepted"
        raise error(codes.TOO_LARGE, message, Span(0, 0), "split it into several files")


def _parse_item(
    text: str, place: Span, items: list[Item], problems: list[Diagnostic], *, brief: bool
) -> None:
    try:
        items.extend(_parse_slice(text, place, "file", brief=brief))
    except AlertDslError as e:
        if brief:
            # Enough has been explained; the others are only counted.
            problems.append(e.diagnostics[0])
            return
        parts = list(clauses(text, place))
        found: list[Diagnostic] = []
        if len(parts) > 1:
            for i, part in enumerate(parts):
                found.extend(_problems_of_clause(text, part, header=i == 0))
        problems.extend(found or e.diagnostics)


def _problems_of_clause(text: str, place: Span, *, header: bool) -> list[Diagnostic]:
    """What is wrong with one clause of a rule alone; the rest of the rule has its own turn."""
    try:
        _parse_slice(text, place, "file", clause=not header)
    except AlertDslError as e:
        return [d for d in e.diagnostics if d.code != codes.NO_WHEN]
    return []


def _parse_slice(text: str, place: Span, start: str, *, clause: bool = False, brief: bool = False) -> Any:
    """Parse a part of a text, with places in the whole.

    A `clause` is parsed as if in a rule; `brief` spares the search for the best explanation of an error.
    """
    from lark import TextSlice, Token
    from lark.exceptions import UnexpectedInput

    from alertdsl.syntax.loader import lark_parser
    from alertdsl.syntax.messages import explain
    from alertdsl.syntax.no_window import refuse_window

    end = place.end
    while end > place.start and text[end - 1].isspace():
        end -= 1
    parser = lark_parser()
    part = TextSlice(text, place.start, end)
    try:
        if not clause:
            return parser.parse(part, start=start)
        inside = parser.parse_interactive(part, start=start)
        for kind, value in (("RULE", "rule"), ("WORD", "r"), ("_NL_CLAUSE", "\n")):
            inside.feed_token(Token(kind, value, place.start, 1, 1, 1, 1, place.start))
        return inside.resume_parse()  # type: ignore[no-untyped-call]
    except UnexpectedInput as e:
        if brief:
            raise error(codes.UNEXPECTED, "the rule cannot be parsed", Span(place.start, end)) from None
        raise AlertDslError(explain(e, text, Span(place.start, end))) from None
    except AlertDslError as e:
        refuse_window(e, text)
        raise


_COMMENT_LINES = re.compile(r"\A(?:[^\S\n]*(?:#[^\n]*)?\n)*")
_NAME = re.compile(r'[ \t]*(?:rule|let)[ \t]+("(?:\\.|[^"\\\n])*"|[\w.-]+)', re.IGNORECASE)


def _unique(
    text: str, items: list[Item], problems: list[Diagnostic]
) -> tuple[tuple[ast.Rule, ...], tuple[ast.Let, ...]]:
    """The rules and lets whose names are new; each that repeats a name is an error at its place."""
    rules: dict[str | None, ast.Rule] = {}
    lets: dict[str, ast.Let] = {}
    for item in items:
        if isinstance(item, ast.Import | ast.Use):
            continue
        first: ast.Rule | ast.Let | None
        if isinstance(item, ast.Rule):
            first = rules.setdefault(item.name, item)
        else:
            first = lets.setdefault(item.name, item)
        if first is not item:
            problems.append(repeated(item, text, text.count("\n", 0, first.span.start) + 1))
    return tuple(rules.values()), tuple(lets.values())


def repeated(item: ast.Rule | ast.Let, text: str, first_line: int) -> Diagnostic:
    """What is wrong with an item of a text whose name another has, which starts in `first_line` of the file."""
    is_rule = isinstance(item, ast.Rule)
    code, what = (codes.DUPLICATE_RULE, "rule") if is_rule else (codes.DUPLICATE_LET, "let")
    message = f"there is already a {what} named {item.name}, on line {first_line}"
    return Diagnostic(code, message, name_span(item, text), "give it another name")


def name_span(item: ast.Rule | ast.Let, text: str) -> Span:
    """Where the name of a rule or constant stands in its text."""
    return string_span(_NAME, text, item.span)
