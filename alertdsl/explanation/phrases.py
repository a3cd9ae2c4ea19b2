"""What the resolver spelled out, said again as people say it: rises, deviations, shares and multiples, growth.

Each pattern is a normal form that the resolver makes (`semantics.typed`); what matches none is said by `words`.
"""

from __future__ import annotations

from alertdsl.semantics import typed
from alertdsl.semantics.units import format_number


def rise_of(value: typed.Value) -> tuple[str, typed.Extreme, bool] | None:
    """``risen`` or ``fallen``, from where, and whether as a share of it: ``x - min of x within W``, over ``abs`` of that."""
    match value:
        case typed.Arithmetic("/", part, typed.Absolute(typed.Extreme() as whole)):
            found = rise_of(part)
            return None if found is None or found[1] != whole else (found[0], whole, True)
        case typed.Arithmetic("-", typed.Current(selector), typed.Extreme("min", of) as low) if (
            of == selector
        ):
            return "risen", low, False
        case typed.Arithmetic("-", typed.Extreme("max", of) as high, typed.Current(selector)) if (
            of == selector
        ):
            return "fallen", high, False
    return None


def deviation_of(
    node: typed.Compare,
) -> tuple[typed.Value, typed.Baseline, typed.Baseline, typed.Value] | None:
    """The value, its middle, its spread and how many spreads: ``abs(x - its average) > its deviation * n``."""
    match node:
        case typed.Compare(
            ">",
            typed.Absolute(typed.Arithmetic("-", value, middle)),
            typed.Arithmetic("*", typed.Baseline(statistic="stddev" | "mad") as spread, count),
        ):
            of = baseline_of(middle)
            return None if of is None else (value, of, spread, count)
    return None


def baseline_of(value: typed.Value) -> typed.Baseline | None:
    """``its average``, of a metric that is an expression of another, too: ``its average * a + b``."""
    match value:
        case typed.Baseline():
            return value
        case typed.Arithmetic(
            "+" | "-" | "*" | "/", typed.Baseline() | typed.Arithmetic() as left, typed.Const()
        ):
            return baseline_of(left)
    return None


def factor_of(value: typed.Value) -> tuple[str, typed.Value] | None:
    """``90% of`` or ``5 times``, and what: ``0.9 * x``."""
    match value:
        case typed.Arithmetic("*", typed.Const(float() | int() as factor), of) | typed.Arithmetic(
            "*", of, typed.Const(float() | int() as factor)
        ) if not isinstance(of, typed.Const) and factor > 0:
            if factor < 1:
                return f"{format_number(round(factor * 100, 9))}% of", of
            return f"{format_number(factor)} times", of
    return None
