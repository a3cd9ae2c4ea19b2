"""Mistakes that models make when they write rules: each turns a right text into a wrong one, or into "" where it cannot be made."""

from __future__ import annotations

import json
import re
from collections.abc import Callable

from alertdsl_mcp.shape import shape_of

_AGGREGATE = re.compile(
    r"\b(avg|sum|min|max|count|median|stddev|p\d\d|rate|increase) of ((?:(?! of | over |[<>=(/]).)+?) over (\d+\w)(?!\w)"
)
_FULL = re.compile(_AGGREGATE.pattern + r"((?: by \w+| overall)?) (>=|<=|==|>|<) (\S+(?: kWh)?)$")
_PLACE = re.compile(r"^([\w ]+?) on (\w+) ((?:>=|<=|==|!=|>|<) \S+)(.*)$")
_NAME = re.compile(
    r"\b(price|usage|latency|memory|requests|errors|restarts|failures|connections|queries|revenue|temperature|humidity|battery)\b"
)
_TWO_WORDS = re.compile(
    r"\b(cpu usage|memory usage|disk usage|free disk space|bytes sent|queue depth|login failures|db connections|slow queries|consumer lag"
    r"|conversion rate|battery level|replication lag|trading volume)\b"
)


def _condition_only(rule: str) -> str:
    return "" if rule.startswith("rule ") else rule


def fenced(rule: str) -> str:
    """In a code fence."""
    return f"```alert\n{rule}\n```"


def misspelt(rule: str) -> str:
    """A letter of a name is missing."""
    found = _NAME.search(rule)
    return "" if found is None else f"{rule[: found.end() - 3]}{rule[found.end() - 2 :]}"


def camel_case(rule: str) -> str:
    """A name in one word, as in code."""
    wrong = _TWO_WORDS.sub(
        lambda m: "".join(w if n == 0 else w.title() for n, w in enumerate(m[0].split())), rule
    )
    return "" if wrong == rule else wrong


def called(rule: str) -> str:
    """An aggregate as a function of SQL: ``avg(x) over 5m``."""
    wrong = _AGGREGATE.sub(r"\1(\2) over \3", rule)
    return "" if wrong == rule else wrong


def of_prometheus(rule: str) -> str:
    """An aggregate as in PromQL: ``avg_over_time(x[5m])``."""
    wrong = _AGGREGATE.sub(
        lambda m: (
            f"{m[1]}{'' if m[1] in {'rate', 'increase'} else '_over_time'}({m[2].replace(' ', '_')}[{m[3]}])"
        ),
        rule,
    )
    return "" if wrong == rule else wrong


def without_of(rule: str) -> str:
    """``avg x over 5m``."""
    wrong = _AGGREGATE.sub(r"\1 \2 over \3", rule)
    return "" if wrong == rule else wrong


def window_last(rule: str) -> str:
    """``avg of x > 5 over 5m``."""
    found = _FULL.match(rule)
    return f"{found[1]} of {found[2]}{found[4]} {found[5]} {found[6]} over {found[3]}" if found else ""


def window_of_the_last(rule: str) -> str:
    """``avg x in the last 5 minutes > 5``."""
    wrong = _AGGREGATE.sub(lambda m: f"{m[1]} {m[2]} in the last {_long(m[3])}", rule)
    return "" if wrong == rule else wrong


def place_last(rule: str) -> str:
    """``x > 5 on web1``."""
    found = _PLACE.match(_condition_only(rule))
    return f"{found[1]} {found[3]} on {found[2]}{found[4]}" if found else ""


def where_last(rule: str) -> str:
    """A filter at the end, as in SQL."""
    found = _PLACE.match(_condition_only(rule))
    return (
        f"{found[1]} {found[3]}{found[4]} where host = '{found[2]}'"
        if found and found[2].startswith(("web", "db"))
        else ""
    )


def unquoted(rule: str) -> str:
    """A tag's value without its quotes."""
    wrong = re.sub(r"\{(\w+)=\"([\w/-]+)\"\}", r"{\1=\2}", rule)
    return "" if wrong == rule else wrong


def other_operators(rule: str) -> str:
    """``=>`` and ``=<``."""
    wrong = rule.replace(">=", "=>").replace("<=", "=<")
    return "" if wrong == rule else wrong


def doubled_operators(rule: str) -> str:
    """``>>``."""
    wrong = re.sub(r" ([<>]) ", r" \1\1 ", rule)
    return "" if wrong == rule else wrong


def as_words(rule: str) -> str:
    """``gt`` and ``lt``."""
    wrong = re.sub(r" > ", " gt ", rule).replace(" < ", " lt ")
    return "" if wrong == rule or "\n" in rule else wrong


def wrapped(rule: str) -> str:
    """As a statement of a program."""
    return f"IF {rule} THEN alert" if _condition_only(rule) else ""


def courteous(rule: str) -> str:
    """As the person asked for it."""
    return f"Could you please create an alert when {rule}?" if _condition_only(rule) else ""


def with_clauses(rule: str) -> str:
    """Clauses after the condition, all on one line; the plain rule with a severity, to compare with, has none."""
    shape = shape_of(rule)
    return f"{shape.condition}, {', '.join(shape.clauses)}" if shape.clauses else ""


def with_colons(rule: str) -> str:
    """``when: x > 5``."""
    return (
        re.sub(r"^  (when|severity|notify|message|every|repeat every)\b", r"  \1:", rule, flags=re.MULTILINE)
        if "\n" in rule
        else ""
    )


def in_braces(rule: str) -> str:
    """``rule x { ... }``."""
    name, newline, body = rule.partition("\n")
    return f"{name} {{\n{body}\n}}" if newline else ""


def as_yaml(rule: str) -> str:
    """As Prometheus has its rules."""
    found = re.fullmatch(r"(.+?)(?: for (\w+))?", _condition_only(rule))
    if found is None:
        return ""
    return f"alert: SomeAlert\nexpr: {found[1]}" + (f"\nfor: {found[2]}" if found[2] else "")


def as_json(rule: str) -> str:
    """As an object of JSON."""
    return (
        json.dumps({"name": "Some alert", "condition": rule})
        if _condition_only(rule) and '"' not in rule
        else ""
    )


def _long(duration: str) -> str:
    units = {"s": "seconds", "m": "minutes", "h": "hours", "d": "days", "w": "weeks"}
    return f"{duration[:-1]} {units[duration[-1]]}"


MISTAKES: tuple[Callable[[str], str], ...] = (
    *(
        fenced,
        misspelt,
        camel_case,
        called,
        of_prometheus,
        without_of,
        window_last,
        window_of_the_last,
        place_last,
        where_last,
    ),
    *(
        unquoted,
        other_operators,
        doubled_operators,
        as_words,
        wrapped,
        courteous,
        with_clauses,
        with_colons,
        in_braces,
        as_yaml,
    ),
    as_json,
)
