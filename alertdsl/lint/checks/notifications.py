"""Who is told."""

from __future__ import annotations

import os
from collections.abc import Iterator

from alertdsl.diagnostics import Severity, Span
from alertdsl.lint.registry import Finding, Subject, check
from alertdsl.semantics.nearest import did_you_mean, nearest
from alertdsl.syntax import ast


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


@check("W420", "unknown-target")
def unknown_target(subject: Subject) -> Iterator[Finding]:
    """A notification target that the catalog's file does not configure, although it configures others: most likely a slip, and then
    nobody is told.

    Found: `notify ocall`, where `[notify.targets]` of `alertdsl.toml` has `oncall`.
    Not found: a target of the environment of whoever lints (`ALERTDSL_NOTIFY_OCALL`), and any where the file configures none.
    Way out: the name of a target, or a line for it in `[notify.targets]`.
    """
    configured = subject.catalog.targets
    if not configured:
        return
    named: tuple[ast.NotifyTarget | ast.Escalation, ...] = (*subject.node.notify, *subject.node.escalations)
    for node in named:
        variable = f"ALERTDSL_NOTIFY_{node.target.upper().replace('-', '_')}"
        if node.target in (*configured, "terminal") or variable in os.environ:
            continue
        hint, _ = did_you_mean(node.target, nearest(node.target, configured), node.span)
        known = f"configured: {', '.join(configured[:5])}; the environment may name others: {variable}"
        yield node.span, f'no target is called "{node.target}"', hint or known
