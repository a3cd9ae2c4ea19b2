"""The value of an expression for a label set at a time."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass

from alertdsl.semantics import typed
from alertdsl.semantics.typed import Nanoseconds
from tests.reference.data import Labels, Scalar
from tests.reference.labels import World, grouped_members, partner
from tests.reference.leaf import lacks_points, leaf_value
from tests.reference.nodes import Leaf, is_overall, leaves
from tests.reference.numbers import aggregate, number


@dataclass(frozen=True)
class Unknown:
    """An unknown value or truth; `no_data` where “a known series lacks the points that it needs”."""

    no_data: bool = False

    @classmethod
    def of(cls, unknowns: Sequence[Unknown]) -> Unknown:
        """What is unknown because all of these are."""
        return Unknown(any(each.no_data for each in unknowns))


OTHER, NO_DATA = Unknown(False), Unknown(True)

Value = Scalar | Unknown


def value(world: World, node: typed.Value, labels: Labels, time: Nanoseconds) -> Value:
    """The value of `node` for a label set at `time`."""
    match node:
        case typed.Const(constant):
            return constant
        case typed.Combined():
            sets = partner(world, node, grouped_members(world, node), labels)
            return OTHER if sets is None else _combined(world.within(node), node, sets, time)
        case typed.Arithmetic(op, left, right):
            return _arithmetic(op, value(world, left, labels, time), value(world, right, labels, time))
        case typed.Absolute(operand):
            inner = value(world, operand, labels, time)
            return inner if isinstance(inner, Unknown) else abs(float(inner))
        case typed.Function(name, arguments):
            return _function(name, [value(world, each, labels, time) for each in arguments])
        case typed.Otherwise(operand, default):
            # "`x else c` is `x`, or `c` where `x` is unknown"
            found = value(world, operand, labels, time)
            # Also where it is not needed: what cannot be matched is refused whatever the values are.
            instead = value(world, default, labels, time)
            if not isinstance(found, Unknown):
                return found
            return Unknown.of([found, instead]) if isinstance(instead, Unknown) else instead
        case typed.Indicator(condition):
            from tests.reference.truth import truth  # which asks for values in turn

            holds = truth(world, condition, labels, time)
            return holds if isinstance(holds, Unknown) else float(holds)
        case typed.Clock(per):
            return time / per
        case typed.Lookup():
            row = dict(node.rows).get(dict(labels).get(node.tag, ""), node.default)
            # "without a row and without `else`, unknown"
            return OTHER if row is None else value(world, row, labels, time)
    if isinstance(node, Leaf):
        return _leaf(world, node, labels, time)
    raise AssertionError(f"{type(node).__name__} is made from rules later, and never in one")


def _leaf(world: World, node: Leaf, labels: Labels, time: Nanoseconds) -> Value:
    series = partner(world, node, world.members(node), labels)
    if series is None:  # "a missing partner is unknown"
        return OTHER
    found = leaf_value(node, series, time, known_at=time + world.ago, instant=world.instant)
    if found is None:
        return NO_DATA if lacks_points(node, series, time) else OTHER
    return found


def _combined(world: World, node: typed.Combined, sets: list[Labels], time: Nanoseconds) -> Value:
    """“Without `over`, `by` and `overall` combine the values at `T` and skip series that have none”."""
    known = is_overall(node.group) or any(_is_known(world, node.operand, labels, time) for labels in sets)
    if node.function == "count" and not known:
        return OTHER
    values: list[Scalar] = []
    unknowns: list[Unknown] = []
    for labels in sorted(sets):
        each = value(world, node.operand, labels, time)
        if isinstance(each, Unknown):
            unknowns.append(each)
        else:
            values.append(each)
    result = aggregate(node.function, values, node.quantile)
    if result is None:
        return Unknown.of(unknowns)
    return result


def _is_known(world: World, node: typed.Value, labels: Labels, time: Nanoseconds) -> bool:
    """Whether a known series stands behind a label set of an expression."""
    behind = [(leaf, partner(world, leaf, world.members(leaf), labels)) for leaf in leaves(node)]
    return any(s.known(leaf.selector, time + world.ago) for leaf, series in behind for s in series or ())


def _arithmetic(op: typed.ArithmeticOp, left: Value, right: Value) -> Value:
    """“Arithmetic with an unknown operand, and division by zero, are unknown”."""
    if isinstance(left, Unknown) or isinstance(right, Unknown):
        return Unknown.of([each for each in (left, right) if isinstance(each, Unknown)])
    a, b = float(left), float(right)
    match op:
        case "+":
            result = a + b
        case "-":
            result = a - b
        case "*":
            result = a * b
        case "/":
            if b == 0:
                return OTHER
            result = a / b
    found = number(result)
    return OTHER if found is None else found


def _function(name: typed.MathFunction, arguments: Sequence[Value]) -> Value:
    """“Unknown where an argument is; so are the root of a negative number and the logarithm of one that is not above zero.
    Halves are rounded away from zero.”"""
    unknown = [each for each in arguments if isinstance(each, Unknown)]
    if unknown:
        return Unknown.of(unknown)
    numbers = [float(each) for each in arguments if not isinstance(each, Unknown)]
    x = numbers[0]
    match name:
        case "min":
            return min(numbers)
        case "max":
            return max(numbers)
        case "sqrt":
            return OTHER if x < 0 else math.sqrt(x)
        case "log":
            return OTHER if x <= 0 else math.log(x)
    if math.isinf(x):
        return x
    match name:
        case "floor":
            return float(math.floor(x))
        case "ceil":
            return float(math.ceil(x))
        case "round":
            nearest = float(math.floor(abs(x) + 0.5))
            return -nearest if x < 0 else nearest
    raise AssertionError(name)
