"""Slips of the fingers: misspelled words of the language and operators of other languages."""

from __future__ import annotations

import re

from alertdsl.diagnostics import Diagnostic, Fix, Span
from alertdsl.syntax import codes
from alertdsl.syntax.failure import Failure, cut
from alertdsl.syntax.quantities import TIME_UNITS, canonical_unit, duration
from alertdsl.syntax.spelling import nearest
from alertdsl.syntax.unclear import counted_how

_OPERATOR_TYPOS = {
    "=>": ">=", "=<": "<=", "><": "!=", "=!": "!=", "~=": "=~", "===": "==", "!==": "!=", ">>": ">", "<<": "<",
    ":=": "=", "<>=": "!=",
}  # fmt: skip
_SPACED = re.compile(r"[<>!]>?[ \t]+=|&[ \t]+&|\|[ \t]+\|")
_COMPARATIVES = (
    "greater",
    "less",
    "more",
    "fewer",
    "higher",
    "lower",
    "larger",
    "smaller",
    "warmer",
    "colder",
)
_OPERATOR_WORDS = (
    "above", "below", "under", "between", "outside", "exceeds", "equals", "crosses", "rises", "falls", "matches",
    "reaches", "drops", "missing", "absent",
)  # fmt: skip
_COUNTED = re.compile(
    r"(?P<op>>=?|<=?|(?:at[ \t]+(?:least|most)|(?:more|fewer|less)[ \t]+than|over|under))[ \t]*(?P<number>\d[\d_,.]*k?)[ \t]+"
    r"(?P<name>[^\W\d](?:[\w.'-]|[ \t](?=[^\W\d]))*?)[ \t]+(?:in|within|during|over)(?:[ \t]+the[ \t]+(?:last|past))?[ \t]+$",
    re.IGNORECASE,
)
_LENGTH = re.compile(r"\d+[ \t]*(?P<unit>[^\W\d_]+)(?![\w.-])")
_OPERATORS = {
    "at least": ">=",
    "at most": "<=",
    "more than": ">",
    "over": ">",
    "fewer than": "<",
    "less than": "<",
    "under": "<",
}
_SMALLER = {"d": "h", "h": "m", "m": "s"}
_BARE = ("above", "below", "over", "under", "between", "outside")
_JOINING = ("for", "and", "or", "unless", "within", "else")


def operator_typo(f: Failure) -> Diagnostic | None:
    """`=>`, `=<`, `===` and the like."""
    spaced = _SPACED.search(f.text, max(f.place.start, f.at - 4), min(f.place.end, f.at + 3))
    if spaced is not None and spaced.start() <= f.at <= spaced.end():
        right = "".join(spaced[0].split())
        span = Span(spaced.start(), spaced.end())
        right = _OPERATOR_TYPOS.get(right, right)
        fix = Fix(span, right, f"write {right}")
        return Diagnostic(
            codes.OPERATOR_TYPO, f"`{spaced[0]}` is one operator", span, f"write `{right}`", fixes=(fix,)
        )
    for start in range(max(f.place.start, f.at - 2), f.at + 1):
        match = re.compile(r"[<>=!~:]{2,3}").match(f.text, start, f.place.end)
        if match is not None and match[0] in _OPERATOR_TYPOS and match.end() > f.at:
            right = _OPERATOR_TYPOS[match[0]]
            span = Span(match.start(), match.end())
            message = f"`{match[0]}` is no operator"
            fix = Fix(span, right, f"write {right}")
            return Diagnostic(codes.OPERATOR_TYPO, message, span, f"write `{right}`", fixes=(fix,))
    return None


def counted_in_a_time(f: Failure) -> Diagnostic | None:
    """`more than 100 errors in 5 minutes`."""
    length = _LENGTH.match(f.text, f.at, f.place.end)
    if length is None or length["unit"].lower() not in TIME_UNITS:
        return None
    start = max(f.line_start, f.at - 200)
    counted = _COUNTED.search(f.text, start, f.at)
    if counted is None:
        return None
    op = " ".join(counted["op"].lower().split())
    span = Span(counted.start(), length.end())
    window = duration(length[0], span).text
    return counted_how(counted["name"], _OPERATORS.get(op, op), counted["number"], window, span)


def half_a_length(f: Failure) -> Diagnostic | None:
    """`1h30`: the last unit is left out."""
    before = re.search(r"(?<![\w.])\d+([dhm])\Z", f.text[max(f.place.start, f.at - 20) : f.at])
    if f.at_end or not f.found.isdigit() or before is None:
        return None
    start = f.at - len(before[0])
    right = f"{before[0]}{f.found}{_SMALLER[before[1]]}"
    span = Span(start, f.thing.end)
    fix = Fix(span, right, f"write {right}")
    message = f"`{f.found}` has no unit of time"
    return Diagnostic(codes.DURATION_UNIT, message, f.thing, f"write {right}", fixes=(fix,))


def misspelled_comparison(f: Failure) -> Diagnostic | None:
    """`greater then`, `abvoe`: a comparison is expected, and a word near the place is almost one."""
    before = f.words_before()[-2:]
    if not f.compares:
        return _misspelled_after_is(f, before[-1:])
    if len(before) == 2 and before[1][0].lower() in ("then", "than", "thna", "tahn"):
        comparative = nearest(before[0][0], _COMPARATIVES)
        if comparative is not None:
            return _misspelling(f, before[0][1].to(before[1][1]), f"{comparative} than")
    here = [(f.found, f.thing)] if f.found[:1].isalpha() else []
    for word, span in [*here, *reversed(before)]:
        if word.lower() in _COMPARATIVES and not f.at_end:
            return _misspelling(f, span, f"{word.lower()} than")
        right = nearest(word, _OPERATOR_WORDS)
        if right is not None and right != word.lower():
            return _misspelling(f, span, right)
    return None


def _misspelled_after_is(f: Failure, before: list[tuple[str, Span]]) -> Diagnostic | None:
    """`is abov 90%`."""
    if not before or f.at_end or not re.match(r"[-$\d]", f.found):
        return None
    word, span = before[0]
    right = nearest(word, _BARE)
    if right is None or right == word.lower() or "EQ" not in {getattr(t, "type", "") for t in f.stack[-3:]}:
        return None
    return _misspelling(f, span, right)


def misspelled_window(f: Failure) -> Diagnostic | None:
    """`avg of cpu usage ovr 5m`, `... over 5m bye host`."""
    if not {"AGGREGATE", "COUNT_OF", "PLAIN_AGGREGATE"} & {getattr(t, "type", "") for t in f.stack}:
        return None
    here = (f.found, f.thing) if f.found[:1].isalpha() else None
    before = f.words_before()[-1:] if f.found[:1].isdigit() else []
    for word, span in (*([here] if here else []), *before):
        right = nearest(word, ("over", "by", "across", "overall"))
        if right is not None and right != word.lower():
            return _misspelling(f, span, right)
    return None


_SLOWER = re.compile(r"(?:is[ \t]+)?(slower|faster|worse|better)[ \t]+than", re.IGNORECASE)


def slower(f: Failure) -> Diagnostic | None:
    """`slower than 5s`: of a time that is more, of a speed it is less."""
    for match in _SLOWER.finditer(f.text, max(f.place.start, f.at - 30), f.place.end):
        if match.start() <= f.at <= match.end() + 1:
            span = Span(match.start(), match.end())
            fixes = tuple(Fix(span, f"is {how} than", f"write {how} than") for how in ("more", "less"))
            message = f"`{match[1].lower()}` of a time and of a speed are opposites"
            return Diagnostic(codes.DIRECTION, message, span, "write more than, or less than", fixes=fixes)
    return None


def misspelled_joining(f: Failure) -> Diagnostic | None:
    """A word after a number is read as its unit; `70k fur 5m` fails only behind it."""
    if f.compares:
        return None
    before = f.words_before()[-1:]
    here = [(f.found, f.thing)] if f.found[:1].isalpha() else []
    for word, span in [*before, *here]:
        right = nearest(word, _JOINING) if word.lower() not in ("xor", "nor") else None
        follows = f.text[span.end : f.at].strip() == ""
        wanted = right is not None and right.upper() in f.accepted
        if (
            right is not None
            and wanted
            and right != word.lower()
            and follows
            and canonical_unit(word) == word
        ):
            return _misspelling(f, span, right)
    return None


def _misspelling(f: Failure, span: Span, right: str) -> Diagnostic:
    wrong = f.text[span.start : span.end]
    fix = Fix(span, right, f"write {right}")
    message = f"`{wrong}` is no word of the language; did you mean `{right}`?"
    return Diagnostic(codes.MISSPELLED, message, span, f"write `{right}`", fixes=(fix,))


def bare_operator(f: Failure) -> Diagnostic | None:
    """`price above hot`: a bare `above` compares only with a number, so that it may stand in names."""
    if not f.compares:
        return None
    words = f.words_before()
    for i, (word, span) in enumerate(words):
        if i and word.lower() in _BARE and not re.match(r"[ \t]*\d", f.text[span.end : f.at]):
            if i == len(words) - 1:
                message, hint = f"`{word}` needs a number after it", f"for example: {word} 90"
                return Diagnostic(codes.NO_COMPARISON, message, span, hint)
            right = f"is {word.lower()}"
            message = f"before a name, `{word}` needs an `is`"
            fix = Fix(span, right, f"write {right}")
            rest = cut(f.text[span.end : f.at])
            return Diagnostic(codes.NO_COMPARISON, message, span, f"write `{right} {rest}`", fixes=(fix,))
    return None
