"""A rule as one Flux script that people read and run: its reads as named yields, and the condition where storage can decide it."""

from __future__ import annotations

import re
from dataclasses import dataclass

from alertdsl.backends.flux.condition import ConditionWriter
from alertdsl.backends.flux.edges import ago, calendar_edges, helpers
from alertdsl.backends.flux.expression import NotInFlux
from alertdsl.backends.flux.literals import comment, fduration, fstr, ftime
from alertdsl.backends.flux.predicates import all_of, any_of, matcher_predicate, stream_predicate
from alertdsl.backends.flux.query import value_predicate
from alertdsl.plan.batch import rule_reads
from alertdsl.plan.reads import Read, Reducer, Request
from alertdsl.semantics import typed
from alertdsl.semantics.typed import SECOND

DELAY = 10 * SECOND
_UNPRINTABLE = re.compile(r"[\x00-\x08\x0e-\x1f\x7f]")
_ODD_NANOSECOND = "\n// A range ends before its stop: the odd nanosecond lets a point just there count."


@dataclass(frozen=True, slots=True)
class FluxScript:
    """A self-contained script.

    Attributes:
        reads: yield name and what it reads, in the order of the script.
        engine: yield name -> why the engine has to decide that condition; empty where the script says all.
    """

    text: str
    reads: tuple[tuple[str, Request], ...]
    engine: tuple[tuple[str, str], ...] = ()


def compile_rule(
    rule: typed.Rule, *, default_bucket: str = "", delay: int = DELAY, at: int | None = None
) -> FluxScript:
    """The script of a rule. `default_bucket` is that of metrics that name none; `delay` as in the engine, nanoseconds.

    `at` is the instant that the script looks at, nanoseconds since the epoch (cut to the rule's `every`); None: the newest.

    Raises:
        ValueError: a name holds what Flux cannot write (NUL, half a surrogate pair).
    """
    reads: list[tuple[str, Request]] = []
    blocks = []
    for request in rule_reads(rule):
        name = _unique(_read_name(request.read), [taken for taken, _ in reads])
        reads.append((name, request))
        blocks.append(f"{_read_pipe(request, default_bucket)}\n  |> yield(name: {fstr(name)})")
    refused: list[tuple[str, str]] = []
    for name, condition in _conditions(rule):
        try:
            blocks.append(_condition(name, condition, f"c{len(blocks)}_", default_bucket))
        except NotInFlux as reason:
            refused.append((name, str(reason)))
            basis = ", from the reads above" if reads else ""
            blocks.append(comment(f"{name}: the engine decides{basis}: {reason}."))
    body = "\n\n".join(blocks)
    header = _header(rule, runs=bool(reads)) + (_ODD_NANOSECOND if "999999999ns" in body else "")
    defined = "\n".join([_instant(rule, delay, at), *helpers(body)])
    text = "\n\n".join([header, _imports(defined + body), defined, body]) + "\n"
    return FluxScript(text, tuple(reads), tuple(refused))


def _conditions(rule: typed.Rule) -> list[tuple[str, typed.Condition]]:
    found = [("condition", rule.when), *((f"severity {rung.severity}", rung.when) for rung in rule.rungs)]
    return found if rule.recover is None else [*found, ("recover", rule.recover)]


def _header(rule: typed.Rule, *, runs: bool) -> str:
    usage = [
        "// Run it as it stands, or set `at` to look at another instant. Each read is a result of its own;",
        "// `condition` has a row for every series for which the condition is true.",
    ]
    if not runs:
        usage = ["// The rule reads no series of its own, so there is nothing to run."]
    text = _UNPRINTABLE.sub("?", rule.text.expandtabs(2))
    return "\n".join(
        [
            comment(f"alertdsl rule {_UNPRINTABLE.sub('?', rule.name)}".replace("\n", " ")),
            "//",
            comment("\n".join("  " + line for line in text.splitlines())),
            "//",
            *usage,
        ]
    )


def _imports(body: str) -> str:
    return "\n".join(
        f'import "{name}"' for name in ("array", "date", "math", "timezone") if f"{name}." in body
    )


def _instant(rule: typed.Rule, delay: int, at: int | None) -> str:
    now = f"date.sub(d: {fduration(delay)}, from: now())" if delay else "now()"
    if at is not None:
        now = ftime(at)
    lines = []
    every = rule.every.interval
    if rule.every.at is not None:
        lines.append(
            comment(
                f"The rule is evaluated daily at {rule.every.at} {rule.every.zone or 'UTC'}; set `at` to that."
            )
        )
        every = 60 * SECOND
    lines.append(f"option at = date.truncate(t: {now}, unit: {fduration(every)})")
    lines.append("ago = (d) => date.sub(d: d, from: at)")
    return "\n".join(lines)


def _read_pipe(request: Request, default_bucket: str) -> str:
    read = request.read
    stream = read.stream
    terms = [stream_predicate(stream.measurement, stream.field), any_of(request.any_of)]
    terms += [matcher_predicate(m) for m in stream.points]
    start, stop = (
        (ago(read.start), ago(read.stop)) if read.calendar is None else calendar_edges(read.calendar)
    )
    steps = [
        f"from(bucket: {fstr(stream.bucket or default_bucket)})",
        f"range(start: {start}, stop: {stop})",
        f"filter(fn: (r) => {all_of([t for t in terms if t])})",
    ]
    steps += [f"filter(fn: (r) => {value_predicate(read.where)})"] if read.where else []
    steps += [] if read.reducer is Reducer.RAW else [f"{read.reducer}()"]
    return "\n  |> ".join(steps)


def _condition(name: str, condition: typed.Condition, prefix: str, default_bucket: str) -> str:
    writer = ConditionWriter(prefix, default_bucket)
    result = writer.write(condition)
    return "\n\n".join([*writer.statements, f"{result}\n  |> yield(name: {fstr(name)})"])


def _read_name(read: Read) -> str:
    what = "points" if read.reducer is Reducer.RAW else str(read.reducer)
    if read.calendar is not None:
        return f"{read.stream.field} {what} {read.calendar.kind}"
    until = f" until {_span(read.stop)} ago" if read.stop else ""
    return f"{read.stream.field} {what} {_span(read.start - read.stop)}{until}"


def _span(nanoseconds: int) -> str:
    """A duration for people: the nanosecond that half-open windows leave over is not shown."""
    whole = round(nanoseconds / SECOND) * SECOND
    return fduration(whole if whole and abs(nanoseconds - whole) <= 1 else nanoseconds)


def _unique(name: str, taken: list[str]) -> str:
    """Two yields of one name are an error in Flux."""
    free, count = name, 1
    while free in taken:
        count += 1
        free = f"{name} ({count})"
    return free
