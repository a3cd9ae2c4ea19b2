"""What stands behind a comparison and says which of its values is meant, or which texts: `latency above 1s over the last 5m`."""

from __future__ import annotations

import re

from alertdsl.diagnostics import Diagnostic, Fix, Span
from alertdsl.syntax import codes
from alertdsl.syntax.failure import Failure, cut

_WINDOW = re.compile(
    r"(?:over|in|within|during|across)[ \t]+(?:the[ \t]+)?(?:(?:last|past|previous)[ \t]+)?"
    r"(?P<length>\d+[ \t]*[^\W\d_]+|(?:(?:an?|one|half[ \t]+an?)[ \t]+)?(?:minute|hour|day|week))(?=[ \t]*(?:\Z|[\n.,;)]))",
    re.IGNORECASE,
)
_AGGREGATE = re.compile(
    r"(?:the[ \t]+)?(?P<how>avg|average|mean|sum|total|min|minimum|max|maximum|peak|median|p\d{1,3}(?:\.\d+)?)[ \t]+(?:of[ \t]+)?",
    re.IGNORECASE,
)
_COMPARISON = re.compile(
    r"[ \t]+(?:is[ \t]+|are[ \t]+|goes[ \t]+)?(?:[<>=!]=?|above|below|over|under|exceeds|at[ \t]+(?:least|most)"
    r"|(?:more|less|greater|higher|lower|fewer|bigger|smaller|longer)[ \t]+than)[ \t]*(?=[-$€£¥]?\d)",
    re.IGNORECASE,
)
_AHEAD = re.compile(r"\b(?:will|going)\b", re.IGNORECASE)
_STARTS = re.compile(r"\b(?:and|or|unless|when|if|not)\b[ \t]*|\(", re.IGNORECASE)
_EITHER = re.compile(
    r"(?:(?P<no>(?:is|are)[ \t]+not|isn't|aren't|!=|<>)|is|are|==?)[ \t]+(?:either[ \t]+)?"
    r"(?P<words>[^\W\d][\w-]*(?:[ \t]*,[ \t]*[^\W\d][\w-]*)*[ \t]*,?[ \t]*(?:or|nor)[ \t]+[^\W\d][\w-]*)"
    r"(?=[ \t]*(?:\Z|[\n.)]|(?:for|and|unless)\b))",
    re.IGNORECASE,
)


def window_behind(f: Failure) -> Diagnostic | None:
    """`p99 latency above 750ms over the last 5m`: the window belongs to the aggregate; where none is named, two are likely."""
    if f.compares or f.at_end:
        return None
    begin = f.line_start
    window = next(
        (
            m
            for m in _WINDOW.finditer(f.text, max(begin, f.at - 40), f.place.end)
            if m.start() <= f.at <= m.end()
        ),
        None,
    )
    if window is None:
        return None
    start = max((m.end() for m in _STARTS.finditer(f.text, begin, window.start())), default=begin)
    comparison = _COMPARISON.search(f.text, start, window.start())
    if comparison is None or comparison.start() <= start:
        return None
    value = f.text[start : comparison.start()].strip()
    rest = f.text[comparison.start() : window.start()].strip()
    if _AHEAD.search(value):
        return None
    length = window["length"]
    length = f"one {length}" if length[0].isalpha() and " " not in length else length
    span = Span(start, window.end())
    named = _AGGREGATE.match(value)
    if named is not None:
        readings = [f"{named['how']} of {value[named.end() :]} over {length} {rest}"]
    else:
        readings = [f"avg of {value} over {length} {rest}", f"{value} {rest} for {length}"]
        readings.insert(1, f"max of {value} over {length} {rest}")
    fixes = tuple(Fix(span, text, f"write {cut(text)}") for text in readings)
    message = f"`{cut(window[0])}` does not say which of its values is meant"
    if named is not None:
        message = f"`{cut(window[0])}` stands behind the value that it belongs to"
    hint = "write " + " or ".join(cut(text) for text in readings)
    return Diagnostic(codes.UNEXPECTED, message, Span(window.start(), window.end()), hint, fixes=fixes)


def either_words(f: Failure) -> Diagnostic | None:
    """`job status is failed or timeout`: texts, if they had quotes."""
    begin = f.line_start
    for match in _EITHER.finditer(f.text, begin, f.place.end):
        if not match.start() <= f.at <= match.end() + 1:
            continue
        words = [one for one in re.findall(r"[\w-]+", match["words"]) if one.lower() not in ("or", "nor")]
        choices = ", ".join(f'"{one}"' for one in words)
        right = f"{'not in' if match['no'] else 'in'} ({choices})"
        span = Span(match.start(), match.end())
        fix = Fix(span, right, f"write {right}")
        message = f"`{cut(match['words'])}`: texts are quoted, and several stand in brackets"
        return Diagnostic(codes.UNEXPECTED, message, span, f"write {right}", fixes=(fix,))
    return None
