"""Phrases that the grammar reads but that leave a number or a meaning open: refused, with every reading as a fix."""

from __future__ import annotations

from typing import Any

from alertdsl.diagnostics import AlertDslError, Fix, Span, error
from alertdsl.syntax import ast, codes
from alertdsl.syntax.build_support import of_token
from alertdsl.syntax.quantities import format_duration


def counted_how(
    metric: ast.MetricRef, op: ast.Operator, amount: ast.Number, window: ast.Duration, span: Span
) -> AlertDslError:
    """`more than 100 errors in 5m`: points of events are counted, a counter has an increase; the catalog may not know which."""
    from alertdsl.syntax.format_values import name, value

    said, over = name(metric), format_duration(window.ns)
    readings = [f"{how} of {said} over {over} {op} {value(amount)}" for how in ("increase", "count")]
    titles = (
        "it counts upwards: what it has grown by",
        "each point is one of them: how many points there are",
    )
    hint = f"write {readings[0]} if it is a counter, {readings[1]} if each point is one of them"
    fixes = [Fix(span, text, title) for text, title in zip(readings, titles, strict=True)]
    return error(codes.COUNTED_HOW, f"how is {said} counted?", span, hint, fixes)


def refuse_more_than(verb: Any, amount: ast.Value) -> None:
    """`rises by more than 3`: a rise by 3 is 3 or more. Between percentages or sizes that is no difference, between counts it is.

    Raises:
        AlertDslError: E019.
    """
    words = verb.lower().split()
    if words[-1] not in ("than", "over") or (isinstance(amount, ast.Number) and amount.unit is not None):
        return
    short = verb[: verb.lower().rindex("more" if words[-1] == "than" else "over")].rstrip()
    short = short if words[-1] == "by" or short.lower().endswith("by") else f"{short} by"
    span = of_token(verb)
    message = f"`{short}` means by that or more"
    hint = f"write `{short}` with the smallest step that should fire"
    raise error(codes.MORE_THAN, message, span, hint, [Fix(span, short, f"write {short}")])


def refuse_reaching_zero(token: Any, right: ast.Value) -> None:
    """`stock reaches 0`: what reaches a number comes from below, but nothing comes to nought that way.

    Raises:
        AlertDslError: E028.
    """
    if token[:1].lower() not in "rht" or not isinstance(right, ast.Number) or right.value != 0:
        return
    said = " ".join(token.split())
    if said.lower() not in ("reach", "reaches", "hit", "hits", "touches"):
        return
    message = f"from which side does it {said.lower().removesuffix('es').removesuffix('s')} zero?"
    span = of_token(token)
    fixes = [Fix(span, op, f"write {op}") for op in ("<=", ">=")]
    raise error(
        codes.DIRECTION, message, span, "write <= 0 if it falls to zero, >= 0 if it rises to it", fixes
    )
