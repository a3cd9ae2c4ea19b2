"""Typed values and conditions in plain English, and fully parenthesised."""

from __future__ import annotations

from collections.abc import Iterator

from alertdsl.semantics import typed
from alertdsl.semantics.durations import format_duration, spell_duration
from alertdsl.semantics.units import format_number, format_value
from alertdsl.semantics.value_units import unit_of

_FUNCTIONS = {
    "avg": "the average of",
    "sum": "the sum of",
    "min": "the lowest",
    "max": "the highest",
    "count": "the number of points of",
    "stddev": "the standard deviation of",
    "first": "the first",
    "last": "the last",
    "rate": "the rate of",
    "increase": "the increase of",
    "change": "the change of",
    "percent change": "the percent change of",
}
_OPERATORS = {
    ">": "is above",
    ">=": "is at least",
    "<": "is below",
    "<=": "is at most",
    "==": "is",
    "!=": "is not",
}


def series_words(selector: typed.Selector) -> str:
    """``price where symbol is "BTC"``."""
    name = selector.metric or f"{selector.measurement}.{selector.field}"
    said = [f"{m.tag} {_MATCHES[m.op]} {_quoted(m.value)}" for m in selector.matchers]
    return f"{name} where {' and '.join(said)}" if said else name


_MATCHES = {"=": "is", "!=": "is not", "=~": "matches", "!~": "does not match"}


def _quoted(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


def group_words(group: typed.Group | None) -> str:
    """`` of all series with the same host``, "" without a group."""
    if group is None:
        return ""
    tags = ", ".join(group.tags)
    if group.kind == "across":
        return f" of all series that differ only in {tags}"
    return f" of all series with the same {tags}" if tags else " of all series together"


def value_words(value: typed.Value) -> str:
    """A value in plain English."""
    match value:
        case typed.Const():
            return const_words(value, None)
        case typed.Slot(number):
            return f"constant {number}"
        case typed.Current(selector, shift):
            return f"{series_words(selector)}{_ago(shift)}"
        case typed.Window():
            what = f"{_function(value.function, value.quantile)} {series_words(value.selector)}"
            return f"{what} over {spell_duration(value.window)}{group_words(value.group)}{_ago(value.shift)}"
        case typed.Delta():
            what = f"{_FUNCTIONS[value.function]} {series_words(value.selector)} over {spell_duration(value.window)}"
            group = (
                f", added up{group_words(value.group).replace(' of', ' over', 1)}"
                if value.group is not None
                else ""
            )
            return f"{what}{_per(value)}{group}{_ago(value.shift)}"
        case typed.Extreme():
            name = "lowest" if value.function == "min" else "highest"
            return f"the {name} {series_words(value.selector)} within {spell_duration(value.window)}{_ago(value.shift)}"
        case typed.Combined():
            function = (
                "the number" if value.function == "count" else _function(value.function, value.quantile)
            )
            return f"{function} {value_words(value.operand)} now{group_words(value.group)}"
        case typed.Arithmetic(op, left, right):
            return f"({value_words(left)} {op} {value_words(right)})"
        case typed.Absolute(operand):
            return f"the absolute value of {value_words(operand)}"
        case typed.Otherwise(operand, default):
            return f"{value_words(operand)}, or {value_words(default)} where that is unknown"
        case _:
            return _less_common_words(value)


_STATISTICS = {
    "avg": "average",
    "max": "highest value",
    "min": "lowest value",
    "median": "median",
    "stddev": "standard deviation",
    "mad": "median absolute deviation",
}


def _less_common_words(value: typed.Value) -> str:
    match value:
        case typed.Counted():
            tests = " and ".join(
                f"{_OPERATORS[t.op]} {const_words(typed.Const(t.value), None)}" for t in value.tests
            )
            series = f"{series_words(value.selector)} that {tests}"
            return f"the number of points of {series} over {spell_duration(value.window)}{group_words(value.group)}"
        case typed.Distinct():
            return f"how many values of {value.tag} there are among {series_words(value.selector)}{group_words(value.group)}"
        case typed.Baseline():
            return f"its {_STATISTICS[value.statistic]} of the {spell_duration(value.window)} before"
        case typed.Slope() | typed.Integral() | typed.Line() | typed.Steps():
            name = "slope" if isinstance(value, typed.Slope | typed.Line) else type(value).__name__.lower()
            return f"the {name} of {series_words(value.selector)} over {spell_duration(value.window)}{_ago(value.shift)}"
        case typed.Clock():
            return "the time now"
        case typed.CalendarWindow():
            what = _FUNCTIONS.get(value.function, f"the {value.function} of")
            return f"{what} {series_words(value.selector)} {value.calendar.kind}{group_words(value.group)}"
        case typed.Lookup():
            return f"what the table says for its {value.tag}"
    return "a value"


def _function(function: str, quantile: float | None) -> str:
    if quantile is not None:
        return f"the {format_number(round(quantile * 100, 9))}th percentile of"
    return _FUNCTIONS[function]


def _per(value: typed.Delta) -> str:
    if value.function != "rate":
        return ""
    time = spell_duration(value.per)
    return f" (per {time.removeprefix('1 ')})"


def _ago(shift: int) -> str:
    return f", {spell_duration(shift)} ago" if shift else ""


def const_words(value: typed.Const, unit: str | None) -> str:
    """A literal in people's units."""
    if isinstance(value.value, bool):
        return str(value.value).lower()
    if isinstance(value.value, str):
        return _quoted(value.value)
    return format_value(float(value.value), unit)


def comparison_words(node: typed.Compare) -> str:
    """``price where symbol is "BTC" is above 70,000 USD``."""
    right = (
        const_words(node.right, unit_of(node.left))
        if isinstance(node.right, typed.Const)
        else value_words(node.right)
    )
    return f"{value_words(node.left)} {_OPERATORS[node.op]} {right}"


def condition_lines(condition: typed.Condition, indent: str = "") -> Iterator[str]:
    """A condition in plain English, one part a line, what belongs together indented."""
    match condition:
        case typed.Compare():
            yield indent + comparison_words(condition)
        case typed.Missing():
            yield f"{indent}{_missing_words(condition)}"
        case typed.For(operand, duration):
            yield f"{indent}for {spell_duration(duration)} without a break:"
            yield from condition_lines(operand, indent + "  ")
        case typed.And(items) | typed.Or(items):
            yield f"{indent}{'all' if isinstance(condition, typed.And) else 'at least one'} of these:"
            for item in items:
                yield from condition_lines(item, indent + "  ")
        case typed.Not(operand):
            yield f"{indent}not so:"
            yield from condition_lines(operand, indent + "  ")
        case typed.Unless(left, right):
            yield from condition_lines(left, indent)
            yield f"{indent}unless:"
            yield from condition_lines(right, indent + "  ")
        case typed.HeldFor(operand, held, whole):
            yield f"{indent}for {spell_duration(held)} of the last {spell_duration(whole)}, taken together:"
            yield from condition_lines(operand, indent + "  ")
        case typed.HeldPoints(operand, points):
            yield f"{indent}at each of the newest {points} points:"
            yield from condition_lines(operand, indent + "  ")
        case typed.Quantified():
            yield f"{indent}{_quantity(condition)}{group_words(condition.group)}:"
            yield from condition_lines(condition.condition, indent + "  ")
        case _:
            yield f"{indent}{_less_common_condition(condition)}"


def _quantity(node: typed.Quantified) -> str:
    words = {"all": "all values", "any": "any value", "no": "no value", ">=": "at least", ">": "more than"}
    words |= {"<=": "at most", "<": "fewer than", "==": "exactly"}
    number = (
        ""
        if node.op in ("all", "any", "no")
        else f" {format_number(node.count)}{'%' if node.share else ''} values"
    )
    return f"for {words[node.op]}{number} of {node.tag}"


def _less_common_condition(node: typed.Condition) -> str:
    match node:
        case typed.Absent():
            return f"{series_words(node.selector)} has no value at all, in no series"
        case typed.Crosses():
            return f"{value_words(node.operand)} crosses {node.direction} {_bound_words(node.operand, node.bound)}"
        case typed.Trend():
            goes = "falls below" if node.direction == "below" else "rises above"
            bound = _bound_words(typed.Current(node.selector), node.bound)
            line = f"the line through the last {spell_duration(node.window)} of {series_words(node.selector)}"
            return f"{line} {goes} {bound} within {spell_duration(node.within)}, and is not there yet"
        case typed.Changes():
            count = f"{_OPERATORS[node.op].removeprefix('is ')} {node.times}"
            return f"how often {series_words(node.selector)} changes within {spell_duration(node.window)} is {count}"
        case typed.Firing():
            return f"the rule {node.rule} fires"
    return "a condition"


def _bound_words(left: typed.Value, bound: typed.Value) -> str:
    return const_words(bound, unit_of(left)) if isinstance(bound, typed.Const) else value_words(bound)


def _missing_words(node: typed.Missing) -> str:
    series = series_words(node.selector)
    length = spell_duration(node.duration)
    if node.group is None:
        return f"no point of {series} for {length}, although it had points before"
    return (
        f"no point of any {series}{group_words(node.group)} for {length}, although there were points before"
    )


# ---------------------------------------------------------------- formal


def formal(condition: typed.Condition) -> str:
    """The condition on one line with every parenthesis written, so that the binding of `for` can be seen."""
    match condition:
        case typed.Compare(op, left, right):
            return f"{formal_value(left)} {op} {_formal_right(left, right)}"
        case typed.Missing():
            by = _formal_group(condition.group)
            return f"{formal_series(condition.selector)}{by} is missing for {format_duration(condition.duration)}"
        case typed.For(operand, duration):
            return f"({formal(operand)}) for {format_duration(duration)}"
        case typed.And(items):
            return " and ".join(f"({formal(item)})" for item in items)
        case typed.Or(items):
            return " or ".join(f"({formal(item)})" for item in items)
        case typed.Not(operand):
            return f"not ({formal(operand)})"
        case typed.Unless(left, right):
            return f"({formal(left)}) unless ({formal(right)})"
        case typed.HeldFor(operand, held, whole):
            return f"({formal(operand)}) for {format_duration(held)} of {format_duration(whole)}"
        case typed.HeldPoints(operand, points):
            return f"({formal(operand)}) for {points} points"
        case typed.Quantified():
            return f"{_quantity(condition).removeprefix('for ')}{_formal_group(condition.group)} have ({formal(condition.condition)})"
    return _less_common_condition(condition)


def _formal_right(left: typed.Value, right: typed.Value) -> str:
    return const_words(right, unit_of(left)) if isinstance(right, typed.Const) else formal_value(right)


def formal_series(selector: typed.Selector) -> str:
    """``price{symbol="BTC"}``."""
    name = selector.metric or f"{selector.measurement}.{selector.field}"
    tags = ", ".join(f"{m.tag}{m.op}{_quoted(m.value)}" for m in selector.matchers)
    return f"{name}{{{tags}}}" if tags else name


def formal_value(value: typed.Value) -> str:
    """A value as the language writes it."""
    match value:
        case typed.Const():
            return const_words(value, None)
        case typed.Slot(number):
            return f"constant {number}"
        case typed.Current(selector, shift):
            return formal_series(selector) + _formal_ago(shift)
        case typed.Window() | typed.Delta():
            quantile = getattr(value, "quantile", None)
            name = value.function if quantile is None else f"p{format_number(round(quantile * 100, 9))}"
            over = f"over {format_duration(value.window)}"
            series = formal_series(value.selector)
            return f"{name} of {series} {over}{_formal_group(value.group)}{_formal_ago(value.shift)}"
        case typed.Extreme(function, selector, window, shift):
            return f"{function} of {formal_series(selector)} within {format_duration(window)}{_formal_ago(shift)}"
        case typed.Combined():
            name = (
                value.function
                if value.quantile is None
                else f"p{format_number(round(value.quantile * 100, 9))}"
            )
            return f"{name} of ({formal_value(value.operand)}){_formal_group(value.group)}"
        case typed.Arithmetic(op, left, right):
            return f"({formal_value(left)} {op} {formal_value(right)})"
        case typed.Absolute(operand):
            return f"abs({formal_value(operand)})"
        case typed.Otherwise(operand, default):
            return f"({formal_value(operand)} else {formal_value(default)})"
    return value_words(value)


def _formal_group(group: typed.Group | None) -> str:
    if group is None:
        return ""
    return f" {group.kind} {', '.join(group.tags)}" if group.tags else " overall"


def _formal_ago(shift: int) -> str:
    return f" {format_duration(shift)} ago" if shift else ""
