"""Numbers as other countries and keyboards write them, and windows and places that stand at the wrong end of a condition."""

from __future__ import annotations

import re

from alertdsl.diagnostics import Diagnostic, Fix, Span
from alertdsl.syntax import codes
from alertdsl.syntax.failure import Failure, cut
from alertdsl.syntax.spelling import nearest
from alertdsl.syntax.words import AGGREGATES

_RUN = re.compile(r"(?<![\w.,])\d[\d.,']*\d(?![\w']*\()")
_LETTER_O = re.compile(r"(?<![\w.])\d+[oO][\doO]*(?=%|\b)")
_CODE = re.compile(r"(USD|EUR|GBP|JPY)[ \t]+(\d[\d_.,]*[kM]?)")
_WINDOWED = re.compile(
    r"(?P<name>[^\W\d][\w.'-]*(?:[ \t]+[^\W\d][\w.'-]*){0,7}?)[ \t]+(?:over|in|within|during)[ \t]+(?:the[ \t]+(?:last|past)[ \t]+)?"
    r"(?P<length>\d+[ \t]*[a-z]+)(?P<rest>[ \t]+(?:by|per)[ \t]+[\w.-]+)?[ \t]*$",
    re.IGNORECASE,
)
_BEHIND = re.compile(
    r"(?P<name>[^\W\d][\w.-]*(?:[ \t]+[^\W\d][\w.-]*){0,5})[ \t]*(?P<compared>(?:[<>]=?|==?|!=|above|below|over|under)[ \t]*"
    r"[$€]?\d[\w.,]*[ \t]*%?)[ \t]+(?P<place>\d+[smhdw][ \t]+ago)(?![.-]?\w)",
    re.IGNORECASE,
)
_BOTH = re.compile(
    r"(?P<a>[^\W\d][\w.-]*(?:[ \t]+[^\W\d][\w.-]*){0,5}?)[ \t]+(?P<j>and|or)[ \t]+(?P<b>[^\W\d][\w.-]*(?:[ \t]+[^\W\d][\w.-]*){0,5}?)"
    r"[ \t]+(?:(?:are[ \t]+)?both[ \t]+|are[ \t]+)?(?P<op>[<>]=?|==?|!=|above|below|over|under|exceed)[ \t]*"
    r"(?P<number>[$€]?\d[\w.,]*[ \t]*%?)",
    re.IGNORECASE,
)
_CONDITION = re.compile(
    r"[^\W\d][\w.'-]*(?:[ \t]+[^\W\d][\w.'-]*){0,6}?[ \t]*(?:[<>]=?|==?|!=|(?:is|above|below|over|under|exceeds|drops|goes)(?!\w))",
    re.IGNORECASE,
)
_SIGNS = {"above": ">", "over": ">", "exceed": ">", "below": "<", "under": "<"}
_VAGUE = re.compile(
    r"(?:[ \t]+(?:is|are|gets|goes|looks|seems|almost|nearly|too|very|so|really|pretty|quite|running|getting))*[ \t]+(?:full|high|low|"
    r"slow|fast|big|large|small|hot|cold|warm|bad|wrong|empty|up|down|busy|broken|overloaded|stuck|weird|unusual|spiking|out|much)$",
    re.IGNORECASE,
)
_HOW_MANY = re.compile(
    r"(?:at[ \t]+(?P<at>[a-z]+)[ \t]+)?(?P<n>\d+)[ \t]+(?P<tag>[^\W\d][\w.-]*)[ \t]+ha(?:ve|s)(?![.-]?\w)",
    re.IGNORECASE,
)


def decimal_comma(f: Failure) -> Diagnostic | None:
    """`0,5`, `1.234,56`, `70'000`."""
    for match in _RUN.finditer(f.text, max(f.place.start, f.at - 25), min(f.place.end, f.at + 25)):
        if not match.start() <= f.at <= match.end():
            continue
        text = match[0]
        if re.fullmatch(r"\d{1,3}(?:'\d{3})+", text):
            return _number(match, text.replace("'", ""), "digit groups are written with `,` or `_`")
        if re.fullmatch(r"\d{1,3}(?:\.\d{3})*,\d+", text):
            return _number(match, text.replace(".", "").replace(",", "."), "the decimal sign is a point")
    return None


def letter_for_zero(f: Failure) -> Diagnostic | None:
    """`9O%`, with the letter."""
    for match in _LETTER_O.finditer(f.text, max(f.place.start, f.at - 25), min(f.place.end, f.at + 25)):
        if match.start() <= f.at <= match.end():
            return _number(match, re.sub("[oO]", "0", match[0]), "that is a letter, not a zero")
    return None


def currency_first(f: Failure) -> Diagnostic | None:
    """`> USD 70000`."""
    for match in _CODE.finditer(f.text, max(f.place.start, f.at - 8), min(f.place.end, f.at + 25)):
        if match.start() <= f.at <= match.end():
            return _number(match, f"{match[2]} {match[1]}", "the name of a currency stands behind the amount")
    return None


def windowed(f: Failure) -> Diagnostic | None:
    """`cpu usage over 5m > 90%`, `avgerage of cpu usage over 5m > 90%`."""
    if not re.match(
        r"[<>=!]|is(?!\w)|above|below|over|under|exceeds|goes|drops", f.text[f.at : f.at + 10], re.IGNORECASE
    ):
        return None
    start = max(f.line_start, f.at - 200)
    joined = [
        m.end()
        for m in re.compile(r"(?<![\w.-])(?:and|or|not|unless|when|if)[ \t]+", re.IGNORECASE).finditer(
            f.text, start, f.at
        )
    ]
    match = _WINDOWED.match(f.text, joined[-1] if joined else start, f.at)
    if match is None:
        return None
    name = match["name"]
    head, _, rest = name.partition(" of ")
    if rest and (right := nearest(head, [a for a in AGGREGATES if len(a) > 2])) is not None:
        span = Span(match.start(), match.start() + len(head))
        fix = Fix(span, right, f"write {right}")
        message = f"`{head} of` is no aggregate; did you mean `{right} of`?"
        return Diagnostic(codes.MISSPELLED, message, span, f"write `{right} of`", fixes=(fix,))
    span = Span(match.start(), match.end())
    said = f.text[match.start() : match.end()].strip()
    fixes = tuple(
        Fix(Span(span.start, span.start), f"{how} of ", f"write {how} of") for how in ("avg", "max", "min")
    )
    return Diagnostic(
        codes.AMBIGUOUS_AGGREGATE,
        f"what of `{cut(name)}` over that time?",
        span,
        f"write for example avg of {cut(said)}",
        fixes=fixes,
    )


def ago_behind(f: Failure) -> Diagnostic | None:
    """`cpu usage > 90% 1h ago`."""
    match = _near(_BEHIND, f)
    if match is None or not match.start("place") - 1 <= f.at <= match.end("place"):
        return None
    text = f"{match['name']} {match['place']} {match['compared'].strip()}"
    span = Span(match.start(), match.end())
    message = f"`{match['place']}` stands beside the metric"
    return Diagnostic(
        codes.UNEXPECTED,
        message,
        Span(match.start("place"), match.end("place")),
        f"write {text}",
        fixes=(Fix(span, text, f"write {text}"),),
    )


def of_both(f: Failure) -> Diagnostic | None:
    """`cpu usage and load > 90`, `cpu usage on web1 or web2 > 90%`."""
    match = _near(_BOTH, f)
    if match is None or not match.start("j") - 1 <= f.at <= match.end("j"):
        return None
    first, second = match["a"], match["b"]
    if " " not in second and (place := re.search(r"(.*[ \t](?:on|of|in)[ \t]+)\S+$", first, re.IGNORECASE)):
        second = f"{place[1]}{second}"
    compared = f"{_SIGNS.get(match['op'].lower(), match['op'])} {match['number'].strip()}"
    text = f"{first} {compared} {match['j'].lower()} {second} {compared}"
    span = Span(match.start(), match.end())
    message = f"`{cut(first)}` is not compared with anything"
    place_ = Span(match.start("a"), match.end("a"))
    return Diagnostic(
        codes.NO_COMPARISON, message, place_, f"write {text}", fixes=(Fix(span, text, f"write {text}"),)
    )


def joining(f: Failure) -> Diagnostic | None:
    """`cpu usage > 90% load > 4`."""
    if (
        not {"AND", "OR"} <= f.accepted
        or f.compares
        or not _CONDITION.match(f.text, f.at, min(f.place.end, f.at + 120))
    ):
        return None
    if f.found.lower() == "xor":
        hint = "one but not the other is written (A and not B) or (B and not A)"
        return Diagnostic(codes.UNEXPECTED, "there is no `xor`", f.thing, hint)
    fixes = tuple(Fix(Span(f.at, f.at), f"{word} ", f"write {word}") for word in ("and", "or"))
    message = f"`and` or `or` is missing before `{f.found}`"
    return Diagnostic(
        codes.UNEXPECTED, message, f.thing, "conditions are joined by `and` or `or`", fixes=fixes
    )


def vague(f: Failure) -> Diagnostic | None:
    """`disk almost full`: from which number on?"""
    if not f.compares:
        return None
    start = f.value_start()
    value = f.text[start : f.at].strip()
    match = _VAGUE.search(value)
    if match is None or not match.start():
        return None
    said = " ".join(match[0].split())
    name = value[: match.start()]
    span = Span(start + match.end() - len(match[0].lstrip()), start + len(value))
    hint = f"say from which number on, for example: {cut(name)} > 90"
    return Diagnostic(codes.NO_COMPARISON, f"`{said}` is no number", span, hint)


def how_many(f: Failure) -> Diagnostic | None:
    """`3 hosts have cpu usage > 90%`."""
    match = _near(_HOW_MANY, f)
    if match is None or not match.start() <= f.at <= match.end():
        return None
    if match["at"] is not None:
        span, right = Span(match.start("at"), match.end("at")), nearest(match["at"], ("least", "most"))
        if right is None:
            return None
        fix = Fix(span, right, f"write {right}")
        message = f"`{match['at']}` is no word of the language; did you mean `{right}`?"
        return Diagnostic(codes.MISSPELLED, message, span, f"write `{right}`", fixes=(fix,))
    number = Span(match.start(), match.end("n"))
    fixes = tuple(
        Fix(number, f"{how} {match['n']}", f"write {how} {match['n']}") for how in ("at least", "exactly")
    )
    message = f"{match['n']} or more, or just {match['n']}?"
    return Diagnostic(
        codes.UNEXPECTED,
        message,
        number,
        f"write at least {match['n']}, or exactly {match['n']}",
        fixes=fixes,
    )


def _near(pattern: re.Pattern[str], f: Failure) -> re.Match[str] | None:
    line = max(f.line_start, f.at - 200)
    joined = [
        m.end()
        for m in re.compile(r"(?<![\w.-])(?:not|unless|when|if)[ \t]+", re.IGNORECASE).finditer(
            f.text, line, f.at
        )
    ]
    end = min(f.place.end, f.at + 80)
    return pattern.search(f.text, joined[-1] if joined else line, end)


def _number(match: re.Match[str], text: str, message: str) -> Diagnostic:
    span = Span(match.start(), match.end())
    return Diagnostic(
        codes.DECIMAL_COMMA, message, span, f"write {text}", fixes=(Fix(span, text, f"write {text}"),)
    )
