"""Typed conditions as the language writes them, every parenthesis shown, so that the binding of `for` can be seen."""

from __future__ import annotations

from alertdsl.explanation.words import const_words, in_unit, quoted, value_words
from alertdsl.semantics import typed
from alertdsl.semantics.durations import format_duration
from alertdsl.semantics.indicators import condition_counted
from alertdsl.semantics.units import format_number
from alertdsl.semantics.value_units import unit_of


def formal(condition: typed.Condition) -> str:
    """The condition on one line."""
    match condition:
        case typed.Compare(op, left, right):
            return f"{formal_value(left)} {op} {_right(left, right)}"
        case typed.For(operand, duration):
            return f"({formal(operand)}) for {format_duration(duration)}"
        case typed.And(items):
            return " and ".join(f"({formal(item)})" for item in items)
        case typed.Or(items):
            return " or ".join(f"({formal(item)})" for item in items)
        case typed.Not(typed.Firing(rule)):
            return f"{rule} is not firing"
        case typed.Not(typed.Matches(operand, pattern)):
            return f"{formal_value(operand)} does not match {quoted(pattern)}"
        case typed.Not(operand):
            return f"not ({formal(operand)})"
        case typed.Unless(left, right):
            return f"({formal(left)}) unless ({formal(right)})"
        case typed.HeldFor(operand, held, whole):
            return f"({formal(operand)}) for {format_duration(held)} of {format_duration(whole)}"
        case typed.HeldPoints(operand, points):
            return f"({formal(operand)}) for {points} points"
        case typed.Quantified():
            group = _group(condition.group) if condition.group.tags else ""
            return f"{_quantity(condition)} {condition.tag}{group} have ({formal(condition.condition)})"
        case _:
            return _less_common(condition)


def _quantity(node: typed.Quantified) -> str:
    """``at least 3``, ``more than 20% of``, ``all``."""
    if node.op in ("all", "any", "no"):
        return node.op
    words = {">=": "at least", ">": "more than", "<=": "at most", "<": "fewer than", "==": "exactly"}
    return f"{words[node.op]} {format_number(node.count)}{'% of' if node.share else ''}"


def _less_common(node: typed.Condition) -> str:
    match node:
        case typed.Missing():
            lasting = format_duration(node.duration)
            return f"{formal_series(node.selector)}{_group(node.group)} is missing for {lasting}"
        case typed.Absent():
            return f"{formal_series(node.selector)} is absent"
        case typed.Matches():
            return f"{formal_value(node.operand)} matches {quoted(node.pattern)}"
        case typed.Firing():
            return f"{node.rule} is firing"
        case typed.Crosses():
            return f"{formal_value(node.operand)} crosses {node.direction} {_right(node.operand, node.bound)}"
        case typed.Trend():
            verb = "will fall below" if node.direction == "below" else "will rise above"
            bound = _right(typed.Current(node.selector), node.bound)
            when = f"within {format_duration(node.within)} at its {format_duration(node.window)} trend"
            return f"{formal_series(node.selector)} {verb} {bound} {when}"
        case typed.Changes():
            often = f"{'more than' if node.op == '>' else 'at least'} {node.times} times"
            return f"{formal_series(node.selector)} changes {often} within {format_duration(node.window)}"
    raise AssertionError(node)


def _right(left: typed.Value, right: typed.Value) -> str:
    """A value in the unit of the other."""
    plain = isinstance(right, typed.Const | typed.Lookup)
    return in_unit(right, unit_of(left)) if plain else formal_value(right)


def formal_series(selector: typed.Selector) -> str:
    """``price{symbol="BTC"}``."""
    name = selector.metric or f"{selector.measurement}.{selector.field}"
    tags = ", ".join(f"{m.tag}{m.op}{quoted(m.value)}" for m in selector.matchers)
    return f"{name}{{{tags}}}" if tags else name


def formal_value(value: typed.Value) -> str:
    """A value as the language writes it."""
    match value:
        case typed.Const():
            return const_words(value, None)
        case typed.Current(selector, shift):
            return formal_series(selector) + _ago(shift)
        case typed.Window() | typed.Delta() | typed.Slope() | typed.Integral() | typed.Histogram():
            calendar = getattr(value, "calendar", None)
            over = f"over {format_duration(value.window)}" if calendar is None else calendar.kind
            tail = f"{over}{_group(getattr(value, 'group', None))}{_ago(value.shift)}"
            return f"{_name(value)} of {formal_series(value.selector)} {tail}"
        case typed.CalendarWindow():
            series = formal_series(value.selector)
            return f"{_name(value)} of {series} {value.calendar.kind}{_group(value.group)}"
        case typed.Extreme(function, selector, window, shift):
            return f"{function} of {formal_series(selector)} within {format_duration(window)}{_ago(shift)}"
        case typed.Distinct():
            return f"distinct {value.tag} of {formal_series(value.selector)}{_group(value.group)}{_ago(value.shift)}"
        case typed.Counted():
            name = value.selector.metric or f"{value.selector.measurement}.{value.selector.field}"
            tests = " and ".join(
                f"{name} {t.op} {const_words(typed.Const(t.value), None)}" for t in value.tests
            )
            over = f"over {format_duration(value.window)}{_group(value.group)}{_ago(value.shift)}"
            return f"count of ({tests}) {over}"
        case typed.Combined():
            return f"{_name(value)} of ({formal_value(value.operand)}){_group(value.group)}"
        case typed.Arithmetic("-", typed.Clock(), moment):
            return f"age of {formal_value(moment)}"
        case typed.Arithmetic("-", moment, typed.Clock()):
            return f"time until {formal_value(moment)}"
        case typed.Arithmetic(op, left, right):
            return f"({formal_value(left)} {op} {formal_value(right)})"
        case typed.Absolute(operand):
            return f"abs({formal_value(operand)})"
        case typed.Function(name, arguments):
            return f"{name}({', '.join(_right(value, argument) for argument in arguments)})"
        case typed.Otherwise():
            return _otherwise(value)
    return value_words(value)


def _otherwise(value: typed.Otherwise) -> str:
    found = condition_counted(value)
    if found is not None:
        return f"count of ({formal(found[0])}){_group(found[1])}"
    return f"({formal_value(value.operand)} else {_right(value.operand, value.default)})"


def _name(value: typed.Value) -> str:
    """The word before `of`."""
    quantile = getattr(value, "quantile", None)
    if quantile is not None:
        return f"p{format_number(round(quantile * 100, 9))}"
    return str(getattr(value, "function", type(value).__name__.lower()))


def _group(group: typed.Group | None) -> str:
    if group is None:
        return ""
    return f" {group.kind} {', '.join(group.tags)}" if group.tags else " overall"


def _ago(shift: int) -> str:
    return f" {format_duration(shift)} ago" if shift else ""
