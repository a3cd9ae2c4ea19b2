"""`cpu usage > 90% on web1`: where something is stands before the comparison."""

from __future__ import annotations

import re

from alertdsl.diagnostics import Diagnostic, Fix, Span
from alertdsl.syntax import codes
from alertdsl.syntax.failure import Failure, cut

_WORD = r"[^\W\d][\w./:-]*"
_NO_PLACE = r"(?!(?:for|and|or|unless|but|over|within|every|by)\b)"
_PLACE = re.compile(
    rf'(?:on|at|in|from)[ \t]+(?:the[ \t]+)?(?P<place>"[^"\n]*"|{_WORD}(?:[ \t]+{_NO_PLACE}{_WORD}){{0,3}})',
    re.IGNORECASE,
)
_WINDOW = re.compile(r"(?:in|at)[ \t]+(?:the[ \t]+)?(?:last|past|previous|\d)", re.IGNORECASE)
_HOURS = re.compile(
    r"(?:on|at|in|from)[ \t]+(?:the[ \t]+)?(?:weekdays?|weekends?|(?:mon|tues|wednes|thurs|fri|satur|sun)days?|nights?|mornings?"
    r"|evenings?|(?:business|working|office)[ \t]+hours|\d{1,2}(?::\d\d)?(?:am|pm)?[ \t]*(?:to|-|until))\b",
    re.IGNORECASE,
)
_COMPARISON = re.compile(
    r"[ \t]*(?=[<>=!≥≤≠]|\b(?:is|are|goes|gets|stays|rises|falls|drops|exceeds|reaches|above|below|over|under|crosses)\b)",
    re.IGNORECASE,
)
_BEGINNING = re.compile(r"\b(?:and|or|unless|when|if|not)\b|\(", re.IGNORECASE)
_EACH = re.compile(r"(?:any|every|each|all)\b", re.IGNORECASE)


def place_after(f: Failure) -> Diagnostic | None:
    """The place or thing after the comparison, moved to the value that it belongs to; taken out where it says no more than that
    each series counts."""
    if f.compares or f.at_end:
        return None
    line = f.line_start
    # A preposition after a number was taken for its unit.
    before = re.search(r"\b(?:on|at|in|from)[ \t]+$", f.text[line : f.at], re.IGNORECASE)
    at = f.at if before is None else line + before.start()
    time = _time_after(f, at)
    if time is not None:
        return time
    place = _PLACE.match(f.text, at, f.place.end)
    if place is None:
        return None
    start = max((line + m.end() for m in _BEGINNING.finditer(f.text[line:at])), default=line)
    start += len(f.text[start:at]) - len(f.text[start:at].lstrip())
    comparison = _COMPARISON.search(f.text, start, at)
    if comparison is None or comparison.start() == start:
        return None
    value, rest = f.text[start : comparison.start()], f.text[comparison.end() : at].rstrip()
    span = Span(at, place.end())
    whole = Span(start, place.end())
    if _EACH.match(place["place"]) and len(place["place"].split()) > 2:
        # `on any db machine` says which of them, in words that nobody here knows.
        message = f"`{cut(place[0])}` stands before the comparison, behind what it belongs to"
        return Diagnostic(
            codes.UNEXPECTED, message, span, 'name them with their tag: load{host=~"db.*"} > 16'
        )
    if _EACH.match(place["place"]):
        right = f"{value} {rest}"
        message = f"`{cut(place[0])}` is not needed: each series has its own alert"
    else:
        right = f"{value} on {place['place']} {rest}"
        message = f"`{cut(place[0])}` stands before the comparison, behind what it belongs to"
    fix = Fix(whole, right, f"write {cut(right)}")
    return Diagnostic(codes.UNEXPECTED, message, span, f"write {cut(right)}", fixes=(fix,))


def _time_after(f: Failure, at: int) -> Diagnostic | None:
    """A window, or hours of the day, where the comparison is over."""
    end = f.text.find("\n", at, f.place.end)
    span = Span(at, f.place.end if end < 0 else end)
    said = cut(f.text[at : span.end])
    if _WINDOW.match(f.text, at, f.place.end):
        hint = "say what of the points in it counts, as in: avg of load over 1h > 8, or: load > 8 for 1h"
        return Diagnostic(codes.UNEXPECTED, f"`{said}` does not say which of its values is meant", span, hint)
    if _HOURS.match(f.text, at, f.place.end):
        hint = "write a rule, and in it: during 09:00-17:00 on weekdays in Europe/London"
        return Diagnostic(codes.UNEXPECTED, f"`{said}`: hours stand on a line of their own", span, hint)
    return None
