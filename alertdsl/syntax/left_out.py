"""Signs, words and line ends that a rule needs and somebody left out, or has and does not need: each with its fix."""

from __future__ import annotations

import re

from alertdsl.diagnostics import Diagnostic, Fix, Span
from alertdsl.syntax import codes
from alertdsl.syntax.failure import Failure
from alertdsl.syntax.spelling import nearest
from alertdsl.syntax.texts import quote
from alertdsl.syntax.words import DAY_NAMES

_CLAUSE = re.compile(
    r"(?:when|recovers?[ \t]+when|severity|every|during|labels?|notify|repeat[ \t]+every|escalate[ \t]+to|on[ \t]+no[ \t]+data"
    r"|forget[ \t]+after|once|expect|message)(?![.-]?\w)",
    re.IGNORECASE,
)
_RUNG = re.compile(
    r"severity[ \t]+[\w.-]+(?:,[ \t]*(?P<rung>[\w.-]+)(?=[ \t]+(?!when)))?(?P<when>[ \t]+when)?",
    re.IGNORECASE,
)
_DAY_WORDS = ("weekdays", "weekends", *DAY_NAMES)
_HOURS = re.compile(
    r"(\d{1,2})(?::(\d\d))?[ \t]*([ap]m)?[ \t]*(?:-|to)[ \t]*(\d{1,2})(?::(\d\d))?[ \t]*([ap]m)?",
    re.IGNORECASE,
)
_HOUR = re.compile(r"(\d{1,2})(?::(\d\d))?[ \t]*([ap]m)", re.IGNORECASE)
_EVERY_UNIT = re.compile(r"(?P<u>second|minute|hour|day|week)(?![.-]?\w)", re.IGNORECASE)


def brace_or_semicolon(f: Failure) -> Diagnostic | None:
    """`rule cpu {` and `when x > 5;`."""
    if f.found == ";":
        return _delete(f, f.thing, "no `;` stands at the end of a line")
    if f.found == "{" and {"WHEN", "SEVERITY"} <= f.accepted:
        return _delete(f, f.thing, "a rule has no braces: its clauses stand on the lines below it")
    return None


def one_line(f: Failure) -> Diagnostic | None:
    """`rule a when x > 5 severity critical`."""
    if "_NL_CLAUSE" not in f.accepted or f.at_end or _CLAUSE.match(f.text, f.at, f.place.end) is None:
        return None
    start = len(f.text[: f.at].rstrip(" \t"))
    fix = Fix(Span(start, f.at), "\n  ", "begin a new line")
    message = f"`{f.found}` begins a clause, which stands on a line of its own"
    return Diagnostic(codes.UNEXPECTED, message, f.thing, "begin a new line before it", fixes=(fix,))


def doubled(f: Failure) -> Diagnostic | None:
    """`> > 90%`, `90%%`, `for for 5m`."""
    if f.at_end or not f.found.strip():
        return None
    before = f.text[f.place.start : f.at].rstrip()
    if not before.endswith(f.found) or (
        f.found[0].isalnum() and re.search(rf"[\w.-]{re.escape(f.found)}$", before)
    ):
        return None
    fix = Fix(Span(f.place.start + len(before), f.thing.end), "", "delete the second")
    return Diagnostic(
        codes.UNEXPECTED, f"`{f.found}` stands twice", f.thing, "delete the second", fixes=(fix,)
    )


def equals_sign(f: Failure) -> Diagnostic | None:
    """`labels team: "ops"`, `let limit 90%`, `{host "web1"}`."""
    wanted = next(
        (sign for kind, sign in (("_ASSIGN", "="), ("TAG_OPERATOR", "=")) if kind in f.accepted), None
    )
    if wanted is None or f.at_end or f.found in ("{", ")") or "_COMMA" in f.accepted:
        return None
    colon = f.text[f.at] == ":"
    fix = Fix(Span(f.at, f.at + 1), " =", "write =") if colon else Fix(Span(f.at, f.at), "= ", "write =")
    message = "a value is set with `=`, not with `:`" if colon else "`=` is missing here"
    return Diagnostic(
        codes.UNEXPECTED, message, Span(f.at, f.at + 1) if colon else f.thing, "write `=`", fixes=(fix,)
    )


def comma(f: Failure) -> Diagnostic | None:
    """`notify slack oncall`, `by host region`, `notify slack and oncall`."""
    if "_COMMA" not in f.accepted or f.at_end or not (f.found[0].isalpha() or f.found[0] == '"'):
        return None
    start = len(f.text[: f.at].rstrip(" \t"))
    if f.found.lower() == "and":
        fix = Fix(Span(start, f.thing.end), ",", "write a comma")
        return Diagnostic(
            codes.UNEXPECTED, "several are listed with commas", f.thing, "write `,` for `and`", fixes=(fix,)
        )
    fix = Fix(Span(start, start), ",", "write a comma")
    message = f"a comma is missing before `{f.found}`"
    return Diagnostic(codes.UNEXPECTED, message, f.thing, "several are listed with commas", fixes=(fix,))


def quotes(f: Failure) -> Diagnostic | None:
    """`message hot`, `{host=web1}`, `import shared.alert`."""
    if (
        "QUOTED" not in f.accepted
        or f.accepted & {"WORD", "WHEN"}
        or f.at_end
        or not re.match(r"[\w/.]", f.found)
    ):
        return None
    last = next((t for t in reversed(f.stack) if getattr(t, "type", "")), None)
    pattern = r"[^\n#\"]*[^\s#\"]" if getattr(last, "type", "") == "MESSAGE" else r"[^\s#\"{}(),]+"
    match = re.compile(pattern).match(f.text, f.at, f.place.end)
    if match is None:
        return None
    span, text = Span(match.start(), match.end()), quote(match[0])
    fix = Fix(span, text, "add the quotes")
    return Diagnostic(codes.UNQUOTED, "text stands in double quotes", span, f"write {text}", fixes=(fix,))


def braces(f: Failure) -> Diagnostic | None:
    """`cpu usage[host="web1"]`, `cpu usage(host="web1")`, and a brace that is never closed."""
    if f.found in ("[", "(") and f.compares:
        match = re.compile(r"[\[(]([ \t]*[\w.-]+[ \t]*(?:=|!=|=~|!~)[^\n\])]*)[\])]").match(
            f.text, f.at, f.place.end
        )
        if match is not None:
            span = Span(match.start(), match.end())
            fix = Fix(span, f"{{{match[1]}}}", "write braces")
            return Diagnostic(
                codes.UNEXPECTED, "tags stand in braces", span, f"write {{{match[1]}}}", fixes=(fix,)
            )
    if "RBRACE" in f.accepted and "_COMMA" in f.accepted and f.found[:1] in "<>=!":
        start = len(f.text[: f.at].rstrip(" \t"))
        fix = Fix(Span(start, start), "}", "close it")
        opening = f.text.rfind("{", f.place.start, f.at)
        return Diagnostic(
            codes.UNCLOSED_BRACKET,
            "`{` is not closed",
            Span(opening, opening + 1),
            "close it with `}`",
            fixes=(fix,),
        )
    return None


def rung(f: Failure) -> Diagnostic | None:
    """`severity warning, critical x > 9`, and `severity warning when x > 5`."""
    line = f.text.rfind("\n", 0, f.at) + 1
    match = _RUNG.search(f.text, max(line, f.place.start), f.place.end)
    if match is None or not match.start() < f.at <= match.end() + 1:
        return None
    if match["rung"]:
        fix = Fix(Span(match.end("rung"), match.end("rung")), " when", "write when")
        span = Span(match.start("rung"), match.end("rung"))
        return Diagnostic(
            codes.UNEXPECTED,
            f"`when` is missing behind `{match['rung']}`",
            span,
            "write `when`",
            fixes=(fix,),
        )
    if match["when"]:
        message = "the first severity has no `when`: its condition is that of the rule"
        return Diagnostic(
            codes.UNEXPECTED, message, f.thing, "higher ones follow it: severity warning, critical when ..."
        )
    return None


def times(f: Failure) -> Diagnostic | None:
    """`every minute`, `every day at 6am`, `during 9am-5pm`, `on weekdys`, a time zone without `in`."""
    if f.at_end:
        return None
    if "TIME_RANGE" in f.accepted:
        match = _HOURS.match(f.text, f.at, f.place.end)
        if match is not None:
            a, b, c, d, e, g = match.groups()
            text = f"{_hour(a, b, c)}-{_hour(d, e, g)}"
            return _instead(
                f,
                Span(match.start(), match.end()),
                text,
                "hours are written with minutes, on a clock of 24 hours",
            )
    if "CLOCK" in f.accepted:
        match = _HOUR.match(f.text, f.at, f.place.end)
        if match is not None:
            return _instead(
                f,
                Span(match.start(), match.end()),
                _hour(*match.groups()),
                "a time of day is on a clock of 24 hours",
            )
    if "DAYS" in f.accepted and (day := nearest(f.found, _DAY_WORDS)) is not None:
        return _instead(f, f.thing, day, f"`{f.found}` is no day")
    if "DURATION" in f.accepted and "EVERY" in {getattr(t, "type", "") for t in f.stack[-1:]}:
        match = _EVERY_UNIT.match(f.text, f.at, f.place.end)
        if match is not None:
            return _instead(
                f,
                Span(match.start(), match.end()),
                f"1{match['u'][0].lower()}",
                "a length of time has a number",
            )
    if "IN_ZONE" in f.accepted and re.match(r"[A-Z]\w+/\w", f.text[f.at : f.at + 40]):
        fix = Fix(Span(f.at, f.at), "in ", "write in")
        return Diagnostic(
            codes.UNEXPECTED, "`in` is missing before the time zone", f.thing, "write `in`", fixes=(fix,)
        )
    return None


def starts_with_digit(f: Failure) -> Diagnostic | None:
    """`rule 5xx`."""
    kind = getattr(f.stack[-1], "type", "") if f.stack else ""
    if kind not in ("RULE", "LET") or f.at_end or not f.found[0].isdigit():
        return None
    match = re.compile(r"[\w.-]+").match(f.text, f.at, f.place.end)
    assert match is not None
    span, text = Span(match.start(), match.end()), quote(match[0])
    fix = Fix(span, text, "quote it")
    return Diagnostic(
        codes.UNEXPECTED, "a name that begins with a digit is quoted", span, f"write {text}", fixes=(fix,)
    )


def metric(f: Failure) -> Diagnostic | None:
    """`> 90%`, with nothing before it."""
    if not f.at_end or len(f.stack) < 2 or getattr(f.stack[-2], "type", "") not in ("GT", "GE", "LT", "LE"):
        return None
    start = f.stack[-2].start_pos
    said = f.text[start : f.at].strip()
    if "WORD" not in f.accepted or "EQ" in f.accepted:
        return None
    hint = f"write what is compared before it, for example: cpu usage {said}"
    return Diagnostic(codes.NO_COMPARISON, f"`{said}` compares nothing", Span(start, f.at), hint)


def _hour(hour: str, minute: str | None, half: str | None) -> str:
    number = int(hour) % 12 + 12 * (half.lower() == "pm") if half else int(hour)
    return f"{number:02}:{minute or '00'}"


def _instead(f: Failure, span: Span, text: str, message: str) -> Diagnostic:
    return Diagnostic(
        codes.UNEXPECTED, message, span, f"write {text}", fixes=(Fix(span, text, f"write {text}"),)
    )


def _delete(f: Failure, span: Span, message: str) -> Diagnostic:
    start = len(f.text[: span.start].rstrip(" \t"))
    return Diagnostic(
        codes.UNEXPECTED, message, span, "delete it", fixes=(Fix(Span(start, span.end), "", "delete it"),)
    )
