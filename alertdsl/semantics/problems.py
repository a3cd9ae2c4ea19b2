"""Collecting several errors of one rule, so that a reader sees all of them in one go."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from typing import TypeVar

from alertdsl.diagnostics import AlertDslError, Diagnostic

T = TypeVar("T")


class Problems:
    """Errors met so far. Wrap each independent step in `run`, then `raise_if_any`."""

    def __init__(self) -> None:
        self.found: list[Diagnostic] = []

    def run(self, step: Callable[[], T]) -> T | None:
        """The result of `step`, or None and its errors kept."""
        try:
            return step()
        except AlertDslError as problem:
            self.found.extend(problem.diagnostics)
            return None

    def raise_if_any(self) -> None:
        """Raises one error with everything found."""
        if self.found:
            raise AlertDslError(self.found)


FOLLOWS = "E299"
"""The code of an error that only follows from another one of the same file, which is told; nobody is shown it."""

UNKNOWN_METRIC = frozenset({"E201", "E208"})
"""The codes of a metric that nobody knows, with a catalog and without."""


def each(function: Callable[..., T], *calls: tuple[object, ...]) -> list[T]:
    """`function` applied to each tuple of arguments; all errors together.

    Raises:
        AlertDslError: with the errors of all calls that failed.
    """
    problems = Problems()
    out: list[T] = []
    for arguments in calls:
        try:
            out.append(function(*arguments))
        except AlertDslError as problem:
            problems.found.extend(problem.diagnostics)
    problems.raise_if_any()
    return out


def unique(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """Diagnostics in the order of the text, each said once, and none that only follows from another."""
    seen = {(d.code, d.span, d.message, d.file): d for d in diagnostics if d.code != FOLLOWS}
    return tuple(sorted(seen.values(), key=lambda d: (d.file, d.span.start, d.span.end, d.code)))
