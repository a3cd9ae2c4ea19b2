"""Phrases that the grammar reads but that leave a number or a meaning open: refused, with every reading as a fix."""

from __future__ import annotations

import re
from typing import Any

from alertdsl.diagnostics import AlertDslError, Diagnostic, Fix, Span, error
from alertdsl.syntax import ast, codes
from alertdsl.syntax.build_support import of_token
from alertdsl.syntax.quantities import TIME_UNITS

_IN_THE_LAST = re.compile(
    r"(.+) (?:in|within|during|over) the (?:last|past) (second|minute|hour|day|week)", re.IGNORECASE
)


def refuse_counted(node: ast.Compare) -> None:
    """`more than 100 errors in the last hour`, which reads as a comparison with a long name.

    Raises:
        AlertDslError: E018.
    """
    from alertdsl.syntax.format_values import name, value

    assert isinstance(node.left, ast.MetricRef)
    match = _IN_THE_LAST.fullmatch(name(node.left))
    if match is not None:
        window = f"1{TIME_UNITS[match[2].lower()]}"
        raise AlertDslError(counted_how(match[1], node.op, value(node.right), window, node.span))


def counted_how(name: str, op: str, amount: str, window: str, span: Span) -> Diagnostic:
    """`more than 100 errors in 5m`: points of events are counted, a counter has an increase; the text does not say which."""
    readings = [f"{how} of {name} over {window} {op} {amount}" for how in ("increase", "count")]
    titles = (
        "it counts upwards: what it has grown by",
        "each point is one of them: how many points there are",
    )
    hint = f"write {readings[0]} if it is a counter, {readings[1]} if each point is one of them"
    fixes = tuple(Fix(span, text, title) for text, title in zip(readings, titles, strict=True))
    return Diagnostic(codes.COUNTED_HOW, f"how are {name} counted?", span, hint, fixes=fixes)


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


def refuse_being_its_own(token: Any, right: ast.Value) -> None:
    """`load is twice its 1d average`: measured values are never just that, so more or less is meant.

    Raises:
        AlertDslError: E028.
    """
    of = right.right if isinstance(right, ast.Arithmetic) else right
    if token.type != "EQ" or not token[:1].isalpha() or not isinstance(of, ast.Baseline):
        return
    span = of_token(token)
    fixes = [Fix(span, f"is {how} than", f"write is {how} than") for how in ("more", "less")]
    raise error(
        codes.DIRECTION, "more than that, or less?", span, "write is more than, or is less than", fixes
    )
