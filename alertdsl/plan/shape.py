"""Shapes: what rules have in common once their constants and series are taken out.

Rules of one shape are decided together, their constants as an array. In a shape's trees a number is a `Slot`,
and a selector holds no matchers: its `metric` is ``#k``, the number of its slot. Text and booleans stay,
since they are part of the reads.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import cast

from alertdsl.semantics import typed
from alertdsl.semantics.tree import Leaf, Node, ValueLeaf, children, rebuild
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
    during: typed.During | None
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
    """A rule as its shape, and the constants and selectors that fill the slots."""

    rule: typed.Rule
    shape: Shape
    constants: tuple[float, ...]
    selectors: tuple[Selector, ...]
    awaited: tuple[str, ...] = ()
    """The rules that it asks about, by the number in their place."""


def shape_of(rule: typed.Rule) -> Shaped:
    """Take the constants and series out of a rule."""
    slots = _Slots(rule.every)
    shape = Shape(
        condition=slots.fill(distribute_for(rule.when)),
        pending=slots.fill(rule.pending),
        rungs=tuple(slots.fill(distribute_for(rung.when)) for rung in rule.rungs),
        fallen=tuple(slots.fill(distribute_for(_fall(rung, rule.base_for))) for rung in rule.rungs),
        recover=None if rule.recover is None else slots.fill(distribute_for(rule.recover)),
        subject=None if rule.subject is None else slots.fill(rule.subject),
        every=rule.every,
        during=rule.during,
        selectors=(),
    )
    shape = replace(shape, selectors=tuple(slots.blank(s) for s in slots.selectors))
    return Shaped(rule, shape, tuple(slots.constants), tuple(slots.selectors), tuple(slots.awaited))


def spelled_out(shaped: Shaped, node: Node) -> Node:
    """A part of a shape's tree with the rule's own constants and series put back, for people to read."""
    if isinstance(node, typed.Slot):
        return cast("Node", typed.Const(shaped.constants[node.number]))
    if isinstance(node, typed.Firing):
        return cast("Node", typed.Firing(shaped.awaited[int(node.rule.removeprefix("#"))]))
    if isinstance(node, Leaf):
        slot = int(node.selector.metric.removeprefix("#"))
        node = cast("Node", replace(node, selector=shaped.selectors[slot]))
    return rebuild(node, lambda part: spelled_out(shaped, part))


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
        case typed.Current() | typed.Distinct() | typed.Absent() | typed.Baseline():
            return False  # they change where a point comes or goes stale
        case typed.Clock() | typed.Firing() | typed.Changes() | typed.Crosses() | typed.Trend():
            return True
        case typed.For() | typed.HeldFor() | typed.HeldPoints() | typed.And(regular=True):
            return True
    return isinstance(node, Leaf) or any(is_windowed(child) for child in children(node))


class _Slots:
    """Numbers constants and distinct selectors in the order of a walk, and spells out what is decided by leaves of its own."""

    def __init__(self, every: typed.Every) -> None:
        self.every = every
        self.constants: list[float] = []
        self.selectors: list[Selector] = []
        self.awaited: list[str] = []

    def fill(self, node: Node) -> Node:
        """The tree with its constants and selectors taken out."""
        found = self._fill(node)
        return cast("Node", found)

    def _fill(self, node: Condition | Value) -> Condition | Value:
        match node:
            case typed.Const(bool() | str()):
                return node
            case typed.Const(value):
                self.constants.append(float(value))
                return typed.Slot(len(self.constants) - 1)
            case typed.Trend():
                return self._fill(_line_passes(node))
            case typed.Changes(selector, op, times, window):
                return self._fill(typed.Compare(op, typed.Steps(selector, window), typed.Const(float(times))))
            case typed.Crosses():
                return self._fill(_crossed(node, step_of(self.every)))
            case typed.Firing(name, of):
                if name not in self.awaited:
                    self.awaited.append(name)
                within = None if of is None else typed.Awaited(self.fill(of.condition))
                return typed.Firing(f"#{self.awaited.index(name)}", within)
        if isinstance(node, Leaf):
            node = replace(node, selector=self.blank(node.selector))
        return rebuild(node, self._fill)

    def blank(self, selector: Selector) -> Selector:
        """The selector's place, without what differs from rule to rule."""
        if selector not in self.selectors:
            self.selectors.append(selector)
        # Matchers on tags outside the key select points: they make another stream, so they stay in the shape.
        key = selector.series_key
        points = () if key is None else tuple(m for m in selector.matchers if m.tag not in key)
        slot = f"#{self.selectors.index(selector)}"
        return replace(selector, matchers=points, expect=(), metric=slot, unit=None)


def _line_passes(node: typed.Trend) -> Condition:
    """The line passes the bound somewhere in ``(T, T + within]``, at one of its ends if anywhere; the value has not yet."""
    past: typed.CompareOp = "<" if node.direction == "below" else ">"
    ends = (typed.Line(node.selector, node.window, ahead) for ahead in (0, node.within))
    passes = typed.Or(tuple(typed.Compare(past, end, node.bound) for end in ends))
    return typed.And((passes, typed.Compare(inverse(past), typed.Current(node.selector), node.bound)))


def _crossed(node: typed.Crosses, step: int) -> Condition:
    """Points of a metric tell each crossing of a bound that stays; other values are compared at ``T - every`` and ``T``."""
    if isinstance(node.operand, typed.Current) and isinstance(node.bound, typed.Const | typed.Lookup):
        crossed = typed.CrossedPoints(
            node.operand.selector, node.direction, node.bound, step, node.operand.shift
        )
        return typed.Compare(">", crossed, typed.Const(0.0))
    past: typed.CompareOp = ">" if node.direction == "above" else "<"
    before = typed.Compare(inverse(past), shifted(node.operand, step), shifted(node.bound, step))
    return typed.And((typed.Compare(past, node.operand, node.bound), before), regular=True)


def shifted(value: Value, by: int) -> Value:
    """The value `by` nanoseconds earlier."""
    if isinstance(value, typed.Clock):
        return typed.Arithmetic("-", value, typed.Const(by / value.per))
    moved = rebuild(value, lambda child: shifted(child, by))
    if isinstance(moved, ValueLeaf):
        return replace(moved, shift=moved.shift + by)
    return moved


def step_of(every: typed.Every) -> int:
    """How far apart a rule's instants are, in nanoseconds (a day where they are times of day)."""
    return every.interval if every.at is None else typed.DAY
