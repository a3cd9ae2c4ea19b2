"""Who is told."""

from __future__ import annotations

from collections.abc import Iterator

from alertdsl.diagnostics import Severity, Span
from alertdsl.lint.registry import Finding, Subject, check


@check("W411", "nobody-told", Severity.INFO)
def nobody_told(subject: Subject) -> Iterator[Finding]:
    """A rule without a notification target: its alerts are stored and shown, but nobody is told.

    Found: a rule of a rule file without `notify`.
    Way out: `notify markets-slack`.
    """
    if subject.node.name is not None and not subject.node.notify:
        start = subject.node.span.start
        header = Span(start, start + len(f"rule {subject.node.name}"))
        yield header, f"rule {subject.node.name} notifies nobody", "add a line: notify TARGET"


@check("W412", "repeat-without-target")
def repeat_without_target(subject: Subject) -> Iterator[Finding]:
    """`repeat every` in a rule that notifies nobody.

    Found: `repeat every 4h` without `notify`.
    Way out: add `notify`, or remove `repeat every`.
    """
    if subject.node.repeat is not None and not subject.node.notify:
        yield (
            subject.node.repeat.span,
            "nothing is repeated: the rule notifies nobody",
            "add a line: notify TARGET",
        )
