"""A case: a rule, the series that it reads, and the instants at which it is evaluated."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, fields, is_dataclass, replace
from typing import Any, TypeVar

from alertdsl.semantics import typed
from alertdsl.semantics.typed import Matcher, Selector
from tests.reference.data import Data, Labels, Series, labels_of

CASE_TAG = "case"


@dataclass(frozen=True)
class Case:
    """One generated example."""

    rule: typed.Rule
    series: tuple[Series, ...]
    instants: tuple[int, ...]

    @property
    def data(self) -> Data:
        """The series as the reference reads them."""
        return Data(list(self.series))


Node = TypeVar("Node")


def with_selectors(node: Node, change: Callable[[Selector], Selector]) -> Node:
    """The same tree, each selector changed."""
    return _walk(node, change)  # type: ignore[no-any-return]


def _walk(node: Any, change: Callable[[Selector], Selector]) -> Any:
    if isinstance(node, Selector):
        return change(node)
    if isinstance(node, tuple):
        return tuple(_walk(each, change) for each in node)
    if is_dataclass(node) and not isinstance(node, type):
        return replace(node, **{f.name: _walk(getattr(node, f.name), change) for f in fields(node)})
    return node


def numbered(case: Case, number: int) -> Case:
    """The same case among others in one store: its series carry a tag with its number, and its rule asks for that tag."""
    mark = str(number)

    def change(selector: Selector) -> Selector:
        key = selector.series_key
        return replace(
            selector,
            matchers=tuple(sorted((*selector.matchers, Matcher(CASE_TAG, "=", mark)))),
            series_key=None if key is None else (*key, CASE_TAG),
        )

    series = tuple(replace(s, tags=marked(s.tags, mark)) for s in case.series)
    return replace(case, rule=with_selectors(case.rule, change), series=series)


def marked(labels: Labels, mark: str) -> Labels:
    """A label set with the tag of `numbered`."""
    return labels_of({**dict(labels), CASE_TAG: mark})


def placed(case: Case, prefix: str) -> Case:
    """The same case with measurements of its own."""

    def change(selector: Selector) -> Selector:
        return replace(selector, measurement=prefix + selector.measurement)

    series = tuple(replace(s, measurement=prefix + s.measurement) for s in case.series)
    return replace(case, rule=with_selectors(case.rule, change), series=series)
