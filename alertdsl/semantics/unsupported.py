"""Constructs that are resolved but that the evaluator cannot decide yet: refused by name, so that no rule runs that would fail."""

from __future__ import annotations

from alertdsl.diagnostics import Span, error

NOT_EVALUATED = {"firing"}
"""What the evaluator and the engine lack. Take a word out when they have learnt it; nothing else is in the way."""


def check_evaluated(what: str, said: str, span: Span) -> None:
    """Refuses a construct, called `said` by people, as long as it is `NOT_EVALUATED` (E200)."""
    if what in NOT_EVALUATED:
        raise error("E200", f"`{said}` is not supported yet", span)
