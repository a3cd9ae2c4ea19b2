"""Words of the language where they cannot stand, each with the place or the words for it."""

from __future__ import annotations

import re

from alertdsl.diagnostics import Diagnostic, Fix, Span
from alertdsl.syntax import codes
from alertdsl.syntax.failure import Failure, cut
from alertdsl.syntax.quantities import TIME_UNITS
from alertdsl.syntax.texts import quote

_CLAUSE = re.compile(
    r"(?:recovers?[ \t]+when|severity|every|during|labels?|notify|repeat[ \t]+every|escalate[ \t]+to|on[ \t]+no[ \t]+data"
    r"|forget[ \t]+after|once|expect|message)(?![.-]?\w)",
    re.IGNORECASE,
)
_OF_FILE = re.compile(r"\s*(?:rule|let|use|import)(?![.-]?\w)", re.IGNORECASE)
_OF_POINTS = re.compile(
    r"for[ \t]+(?P<n>\d+)[ \t]+(?:out[ \t]+of|of)(?:[ \t]+the[ \t]+last)?[ \t]+(?P<m>\d+)"
    r"(?:[ \t]+(?:data[ \t]*)?(?:points?|samples?|readings?|evaluations?|checks?|times))?(?![.-]?\w|[ \t]*[smhdw](?!\w))",
    re.IGNORECASE,
)
_NOT_SO_MANY = re.compile(
    r"(?<![\w.-])(?P<not>not[ \t]+)(?P<how>at[ \t]+least|at[ \t]+most|more[ \t]+than|(?:fewer|less)[ \t]+than|all|any|no)"
    r"(?P<rest>(?:[ \t]+\d+(?:[ \t]*%[ \t]+of)?)?[ \t]+[\w.-]+(?:[ \t]+by[ \t]+[\w., -]+?)?[ \t]+ha(?:ve|s)(?![.-]?\w))[^\n]*",
    re.IGNORECASE,
)
_OPPOSITE = {
    "at least": "fewer than",
    "more than": "at most",
    "at most": "more than",
    "fewer than": "at least",
    "less than": "at least",
    "any": "no",
    "no": "any",
}
_SAME = re.compile(r"[ \t]+(?:is|are)[ \t]+absent(?![.-]?\w)", re.IGNORECASE)
_STARTS = re.compile(
    r"[ \t]*(?P<word>rule|let|use)[ \t]+(?P<rest>(?:(?!when(?!\w))[\w.-]+[ \t]+)*(?!when(?!\w))[\w.-]+)[ \t]*(?P<op>[<>=!]=?)",
    re.IGNORECASE,
)
_TABLE = re.compile(
    r"let[ \t]+(?P<name>[\w.-]+)[ \t]+(?P<word>for(?:[ \t]+each)?|per|of|on|across)?[ \t]*(?P<tag>[\w.-]+)[ \t]*=[ \t]*\{",
    re.IGNORECASE,
)
_DIGIT_WORD = re.compile(
    r"(?P<word>\d+(?P<letters>[^\W\d_]{2,}))[ \t]*"
    r"(?:[<>=!/*+-]|(?:over|by|per|across|overall|is|are|exceeds|above|below|at|in)(?![.-]?\w))",
    re.IGNORECASE,
)
_CHANGED = re.compile(
    r"[ \t](?P<verb>(?:(?:has|have)[ \t]+)?(?:changed|changes|flips|flapped|flaps))$", re.IGNORECASE
)
_OTHERS = re.compile(
    r"deviates?[ \t]+by[^\n]*?[ \t](?P<from>from(?![ \t]+its(?!\w)))(?![.-]?\w)", re.IGNORECASE
)


_GROUPED_BEHIND = re.compile(
    r"(?P<how>(?:at[ \t]+(?:least|most)|more[ \t]+than|(?:fewer|less)[ \t]+than|exactly)[ \t]+[\w.]+(?:[ \t]*%[ \t]+of)?[ \t]+[\w.-]+)"
    r"(?P<rest>[ \t]+ha(?:ve|s)[ \t][^\n()]*?)[ \t]+(?P<by>(?:by|per|for[ \t]+each)[ \t]+[\w.-]+)",
    re.IGNORECASE,
)


def grouping_of_a_count(f: Failure) -> Diagnostic | None:
    """`at least 3 hosts have cpu usage > 90% by region`: what is counted is grouped where it is named."""
    start = max(f.line_start, f.at - 200)
    match = _GROUPED_BEHIND.search(f.text, start, f.place.end)
    if match is None or match.start("by") != f.at:
        return None
    span, text = Span(match.start(), match.end()), f"{match['how']} {match['by']}{match['rest']}"
    message = f"`{match['by']}` stands behind what is counted"
    fix = Fix(span, text, f"write {text}")
    return Diagnostic(
        codes.UNEXPECTED,
        message,
        Span(match.start("by"), match.end("by")),
        f"write {cut(text)}",
        fixes=(fix,),
    )


def clause_of_a_condition(f: Failure) -> Diagnostic | None:
    """`cpu usage > 90% severity critical`: a condition alone has no clauses, a rule has."""
    if f.at_end or "AND" not in f.accepted or _OF_FILE.match(f.text, f.place.start) or f.place.start:
        return None
    clause = _CLAUSE.match(f.text, f.at, f.place.end)
    if clause is None:
        return None
    condition, rest = f.text[: f.at].strip(), f.text[f.at : f.place.end].strip()
    text = f"rule some-name\n  when {condition}\n  {rest}"
    fix = Fix(f.place, text, "make it a rule")
    message = f"`{clause[0]}` is a clause of a rule, and this is a condition alone"
    span = Span(clause.start(), clause.end())
    hint = "write `rule some-name`, on a line below `when` with the condition, and each clause on a line of its own"
    return Diagnostic(codes.UNEXPECTED, message, span, hint, fixes=(fix,))


def some_of_points(f: Failure) -> Diagnostic | None:
    """`for 3 of 5 points`: a part of a time is known, a part of some points is a count."""
    match = _search(_OF_POINTS, f)
    if match is None:
        return None
    n, m = match["n"], match["m"]
    message = f"of the last {m} points some {n}: a part is taken of a time"
    hint = f"write for {n}m of {m}m, or with a time of {m} points: count of (CONDITION) over {m}m >= {n}"
    fix = Fix(
        Span(match.start(), match.end()), f"for {n}m of {m}m", f"write for {n}m of {m}m, one point a minute"
    )
    return Diagnostic(codes.UNEXPECTED, message, Span(match.start(), match.end()), hint, fixes=(fix,))


def twice(f: Failure) -> Diagnostic | None:
    """`cpu usage > 90% twice`: at two points, or twice in some time?"""
    points = {"twice": 2, "thrice": 3}.get(f.found.lower()) if "AND" in f.accepted else None
    if points is None:
        return None
    right = f"for {points} points"
    message = f"`{f.found}`: in how many points, or in what time?"
    hint = f"write {right}; within a time: count of (queue depth > 1000) over 10m >= {points}"
    return Diagnostic(
        codes.UNEXPECTED, message, f.thing, hint, fixes=(Fix(f.thing, right, f"write {right}"),)
    )


def not_so_many(f: Failure) -> Diagnostic | None:
    """`not at least 4 hosts have ...` is `fewer than 4 hosts have ...`."""
    match = _search(_NOT_SO_MANY, f)
    if match is None:
        return None
    how = " ".join(match["how"].lower().split())
    span = Span(match.start(), match.end("how"))
    message = f"`not` does not stand before `{how}`"
    right = _OPPOSITE.get(how)
    if right is None:
        return Diagnostic(
            codes.UNEXPECTED, message, span, "put it in brackets: not (all hosts have load > 8)"
        )
    fix = Fix(span, right, f"write {right}")
    return Diagnostic(codes.UNEXPECTED, message, span, f"write {right}{match['rest']}", fixes=(fix,))


def absent_comparison(f: Failure) -> Diagnostic | None:
    """`up == 1 is absent`: of no series this is true."""
    if not _SAME.match(f" {f.text[f.at : f.at + 20]}"):
        return None
    message = "`is absent` stands behind a name: of a comparison it is asked whether any series fulfils it"
    hint = "write no TAG has CONDITION, as in: no host has up == 1; true as well where there is no series"
    return Diagnostic(codes.UNEXPECTED, message, f.thing, hint)


def begins_like_an_item(f: Failure) -> Diagnostic | None:
    """`rule duration > 5s`: a name that begins with a word that begins a rule."""
    match = _STARTS.match(f.text, f.place.start, f.place.end)
    if match is None or not match.start() < f.at <= match.end() or match["op"] == "=":
        return None
    start = match.start("word")
    name = f"{match['word']} {match['rest']}"
    span = Span(start, start + len(name))
    text = quote(name)
    message = (
        f"`{match['word']}` at the beginning begins a {match['word']}; a name that begins with it is quoted"
    )
    fix = Fix(span, text, f"write {text}")
    return Diagnostic(codes.RESERVED_IN_NAME, message, span, f"write {text}", fixes=(fix,))


def table_by(f: Failure) -> Diagnostic | None:
    """`let limit for host = {...}`: a table is by its tag."""
    line = f.line_start
    match = _TABLE.match(f.text, line, f.place.end)
    if match is None or not match.end("name") <= f.at <= match.end("tag"):
        return None
    said = match["word"]
    span = (
        Span(match.start("word"), match.end("word")) if said else Span(match.start("tag"), match.end("tag"))
    )
    fix = Fix(span, "by" if said else f"by {match['tag']}", "write by")
    message = f"a table is by a tag: let {match['name']} by {match['tag']} = {{...}}"
    return Diagnostic(codes.UNEXPECTED, message, span, "write `by`", fixes=(fix,))


def changed(f: Failure) -> Diagnostic | None:
    """`status changed`: within what time?"""
    if not f.compares:
        return None
    start = f.value_start()
    value = f.text[start : f.at].rstrip()
    match = _CHANGED.search(value)
    if match is None:
        return None
    name = value[: match.start()]
    span = Span(start + match.start("verb"), start + len(value))
    fixes = (Fix(span, "changes at least 1 time within 10m", "within ten minutes"),)
    hint = f"write {cut(name)} changes at least 1 time within 10m, or how often it may"
    return Diagnostic(codes.NO_COMPARISON, f"`{match['verb']}` within what time?", span, hint, fixes=fixes)


def word_with_a_digit(f: Failure) -> Diagnostic | None:
    """`http 5xx > 100`: a word of a name begins with a letter, or the name is quoted."""
    match = _DIGIT_WORD.match(f.text, f.at, f.place.end) if f.compares else None
    if match is None or match["letters"].lower() in TIME_UNITS:
        return None
    start = f.value_start()
    span = Span(start, match.end("word"))
    name = f.text[span.start : span.end]
    if '"' in name or "{" in name:
        return None
    text = quote(" ".join(name.split()))
    fix = Fix(span, text, f"write {text}")
    message = f"`{match['word']}` begins with a digit; a name that holds such a word is quoted"
    return Diagnostic(
        codes.RESERVED_IN_NAME, message, Span(f.at, match.end("word")), f"write {text}", fixes=(fix,)
    )


def from_others(f: Failure) -> Diagnostic | None:
    """`deviates by 3 sigma from avg of cpu usage by region`: deviations are from its own past."""
    match = _search(_OTHERS, f)
    if match is None:
        return None
    span = Span(match.start("from"), match.end("from"))
    message = "a deviation is from its own past: from its 1d average"
    hint = (
        "from others: cpu usage > avg of cpu usage by region + 3 * stddev of cpu usage by region, "
        "or: cpu usage differs from median of cpu usage by region by more than 30%"
    )
    return Diagnostic(codes.UNEXPECTED, message, span, hint)


def _search(pattern: re.Pattern[str], f: Failure) -> re.Match[str] | None:
    """Where a pattern surrounds the place, on its line."""
    line = max(f.line_start, f.at - 200)
    end = min(f.place.end, f.at + 80)
    found = (m for m in pattern.finditer(f.text, line, end))
    return next((m for m in found if m.start() <= f.at <= m.end()), None)
