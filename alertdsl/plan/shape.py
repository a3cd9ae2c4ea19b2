"""Shapes: what rules have in common once their constants and series are taken out.

Rules of one shape are decided together, their constants as an array. In a shape's trees a number is a `Slot`,
and a selector
holds no matchers: its `metric` is ``#k``, the number of its slot. Text and booleans stay, since they are part
of the reads.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

from alertdsl.semantics import typed
from alertdsl.semantics.typed import Condition, Selector, Value


@dataclass(frozen=True, slots=True)
class Shape:
    """The trees that decide a rule, without its constants and matchers; equal shapes are evaluated
    together."""

    condition: Condition
    pending: Condition
    recover: Condition | None
    rungs: tuple[Condition, ...]
    fallen: tuple[Condition, ...]
    subject: Value | None
    every: typed.Every
    selectors: tuple[Selector, ...]

    @property
    def trees(self) -> tuple[Condition | Value, ...]:
        """All trees, in the order in which slots were numbered."""
        optional = (self.recover, self.subject)
        return (
            self.condition,
            self.pending,
            *self.rungs,
            *self.fallen,
            *(t for t in optional if t is not None),
        )


@dataclass(frozen=True, slots=True)
class Shaped:
    """A rule as its shape, the constants and the selectors that fill the slots."""

    rule: typed.Rule
    shape: Shape
    constants: tuple[float, ...]
    selectors: tuple[Selector, ...]


def shape_of(rule: typed.Rule) -> Shaped:
    """Take the constants and series out of a rule."""
    slots = _Slots()
    shape = Shape(
        condition=slots.condition(distribute_for(rule.when)),
        pending=slots.condition(rule.pending),
        rungs=tuple(slots.condition(distribute_for(rung.when)) for rung in rule.rungs),
        fallen=tuple(slots.condition(distribute_for(_fall(rung, rule.base_for))) for rung in rule.rungs),
        recover=None if rule.recover is None else slots.condition(distribute_for(rule.recover)),
        subject=None if rule.subject is None else slots.value(rule.subject),
        every=rule.every,
        selectors=(),
    )
    shape = replace(shape, selectors=tuple(slots.blank(s) for s in slots.selectors))
    return Shaped(rule, shape, tuple(slots.constants), tuple(slots.selectors))


def _fall(rung: typed.Rung, base_for: int) -> Condition:
    """When an alert may leave a rung: its own ``recover when``, or the rung false for the base ``for``."""
    if rung.recover is not None:
        return rung.recover
    no_longer = typed.Not(rung.when)
    return typed.For(no_longer, base_for) if base_for else no_longer


_INVERSE: dict[typed.CompareOp, typed.CompareOp] = {
    ">": "<=",
    "<=": ">",
    "<": ">=",
    ">=": "<",
    "==": "!=",
    "!=": "==",
}


def inverse(op: typed.CompareOp) -> typed.CompareOp:
    """The comparison that is false where `op` is true, true where it is false, and unknown where it is
    unknown."""
    return _INVERSE[op]


def distribute_for(condition: Condition) -> Condition:
    """Move ``for`` inwards as far as the meaning allows, so that more of it is decided by the storage.

    ``(A and B) for D`` is ``A for D and B for D`` where no operand is windowed (semantics: Conditions over
    time).
    """
    match condition:
        case typed.For(operand, duration):
            inner = distribute_for(operand)
            if isinstance(inner, typed.And) and not is_windowed(inner):
                return typed.And(tuple(distribute_for(typed.For(item, duration)) for item in inner.items))
            return typed.For(inner, duration)
        case typed.Not(typed.Compare(op, left, right)):
            return typed.Compare(inverse(op), left, right)
        case typed.And(items):
            return typed.And(tuple(distribute_for(item) for item in items))
        case typed.Or(items):
            return typed.Or(tuple(distribute_for(item) for item in items))
        case typed.Not(operand):
            return typed.Not(distribute_for(operand))
        case typed.Unless(left, right):
            return typed.Unless(distribute_for(left), distribute_for(right))
    return condition


def is_windowed(node: Condition | Value) -> bool:
    """Whether the truth of `node` can change at the rule's instants, not only at points and where they go
    stale."""
    match node:
        case typed.Window() | typed.Delta() | typed.Extreme() | typed.Missing() | typed.For():
            return True
        case typed.Compare(_, left, right) | typed.Arithmetic(_, left, right) | typed.Unless(left, right):
            return is_windowed(left) or is_windowed(right)
        case typed.And(items) | typed.Or(items):
            return any(is_windowed(item) for item in items)
        case typed.Not(operand) | typed.Absolute(operand):
            return is_windowed(operand)
        case typed.Combined(operand=operand):
            return is_windowed(operand)
    return False


class _Slots:
    """Numbers constants and distinct selectors in the order of a walk."""

    def __init__(self) -> None:
        self.constants: list[float] = []
        self.selectors: list[Selector] = []

    def blank(self, selector: Selector) -> Selector:
        if selector not in self.selectors:
            self.selectors.append(selector)
        # Matchers on tags outside the key select points: they make another stream, so they stay in the shape.
        key = selector.series_key
        points = () if key is None else tuple(m for m in selector.matchers if m.tag not in key)
        slot = f"#{self.selectors.index(selector)}"
        return replace(selector, matchers=points, expect=(), metric=slot, unit=None)

    def value(self, node: Value) -> Value:
        match node:
            case typed.Const(bool() | str()):
                return node
            case typed.Const(value):
                self.constants.append(float(value))
                return typed.Slot(len(self.constants) - 1)
            case typed.Current() | typed.Window() | typed.Delta() | typed.Extreme():
                return replace(node, selector=self.blank(node.selector))
            case typed.Combined() | typed.Absolute():
                return replace(node, operand=self.value(node.operand))
            case typed.Arithmetic(op, left, right):
                return typed.Arithmetic(op, self.value(left), self.value(right))
        raise AssertionError(node)

    def condition(self, node: Condition) -> Condition:
        match node:
            case typed.Compare(op, left, right):
                return typed.Compare(op, self.value(left), self.value(right))
            case typed.And(items):
                return typed.And(tuple(self.condition(item) for item in items))
            case typed.Or(items):
                return typed.Or(tuple(self.condition(item) for item in items))
            case typed.Not(operand):
                return typed.Not(self.condition(operand))
            case typed.For(operand, duration):
                return typed.For(self.condition(operand), duration)
            case typed.Unless(left, right):
                return typed.Unless(self.condition(left), self.condition(right))
            case typed.Missing():
                return replace(node, selector=self.blank(node.selector))
        raise AssertionError(node)
