"""Series and their points, and what makes a series known."""

from __future__ import annotations

import math
import re
from dataclasses import dataclass, field

from alertdsl.semantics.typed import Matcher, Nanoseconds, Selector

Labels = tuple[tuple[str, str], ...]
"""(tag, value) pairs sorted by tag; a tag with an empty value is an absent tag."""

Scalar = float | str | bool


def labels_of(tags: dict[str, str]) -> Labels:
    """The label set of these tags."""
    return tuple(sorted((tag, value) for tag, value in tags.items() if value != ""))


@dataclass(frozen=True)
class Series:
    """A storage series as it was written: points in the order in which they arrived."""

    measurement: str
    field: str
    tags: Labels
    points: tuple[tuple[Nanoseconds, Scalar], ...]
    bucket: str = ""


@dataclass(frozen=True)
class Point:
    """A point of a logical series, with the whole tag set under which it was written."""

    time: Nanoseconds
    value: Scalar
    tags: Labels


@dataclass(frozen=True)
class Logical:
    """A series as the rule sees it: its identity, and its points in time order.

    “Where the catalog names a metric's `series_key`, points equal in those tags are one series in time order, and the other
    tags are labels taken from its newest point.”"""

    identity: Labels
    points: tuple[Point, ...] = ()
    expected: bool = False

    def known(self, selector: Selector, time: Nanoseconds) -> bool:
        """“A series is known at `T` if it has a point in `[T - memory, T)`, or if the rule or the catalog lists it”."""
        return self.expected or bool(self.within(time - selector.memory, time))

    def within(self, start: Nanoseconds, stop: Nanoseconds) -> list[Point]:
        """The points of a half-open window: ``start <= time < stop``."""
        return [point for point in self.points if start <= point.time < stop]

    def newest(self, start: Nanoseconds, stop: Nanoseconds) -> Point | None:
        """The newest point of a half-open window."""
        inside = self.within(start, stop)
        return inside[-1] if inside else None


@dataclass
class Data:
    """All that was stored."""

    series: list[Series]
    _logical: dict[Selector, list[Logical]] = field(default_factory=dict)

    def logical(self, selector: Selector) -> list[Logical]:
        """The series that a selector stands for."""
        if selector not in self._logical:
            self._logical[selector] = _logical_series(self.series, selector)
        return self._logical[selector]


def known(data: Data, selector: Selector, time: Nanoseconds) -> list[Logical]:
    """The known series, and the expected ones: “an expected value only while no known series has it”."""
    seen = [s for s in data.logical(selector) if s.known(selector, time)]
    expected = []
    for tag, values in selector.expect:
        for value in values:
            tags = {**dict(kept_pins(selector)), tag: value}
            possible = all(matches(m, tags) for m in selector.matchers if m.tag in tags)
            if possible and not any((tag, value) in s.identity for s in seen):
                expected.append(Logical(labels_of(tags), expected=True))
    return seen + expected


def kept_pins(selector: Selector) -> Labels:
    """The tags that a literal filter keeps in label sets: “label sets use the key tags only”."""
    key = selector.series_key
    return labels_of({tag: value for tag, value in selector.pins if key is None or tag in key})


def newest_labels(selector: Selector, series: Logical, time: Nanoseconds) -> Labels:
    """“The other tags are labels taken from its newest point”."""
    newest = series.newest(time - selector.memory, time)
    return series.identity if newest is None else newest.tags


def matches(matcher: Matcher, tags: dict[str, str]) -> bool:
    """Whether tags satisfy a condition; an absent tag counts as the empty string, expressions are unanchored."""
    value = tags.get(matcher.tag, "")
    match matcher.op:
        case "=":
            return value == matcher.value
        case "!=":
            return value != matcher.value
        case "=~":
            return re.search(matcher.value, value) is not None
        case "!~":
            return re.search(matcher.value, value) is None


def _logical_series(series: list[Series], selector: Selector) -> list[Logical]:
    """“A series is measurement, field and tag set” or what its `series_key` says; “a filter on another tag selects points”."""
    points: dict[Labels, list[Point]] = {}
    for one in series:
        if (one.bucket, one.measurement, one.field) != (
            selector.bucket,
            selector.measurement,
            selector.field,
        ):
            continue
        tags = dict(one.tags)
        if not all(matches(m, tags) for m in selector.matchers):
            continue
        key = selector.series_key
        identity = one.tags if key is None else labels_of({tag: tags.get(tag, "") for tag in key})
        points.setdefault(identity, []).extend(_stored(one))
    # Of points of one time, those of the tag set that sorts last are the newest.
    return [Logical(i, tuple(sorted(ps, key=lambda p: (p.time, p.tags)))) for i, ps in points.items()]


def _stored(series: Series) -> list[Point]:
    """“NaN and null points are no points; +-Inf are values; of duplicate points the last written counts”."""
    written: dict[Nanoseconds, Scalar] = {}
    for time, value in series.points:
        if not (isinstance(value, float) and math.isnan(value)):
            written[time] = value
    return [Point(time, value, series.tags) for time, value in written.items()]
