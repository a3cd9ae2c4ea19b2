"""Rules as people write them, resolved against a catalog of the generated metrics."""

from __future__ import annotations

from dataclasses import dataclass
from functools import cache
from pathlib import Path

from hypothesis import strategies as st

import alertdsl
from alertdsl.semantics import typed
from alertdsl.semantics.catalog import Catalog
from tests.properties.case import Case
from tests.properties.drawing import T
from tests.properties.schema import PLAIN, STREAMS, Stream
from tests.properties.series_strategy import seldom, series_of, without_simultaneous
from tests.reference.nodes import selectors_of_rule

METRICS = {
    "load": ("host", "region"),
    "jobs": ("host", "region"),
    "headroom": ("host", "region"),
    "bytes sent": ("host", "region"),
    "wait": ("host",),
    "latency": ("host",),
}
_LENGTHS = ("20s", "30s", "1m", "90s", "2m")
_BOUNDS = ("0", "0.5", "1", "2", "-1")


@cache
def catalog() -> Catalog:
    """What the words mean."""
    return alertdsl.load_catalog(Path(__file__).parent / "catalog.toml")


@dataclass(frozen=True)
class Writer:
    """Draws the parts of a rule's text."""

    draw: st.DrawFn
    metrics: tuple[str, ...]

    def one(self, *choices: T) -> T:
        """One of these."""
        return self.draw(st.sampled_from(choices))

    def metric(self) -> tuple[str, tuple[str, ...]]:
        """A metric, filtered at times, and its tags."""
        name = self.one(*self.metrics)
        written = name
        if name != "headroom":
            written = self.one(name, name, name, f'{name}{{host != "b"}}', f"{name} of Alpha")
        return written, METRICS[name]

    def group(self, tags: tuple[str, ...]) -> str:
        """A grouping."""
        return self.one("overall", f"by {self.one(*tags)}", f"across {self.one(*tags)}")

    def value(self) -> str:
        """A number that changes."""
        metric, tags = self.metric()
        plain = metric.startswith("headroom")
        window = self.one(*_LENGTHS)
        forms = [
            metric,
            metric,
            f"({metric} + 1)",
            f"{self.one('max', 'avg', 'sum', 'count')} of {metric} {self.group(tags)}",
            f"({metric} else {self.one(*_BOUNDS)})",
            f"{self.one('round', 'floor', 'ceil')}({metric})",
        ]
        if not plain:
            function = self.one("avg", "sum", "min", "max", "count", "p50", "stddev")
            change = self.one("increase", "change")
            forms += [
                f"{function} of {metric} over {window}",
                f"{function} of {metric} over {window} {self.group(tags)}",
                f"{change} of {metric} over {window}",
                f"percent change of {metric} over {window}",
                f"{metric} {window} ago",
                f"count of ({metric} > {self.one(*_BOUNDS)}) over {window}",
                f"{self.one('sum', 'max', 'count')} of {metric} {self.one('today', 'yesterday', 'this week')}",
            ]
        return self.one(*forms)

    def comparison(self) -> str:
        """An atom."""
        metric, tags = self.metric()
        value, bound = self.value(), self.one(*_BOUNDS)
        forms = [
            f"{value} {self.one('>', '>=', '<', '<=', '==', '!=')} {bound}",
            f"{value} {self.one('is above', 'drops below', 'is at least')} {bound}",
            f"{metric} between 0.5 and {self.one('1', '2')}",
            f"{metric} outside 0 to {self.one('1', '2')}",
            f'state {self.one("==", "!=")} "{self.one("ok", "down")}"',
            f"up == {self.one('true', 'false')}",
        ]
        if not metric.startswith("headroom"):
            forms += [
                f"{metric} {self.one('rises', 'falls')} by {self.one('0.5', '1', '50%')} within {self.one(*_LENGTHS)}",
                f"{metric} is missing for {self.one(*_LENGTHS)}",
                f"{metric} is absent",
                f"{metric} crosses {self.one('above', 'below')} {bound}",
                f"{metric} will {self.one('fall below', 'rise above')} {bound} within 2m at its {self.one(*_LENGTHS)} trend",
                f"{metric} > {self.one('2', '0.5')} times its {self.one(*_LENGTHS)} average",
                f"{metric} deviates by 1 sigma from its {self.one(*_LENGTHS)} average",
                f"{metric} is {self.one('growing', 'shrinking')} for {self.one(*_LENGTHS)}",
                f"{metric} changes more than {self.one('0', '1')} times within {self.one(*_LENGTHS)}",
                f"{metric} > {bound} for {self.one('2', '3')} points",
                f"{metric} by {self.one(*tags)} is missing for {self.one(*_LENGTHS)}",
            ]
        return self.one(*forms)

    def condition(self, depth: int = 2) -> str:
        """Any condition."""
        if depth == 0:
            return self.comparison()
        one, other = self.condition(depth - 1), self.condition(0)
        for_, some = (
            f"for {self.one(*_LENGTHS)}",
            self.one("at least 2 hosts", "all hosts", "more than 50% of hosts"),
        )
        forms = (
            one, f"({one}) {for_}", f"({one}) and ({other})", f"({one}) or ({other})", f"({one}) and ({other}) {for_}",
            f"not ({one})", f"({one}) unless ({other})", f"({one}) for 20s of {self.one(*_LENGTHS)}", f"({some} have ({other}))",
            f"{other} and ({one}) {for_} or ({other}) {for_}",
        )  # fmt: skip
        return self.one(*forms)

    def rule(self) -> str:
        """A whole rule."""
        clauses = [f"rule generated\n  when {self.condition()}"]
        if seldom(self.draw, 4):
            clauses.append(f"recover when {self.condition(1)}")
        if seldom(self.draw, 4):
            own = f" recover when {self.condition(0)}" if seldom(self.draw, 2) else ""
            clauses.append(f"severity warning, critical when ({self.condition(1)}){own}")
        clauses.append(f"every {self.one('20s', '30s', '1m')}")
        return "\n  ".join(clauses) + "\n"


@st.composite
def texts(draw: st.DrawFn) -> str:
    """A rule as somebody writes it."""
    metrics = draw(st.lists(st.sampled_from(sorted(METRICS)), min_size=1, max_size=2, unique=True))
    return Writer(draw, tuple(metrics)).rule()


@st.composite
def written_cases(draw: st.DrawFn, *, storable: bool = False) -> Case:
    """What a text says, with series for it."""
    (rule,) = alertdsl.resolve(draw(texts()), catalog())
    streams = _streams(rule)
    series = [one for stream in streams for one in draw(series_of(stream, PLAIN, storable=storable))]
    series = without_simultaneous(series, {stream.measurement: stream.key for stream in streams})
    return Case(rule, tuple(series), PLAIN.instants)


def _streams(rule: typed.Rule) -> list[Stream]:
    """The streams that a rule reads."""
    read = {(selector.measurement, selector.field) for selector in selectors_of_rule(rule)}
    return [stream for stream in STREAMS if (stream.measurement, stream.field) in read]
