"""From a failed parse to a diagnostic in words: what is wrong, where, and where possible the fix."""

from __future__ import annotations

import html
import re
import unicodedata
from collections.abc import Callable
from typing import Any

from alertdsl.diagnostics import Diagnostic, Fix, Span
from alertdsl.syntax import codes, figures, foreign, left_out, misplaced, no_window, slips
from alertdsl.syntax.behind import either_words, window_behind
from alertdsl.syntax.expected import CLAUSE_WORDS, CLAUSES, in_words, kin_of_clause
from alertdsl.syntax.failure import Failure, cut, start_of
from alertdsl.syntax.places import place_after
from alertdsl.syntax.sayings import saying
from alertdsl.syntax.texts import quote

_QUOTED = re.compile(r'"(?:\\.|[^"\\\n])*"')
_OUTSIDE_TEXTS = re.compile(r'"(?:\\.|[^"\\\n])*"|#[^\n]*|[(){}]')
_QUANTIFIER = re.compile(
    r"(?:(?:at[ \t]+(?:least|most)|(?:more|fewer|less)[ \t]+than|exactly)[ \t]+\d+(?:[ \t]*%[ \t]+of)?|all|any|no)[ \t]+[\w.-]+",
    re.IGNORECASE,
)
_COMPARES = re.compile(
    r"[ \t]+(?=[<>=!]|(?:is|are|above|below|over|under|exceeds|goes|stays|between|outside)(?!\w))"
)
_FIRST_WORD = re.compile(r"\s*([^\W\d]+)")
_BEGINNINGS = frozenset({"rule", "let", "use", "import", *(words.split()[0] for words in CLAUSE_WORDS)})
_ESCAPED = re.compile(r"&(?:gt|lt|amp|quot|apos|#39|#x27);")
_PAIRS = {")": "(", "}": "{"}


def explain(problem: Any, text: str, place: Span) -> Diagnostic:
    """The diagnostic for an `UnexpectedInput` of lark in a part of a text."""
    token = getattr(problem, "token", None)
    ended = token is not None and token.type == "$END"
    at = place.end if ended else min(problem.pos_in_stream, place.end)
    inside = problem.interactive_parser
    accepted = frozenset(inside.accepts())
    failure = Failure(text, place, at, accepted, tuple(inside.parser_state.value_stack))
    for check in _CHECKS:
        found = check(failure)
        if found is not None:
            return found
    return _unexpected(failure)


def _unexpected(f: Failure) -> Diagnostic:
    wanted = in_words(f.accepted)
    if f.at_end:
        what = "clause" if _is_of_file(f) else "text"
        return Diagnostic(codes.UNEXPECTED, f"the {what} ends where {wanted} is expected", f.thing)
    if f.found == "\n":
        return Diagnostic(codes.UNEXPECTED, f"the line ends where {wanted} is expected", f.thing)
    return Diagnostic(codes.UNEXPECTED, f"{_shown(f.found)} is not expected here; {wanted} is", f.thing)


def _is_of_file(f: Failure) -> bool:
    """Whether the part begins as an item of a file or a clause of a rule does: no condition alone."""
    first = _FIRST_WORD.match(f.text, f.place.start, f.place.end)
    return first is not None and first[1].lower() in _BEGINNINGS


def _unclosed_quote(f: Failure) -> Diagnostic | None:
    if f.at_end or f.text[f.at] != '"' or _QUOTED.match(f.text, f.at, f.place.end):
        return None
    end = f.text.find("\n", f.at)
    end = f.place.end if end < 0 else min(end, f.place.end)
    hint = 'close it with " on the same line; a " inside a text is written \\"'
    return Diagnostic(codes.UNCLOSED_QUOTE, "this quote is not closed", Span(f.at, end), hint)


def _single_quote(f: Failure) -> Diagnostic | None:
    if f.at_end or f.text[f.at] != "'":
        return None
    match = re.compile(r"'([^'\n]*)'").match(f.text, f.at, f.place.end)
    if match is None:
        hint = 'quote a name that holds one: "driver\'s seat" temperature'
        return Diagnostic(codes.STRAY_CHARACTER, "an apostrophe is not expected here", f.thing, hint)
    span = Span(match.start(), match.end())
    text = quote(match[1])
    fix = Fix(span, text, "use double quotes")
    return Diagnostic(
        codes.STRAY_CHARACTER, "texts stand in double quotes", span, f"write {text}", fixes=(fix,)
    )


def _brackets(f: Failure) -> Diagnostic | None:
    open_: list[tuple[str, int]] = []
    for m in _OUTSIDE_TEXTS.finditer(f.text, f.place.start, f.at):
        if m[0] in "({":
            open_.append((m[0], m.start()))
        elif m[0] in ")}" and open_:
            open_.pop()
    here = "" if f.at_end else f.text[f.at]
    if here in _PAIRS and (not open_ or open_[-1][0] != _PAIRS[here]):
        fix = Fix(f.thing, "", "delete it")
        return Diagnostic(codes.STRAY_BRACKET, f"`{here}` closes nothing", f.thing, "delete it", fixes=(fix,))
    if open_ and here in ("", "\n") and not f.compares:
        bracket, start = open_[-1]
        closing = ")" if bracket == "(" else "}"
        message = f"`{bracket}` is not closed"
        return Diagnostic(
            codes.UNCLOSED_BRACKET, message, Span(start, start + 1), f"close it with `{closing}`"
        )
    return None


def _unknown_clause(f: Failure) -> Diagnostic | None:
    at = f.at
    if not f.at_end and f.text[at] == "\n":
        at = at + len(f.text[at : f.place.end]) - len(f.text[at : f.place.end].lstrip())
    elif not {"WHEN", "MESSAGE"} <= f.accepted or "QUOTED" in f.accepted:
        return None
    match = re.compile(r"[^\W\d][\w.-]*").match(f.text, at, f.place.end)
    if match is None:
        return None
    span = Span(match.start(), match.end())
    right = kin_of_clause(match[0])
    absent = re.compile(r"on[ \t]+(?:missing|absent|no)[ \t]*data", re.IGNORECASE).match(
        f.text, at, f.place.end
    )
    if absent is not None:
        right, span = "on no data", Span(absent.start(), absent.end())
    if right is None and f.compares:
        return None
    if f.place.start == 0 and not _is_of_file(f):
        hint = "join the lines with `and` or `or`, or make each a rule: `rule some-name`, and `when ...` on a line below"
        return Diagnostic(codes.UNKNOWN_CLAUSE, "a condition ends here, and another begins", span, hint)
    message = f"a line of a rule starts with a clause, and `{f.text[span.start : span.end]}` is none"
    if right is None or right == match[0].lower():
        return Diagnostic(codes.UNKNOWN_CLAUSE, message, span, f"clauses are {', '.join(CLAUSES)}")
    fix = Fix(span, right, f"write {right}")
    return Diagnostic(
        codes.UNKNOWN_CLAUSE, f"{message}; did you mean `{right}`?", span, f"write `{right}`", fixes=(fix,)
    )


def _rule_name(f: Failure) -> Diagnostic | None:
    match = re.compile(r"[ \t]*rule[ \t]+([\w.-]+(?:[ \t]+[\w.-]+)+)", re.IGNORECASE).match(
        f.text, f.place.start, f.place.end
    )
    if match is None or not match.start(1) < f.at < match.end(1):
        return None
    words = match[1].split()
    if words[1].lower() in CLAUSE_WORDS:
        return None
    span = Span(match.start(1), match.end(1))
    joined = "-".join(words)
    fixes = (Fix(span, joined, f"write {joined}"), Fix(span, quote(match[1]), "quote it"))
    return Diagnostic(
        codes.UNEXPECTED, "a rule's name is one word", span, f"write {joined}, or quote it", fixes=fixes
    )


def _not_a_file(f: Failure) -> Diagnostic | None:
    if "RULE" not in f.accepted or f.at_end:
        return None
    end = f.text.find("\n", f.at)
    span = Span(f.at, f.place.end if end < 0 else min(end, f.place.end))
    hint = "a rule begins with `rule some-name`, and its condition follows on a line `when ...`"
    return Diagnostic(
        codes.UNEXPECTED, "no rules in this text: `rule`, `let` or `import` is expected", span, hint
    )


def _is_in_name(f: Failure) -> Diagnostic | None:
    """`what is this > 5`: the first `is` was read as the comparison."""
    if (
        len(f.stack) < 2
        or f.compares
        or not re.match(r"[<>=!]|is(?!\w)|above|below|over|under|exceeds", f.text[f.at : f.place.end])
    ):
        return None
    token = next((t for t in reversed(f.stack[:-1]) if getattr(t, "type", "") in ("EQ", "NE")), None)
    if token is None or str(token).lower() not in ("is", "are", "is not") or token is not f.stack[-2]:
        return None
    start = start_of(f.stack[-3]) if len(f.stack) > 2 else f.place.start
    return _reserved(f, str(token).lower(), Span(token.start_pos, token.end_pos), Span(start, f.at))


def _keyword_in_name(f: Failure) -> Diagnostic | None:
    word = f.found.lower()
    if not f.compares or word not in ("for", "over", "by", "within", "else", "unless", "across", "overall"):
        return None
    after = f.text[f.thing.end : f.place.end]
    if (
        word in ("for", "over", "within") and re.match(r"[ \t]+(?:\d|the[ \t]|an?[ \t]|$)", after)
    ) or not after.strip():
        return None
    end = _COMPARES.search(f.text, f.thing.end, f.place.end)
    if end is None:
        return None
    return _reserved(f, word, f.thing, Span(f.value_start(), end.start()))


def _reserved(f: Failure, word: str, place: Span, name: Span) -> Diagnostic:
    text = f.text[name.start : name.end].strip()
    quoted = quote(text)
    message = f"`{word}` is a word of the language; a name that holds it is quoted"
    fix = Fix(Span(name.start, name.start + len(text)), quoted, f"write {quoted}")
    return Diagnostic(codes.RESERVED_IN_NAME, message, place, f"write {quoted}", fixes=(fix,))


def _no_unit_of_time(f: Failure) -> Diagnostic | None:
    if "DURATION" not in f.accepted or f.at_end or not f.found[0].isdigit():
        return None
    return Diagnostic(
        codes.DURATION_UNIT, f"`{f.found}` has no unit of time", f.thing, f"for example {f.found}m"
    )


def _no_have(f: Failure) -> Diagnostic | None:
    turned = [t.start_pos for t in f.stack[-4:] if getattr(t, "type", "") in ("GT", "GE", "LT", "LE")]
    if not f.compares and not (turned and _COMPARES.match(f" {f.text[f.at : f.at + 20]}")):
        return None
    start = turned[-1] if turned else f.value_start()
    match = _QUANTIFIER.match(f.text, start, f.place.end)
    if match is None:
        return None
    hint = "as in: at least 3 hosts have cpu usage > 90%"
    return Diagnostic(
        codes.UNEXPECTED, "`have` is expected after what is counted", Span(start, match.end()), hint
    )


def _no_comparison(f: Failure) -> Diagnostic | None:
    if not f.compares:
        return None
    start = f.value_start()
    value = f.text[start : f.at].strip()
    if not value:
        return None
    span = Span(start, start + len(value))
    if not f.at_end and (f.found[0].isdigit() or f.found[0] in "$€£¥"):
        message = f"there is no comparison between `{cut(value)}` and `{f.found}`"
        whole = re.compile(r"[$€£¥]?[\d.,_]+[^\W\d_]*%?[ \t]*(?:\Z|[\n)]|(?:and|or|for|unless)(?!\w))").match(
            f.text, f.at
        )
        signs = (">", "<") if whole else ()
        fixes = tuple(Fix(Span(f.at, f.at), f"{op} ", f"write {op}") for op in signs)
        hint = f"for example: {cut(value)} > {f.found}"
        return Diagnostic(codes.NO_COMPARISON, message, span, hint, fixes=fixes)
    listed = re.search(r"(?<!\w)in[ \t]+(\"[^\"\n]*\")$", value)
    if listed is not None:
        fix = Fix(Span(start + listed.start(1), start + listed.end(1)), f"({listed[1]})", "add brackets")
        return Diagnostic(
            codes.NO_COMPARISON,
            "`in` takes a list in brackets",
            span,
            f"write in ({listed[1]})",
            fixes=(fix,),
        )
    text = re.search(r"[ \t]([^\W\d][\w.-]*)[ \t]+\"[^\"\n]*\"$", value)
    if text is not None:
        word = Span(start + text.start(1), start + text.end(1))
        message = f"`{text[1]}` compares nothing; text is compared by `is`, `is not` and `matches`"
        fix = Fix(word, "is", "write is")
        return Diagnostic(codes.NO_COMPARISON, message, word, "write `is`", fixes=(fix,))
    message = f"`{cut(value)}` is not compared with anything"
    hint = f"add a comparison with a number, for example: {cut(value)} > 90"
    if f.found.lower() in ("and", "or"):
        hint += f"; if `{f.found}` belongs to the name, quote the name"
    return Diagnostic(codes.NO_COMPARISON, message, span, hint)


def _stray_character(f: Failure) -> Diagnostic | None:
    if f.at_end or re.match(r"[\w\s<>=!~+*/(){},.\"'$€£¥%-]", f.text[f.at]):
        return None
    escaped = _ESCAPED.match(f.text, f.at, f.place.end)
    end = escaped.end() if escaped else f.at + 1
    span, said = Span(f.at, end), f.text[f.at : end]
    right = html.unescape(said) if escaped else unicodedata.normalize("NFKC", said).strip()
    if right != said and right.isascii() and right.isprintable() and right:
        fix = Fix(span, right, f"write {right}")
        message = f"`{said}` is not the sign `{right}`"
        return Diagnostic(codes.STRAY_CHARACTER, message, span, f"write {right}", fixes=(fix,))
    if not said.isprintable():
        fix = Fix(span, "", "delete it")
        message = f"the character U+{ord(said):04X}, which does not show, has no meaning here"
        return Diagnostic(codes.STRAY_CHARACTER, message, span, "delete it", fixes=(fix,))
    hint = f'a name that holds it is quoted, for example "a {said} b"'
    if said in "&|":
        hint = f"to join conditions write {'and' if said == '&' else 'or'}; {hint}"
    message = f"the character `{said}` has no meaning here"
    return Diagnostic(codes.STRAY_CHARACTER, message, span, hint)


_CHECKS: tuple[Callable[[Failure], Diagnostic | None], ...] = (
    _unclosed_quote,
    figures.decimal_comma,
    figures.letter_for_zero,
    figures.currency_first,
    _single_quote,
    slips.operator_typo,
    left_out.starts_with_digit,
    left_out.quotes,
    misplaced.table_by,
    left_out.equals_sign,
    left_out.rung,
    left_out.times,
    left_out.brace_or_semicolon,
    left_out.braces,
    misplaced.begins_like_an_item,
    misplaced.not_so_many,
    misplaced.some_of_points,
    misplaced.twice,
    misplaced.from_others,
    foreign.idiom,
    foreign.word_operator,
    left_out.one_line,
    misplaced.clause_of_a_condition,
    misplaced.absent_comparison,
    _not_a_file,
    _rule_name,
    _unknown_clause,
    _brackets,
    left_out.doubled,
    either_words,
    left_out.metric,
    _stray_character,
    slips.counted_in_a_time,
    saying,
    slips.misspelled_window,
    slips.half_a_length,
    misplaced.grouping_of_a_count,
    no_window.of_the_calendar,
    figures.windowed,
    figures.ago_behind,
    misplaced.changed,
    misplaced.word_with_a_digit,
    figures.of_both,
    figures.how_many,
    slips.slower,
    _is_in_name,
    slips.misspelled_comparison,
    window_behind,
    place_after,
    slips.misspelled_joining,
    figures.joining,
    _no_unit_of_time,
    _keyword_in_name,
    slips.bare_operator,
    _no_have,
    figures.vague,
    left_out.comma,
    _no_comparison,
)


def _shown(found: str) -> str:
    return f"`{cut(found)}`" if found.isprintable() else repr(found)
