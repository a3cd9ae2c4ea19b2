"""Habits from other languages: what PromQL, SQL, TICKscript, Flux, Grafana and YAML write, and what a rule writes instead."""

from __future__ import annotations

import re
from dataclasses import dataclass

from alertdsl.diagnostics import Diagnostic, Fix, Span
from alertdsl.syntax import codes
from alertdsl.syntax.failure import Failure

_FUNCTIONS = {
    "avg": "avg", "mean": "avg", "average": "avg", "sum": "sum", "min": "min", "max": "max", "count": "count", "rate": "rate",
    "irate": "rate", "increase": "increase", "delta": "change", "deriv": "slope", "derivative": "slope", "median": "median",
    "stddev": "stddev", "first": "first", "last": "last", "spread": "range",
}  # fmt: skip
_F = rf"(?<![\w.-])(?P<f>{'|'.join(_FUNCTIONS)})(?:_over_time)?[ \t]*\([ \t]*"
_NAME = r"(?P<x>[^\W\d][\w.-]*(?:[ \t]+[^\W\d][\w.-]*){0,6}(?:\{[^{}\n]*\})?)"
_MOMENT = r"(?P<x>(?!(?:and|or|not|unless|when)[ \t])[^\W\d][\w.-]*(?:[ \t]+(?!(?:of|by|over)[ \t])[^\W\d][\w.-]*){0,6}(?:\{[^{}\n]*\})?)"
_NOW = r"(?:time|now)\(\)"
_LENGTH = r"(?P<d>\d+(?:ms|[smhdw]))"
_END = r"(?![.-]?\w)"


@dataclass(frozen=True, slots=True)
class _Idiom:
    """A pattern, what is said of it, and what may stand in its place; `{of}` is our name of the function `{f}`."""

    pattern: re.Pattern[str]
    message: str
    hint: str = ""
    instead: str | None = None


def _idiom(pattern: str, message: str, hint: str = "", instead: str | None = None) -> _Idiom:
    return _Idiom(re.compile(pattern, re.IGNORECASE), message, hint, instead)


_CALLED = "`{f}(...)` is written `{of} of ...`"
_IDIOMS = (
    _idiom(r"\w+\(\)[ \t]+of[ \t]+query\([^\n]*", "this is a condition of Grafana", "write avg of cpu usage over 5m > 90%"),
    _idiom(r"select[ \t][^\n]*", "this is SQL", "a rule begins with the metric: avg of cpu usage over 5m > 90%"),
    _idiom(r"from[ \t]*\([^\n]*|\|>[^\n]*", "this is Flux", "a rule names the metric: cpu usage > 90% for 5m"),
    # PromQL
    _idiom(r"histogram_quantile\([^\n]*", "`histogram_quantile` is PromQL",
           "write p95 of http latency over 5m; the catalog says which metric is a histogram"),
    _idiom(r"predict_linear\([^\n]*", "`predict_linear` is PromQL", "write disk free will fall below 0 within 4h"),
    _idiom(rf"absent(?:_over_time)?\([ \t]*{_NAME}[ \t]*\)", "`absent(...)` is written `... is absent`", "write {x} is absent",
           "{x} is absent"),
    _idiom(r"(?P<f>sum|avg|min|max|count)[ \t]+(?:by|without)[ \t]*\([^\n]*", "a group stands behind what is grouped",
           "as in {f} of http requests by host"),
    _idiom(rf"{_F}{_NAME}[ \t]*\[{_LENGTH}\][ \t]*\)", _CALLED, "write {of} of {x} over {d}", "{of} of {x} over {d}"),
    _idiom(rf"{_F}{_NAME},[ \t]*{_LENGTH}[ \t]*\)", _CALLED, "write {of} of {x} over {d}", "{of} of {x} over {d}"),
    _idiom(rf"{_F}{_NAME}[ \t]*\)[ \t]*by[ \t]*\((?P<t>[\w.,\s-]+)\)", _CALLED, "write {of} of {x} by {t}", "{of} of {x} by {t}"),
    _idiom(rf"{_F}{_NAME}[ \t]*\)(?P<r>[ \t]+(?:over|by|across|overall){_END})", _CALLED, "write {of} of {x}{r} ...",
           "{of} of {x}{r}"),
    _idiom(rf"{_F}{_NAME}[ \t]*\)", "`{f}(...)` is written `{of} of ...`, with a window or a group",
           "write {of} of {x} over 5m, or by a tag such as host"),
    _idiom(rf"{_F}[^\n]*", _CALLED, "as in {of} of cpu usage over 5m"),
    _idiom(rf"{_NAME}[ \t]*\[{_LENGTH}\]", "a window belongs to an aggregate", "write for example avg of {x} over {d}"),
    _idiom(rf"{_NOW}[ \t]*-[ \t]*{_MOMENT}(?=[ \t]*[<>=)])", "the time now is not written", "write age of {x}", "age of {x}"),
    _idiom(rf"(?:^|(?<=and )|(?<=or )|(?<=not )|(?<=when )|(?<=\()){_MOMENT}[ \t]*-[ \t]*{_NOW}", "the time now is not written",
           "write time until {x}", "time until {x}"),
    _idiom(_NOW, "the time now is not written",
           "write age of x for how long ago a moment was, time until x for how long until it"),
    _idiom(rf"offset[ \t]+{_LENGTH}", "`offset` is written `ago`", "write {d} ago", "{d} ago"),
    _idiom(r"bool[ \t]+(?=[\d$])", "`bool` is not needed: a comparison is true or false", "leave it out", ""),
    # SQL
    _idiom(rf"group[ \t]+by{_END}", "`group by` is written `by`", "write by", "by"),
    _idiom(rf"(?P<o>(?:order[ \t]+by|limit|having){_END}[^\n]*)", "`{o}` has no place in a rule: each series has its own alert",
           "leave it out"),
    _idiom(rf"where{_END}[^\n]*", "a filter stands beside the metric", 'as in cpu usage{{host="web1"}} > 90%'),
    _idiom(r'(?:i?like|contains|includes|has)[ \t]+"%?(?P<t>[\w ./-]*)%?"', "text is compared by `matches`", 'write matches "{t}"',
           'matches "{t}"'),
    _idiom(r'(?:starts|begins)[ \t]+with[ \t]+"(?P<t>[\w ./-]*)"', "text is compared by `matches`", 'write matches "^{t}"',
           'matches "^{t}"'),
    _idiom(r'ends[ \t]+with[ \t]+"(?P<t>[\w ./-]*)"', "text is compared by `matches`", 'write matches "{t}$"', 'matches "{t}$"'),
    # Flux, TICKscript, Grafana
    _idiom(r"(?:stream|batch)[ \t]*\|[^\n]*|lambda[ \t]*:[^\n]*|\.(?:crit|warn|info)\([^\n]*", "this is TICKscript",
           "a rule names the metric: cpu usage > 90% for 5m"),
    # YAML and JSON
    _idiom(r"(?:-[ \t]+)?(?:alert|expr|groups|record|annotations|summary|description|apiVersion|kind)[ \t]*:[^\n]*",
           "this is YAML, as Prometheus reads it", "a rule has no colons: rule high-cpu, and below it when cpu usage > 90% for 5m"),
    _idiom(r"(?P<k>rule|when|severity|every|during|labels|notify|message|expect|for|once)(?P<c>[ \t]*:)", "no colon stands behind `{k}`",
           "leave it out", "{k}"),
    _idiom(r'\{[ \t]*"[^\n]*', "this is JSON", "a rule is text: cpu usage > 90% for 5m"),
    # Comments, placeholders, signs
    _idiom(r"//(?P<r>[^\n]*)|--(?P<s>[^\n]*)", "a comment begins with `#`", "write #{r}", "#{r}"),
    _idiom(r"/\*[^\n]*", "a comment begins with `#`, and ends with its line", "write # ..."),
    _idiom(r"(?:\$\{|\{\{)[ \t]*(?P<x>[^\W\d][\w.-]*)[ \t]*\}{1,2}|[$@](?P<y>[^\W\d][\w.-]*)", "a constant is named without signs",
           "write {x}, with a line such as let {x} = 90", "{x}"),
    _idiom(r"[ \t]*\?[^\n]*:[^\n]*", "`? :` has no place in a condition", "rungs are told by severity warning, critical when ..."),
    _idiom(r"\*\*|\^|\+\+", "there is no such operator", "arithmetic has + - * and /, abs(...), sqrt(...) and their kin"),
)  # fmt: skip
_WORDS = {
    "gt": ">", "ge": ">=", "gte": ">=", "lt": "<", "le": "<=", "lte": "<=", "eq": "==", "ne": "!=", "neq": "!=",
}  # fmt: skip
_WORD_OPERATOR = re.compile(
    r"(?<![\w.])\.?(?P<w>gte?|lte?|ge|le|eq|neq?)\.?(?=[ \t]+[-$€£\d\"])", re.IGNORECASE
)
_REACH = 200


def idiom(f: Failure) -> Diagnostic | None:
    """What stands near the place as another language writes it."""
    line = max(f.line_start, f.at - _REACH)
    end = f.text.find("\n", f.at)
    end = min(f.place.end if end < 0 else end, f.place.end, f.at + 2 * _REACH)
    for one in _IDIOMS:
        for match in one.pattern.finditer(f.text, line, end):
            if match.start() > f.at:
                break
            if match.end() >= f.at:
                return _told(one, match)
    return None


def word_operator(f: Failure) -> Diagnostic | None:
    """`gt 90`, `.gt. 90`."""
    for match in _WORD_OPERATOR.finditer(f.text, max(f.place.start, f.at - 6), min(f.place.end, f.at + 6)):
        right = _WORDS[match["w"].lower()]
        span = Span(match.start(), match.end())
        fix = Fix(span, right, f"write {right}")
        return Diagnostic(
            codes.OPERATOR_TYPO, f"`{match[0]}` is no operator", span, f"write `{right}`", fixes=(fix,)
        )
    return None


def _told(one: _Idiom, match: re.Match[str]) -> Diagnostic:
    groups = {
        key: " ".join(value.split()) if key in "xt" else value
        for key, value in match.groupdict().items()
        if value is not None
    }
    groups.setdefault("x", groups.get("y", ""))
    groups.setdefault("r", groups.get("s", ""))
    groups["of"] = _FUNCTIONS.get(groups.get("f", "").lower(), "")
    span = Span(match.start(), match.end())
    fixes: tuple[Fix, ...] = ()
    if one.instead is not None:
        text = one.instead.format_map(groups)
        fixes = (Fix(span, text, f"write {text}" if text else "leave it out"),)
    return Diagnostic(
        codes.FOREIGN, one.message.format_map(groups), span, one.hint.format_map(groups), fixes=fixes
    )
