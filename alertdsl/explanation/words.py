"""Typed values and conditions in plain English."""

from __future__ import annotations

from collections.abc import Iterator

from alertdsl.explanation.phrases import baseline_of, deviation_of, factor_of, rise_of
from alertdsl.semantics import typed
from alertdsl.semantics.durations import spell_duration
from alertdsl.semantics.indicators import condition_counted
from alertdsl.semantics.units import format_number, format_value
from alertdsl.semantics.value_units import unit_of
from alertdsl.syntax.words import OPERATOR_WORDS

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


def series_words(selector: typed.Selector) -> str:
    """``price where symbol is "BTC"``."""
    name = selector.metric or f"{selector.measurement}.{selector.field}"
    said = [f"{m.tag} {_MATCHES[m.op]} {quoted(m.value)}" for m in selector.matchers]
    return f"{name} where {' and '.join(said)}" if said else name


_MATCHES = {"=": "is", "!=": "is not", "=~": "matches", "!~": "does not match"}


def quoted(text: str) -> str:
    """Text as the language writes it."""
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
                "the number of values of"
                if value.function == "count"
                else _function(value.function, value.quantile)
            )
            return f"{function} {value_words(value.operand)} now{group_words(value.group)}"
        case typed.Arithmetic("-", typed.Clock(), moment):
            return f"the age of {value_words(moment)}"
        case typed.Arithmetic("-", moment, typed.Clock()):
            return f"the time until {value_words(moment)}"
        case typed.Arithmetic():
            return _arithmetic_words(value)
        case typed.Absolute(operand):
            return f"the absolute value of {value_words(operand)}"
        case typed.Function(name, arguments):
            return _function_words(name, arguments, unit_of(value))
        case typed.Otherwise() if (found := condition_counted(value)) is not None:
            return f"the number{group_words(found[1])} for which {_on_one_line(found[0])}"
        case typed.Otherwise(operand, default):
            return f"{value_words(operand)}, or {in_unit(default, unit_of(operand))} where that is unknown"
        case _:
            return _less_common_words(value)


def _on_one_line(condition: typed.Condition) -> str:
    """Comparisons joined by `and` and `or`, in brackets."""
    if isinstance(condition, typed.And | typed.Or):
        word = " and " if isinstance(condition, typed.And) else " or "
        return f"({word.join(_on_one_line(item) for item in condition.items)})"
    return comparison_words(condition) if isinstance(condition, typed.Compare) else "a condition"


def _arithmetic_words(value: typed.Arithmetic) -> str:
    rise = rise_of(value)
    if rise is not None:
        way = "rise" if rise[0] == "risen" else "fall"
        within = f"within {_spell(rise[1].window)}{_ago(rise[1].shift)}"
        return (
            f"the {way} of {series_words(rise[1].selector)} {within}{', as a share of it' if rise[2] else ''}"
        )
    factor = factor_of(value)
    if factor is not None:
        of = baseline_of(factor[1])
        return f"{factor[0]} {value_words(factor[1] if of is None else of)}"
    return f"({_beside(value.left, value.right)} {value.op} {_beside(value.right, value.left)})"


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
                f"{OPERATOR_WORDS[t.op]} {const_words(typed.Const(t.value), None)}" for t in value.tests
            )
            series = f"{series_words(value.selector)} that {tests}"
            return f"the number of points of {series} {_over(value)}{group_words(value.group)}{_ago(value.shift)}"
        case typed.Histogram():
            name = _function("percentile", value.quantile)
            over = f"{_over(value)}{group_words(value.group)}{_ago(value.shift)}"
            return f"{name} {series_words(value.selector)}, from its buckets by {value.bucket_tag}, {over}"
        case typed.Distinct():
            return f"how many values of {value.tag} there are among {series_words(value.selector)}{group_words(value.group)}"
        case typed.Baseline():
            return f"its {_STATISTICS[value.statistic]} of the {_spell(value.window)} before"
        case typed.Slope() | typed.Integral() | typed.Line() | typed.Steps():
            name = "slope" if isinstance(value, typed.Slope | typed.Line) else type(value).__name__.lower()
            return f"the {name} of {series_words(value.selector)} {_over(value)}{_ago(value.shift)}"
        case typed.Clock():
            return "the time now"
        case typed.CalendarWindow():
            series = f"{series_words(value.selector)} {_over(value)}"
            return f"{_function(value.function, value.quantile)} {series}{group_words(value.group)}"
        case typed.Lookup():
            return table_words(value, None)
    return "a value"


def _over(value: typed.CalendarWindow | typed.AnyWindow | typed.Line | typed.Steps) -> str:
    """The window that a value is taken over."""
    match value:
        case typed.CalendarWindow(calendar=calendar):
            return _dated(calendar)
        case typed.Line() | typed.Steps():
            pass
        case _ if value.calendar is not None:
            return _dated(value.calendar)
    return f"over {spell_duration(value.window)}"


def _dated(calendar: typed.Calendar) -> str:
    return f"{calendar.kind} ({calendar.zone})"


_OF_TWO = {"min": "the lowest of", "max": "the highest of"}
_OF_ONE = {
    "round": "{} rounded",
    "floor": "{} rounded down",
    "ceil": "{} rounded up",
    "sqrt": "the square root of {}",
    "log": "the natural logarithm of {}",
}


def _function_words(name: str, arguments: tuple[typed.Value, ...], unit: str | None) -> str:
    said = [in_unit(argument, unit) for argument in arguments]
    if name in _OF_ONE:
        return _OF_ONE[name].format(said[0])
    return f"{_OF_TWO[name]} {', '.join(said[:-1])} and {said[-1]}"


def _beside(value: typed.Value, other: typed.Value) -> str:
    """A part of a sum; a literal is in the unit of what stands beside it, a factor in none."""
    return value_words(value) if not isinstance(value, typed.Lookup) else table_words(value, unit_of(other))


def table_words(table: typed.Lookup, unit: str | None) -> str:
    """``95% for host "db1", 90% for any other``."""
    rows = [f"{in_unit(value, unit)} for {table.tag} {quoted(key)}" for key, value in table.rows]
    if table.default is not None:
        rows.append(f"{in_unit(table.default, unit)} for any other")
    return f"({', '.join(rows)})"


def in_unit(value: typed.Value, unit: str | None) -> str:
    """A value in plain English, literals in a unit."""
    if isinstance(value, typed.Const):
        return const_words(value, unit)
    return table_words(value, unit) if isinstance(value, typed.Lookup) else value_words(value)


def _function(function: str, quantile: float | None) -> str:
    if quantile is not None:
        return f"the {format_number(round(quantile * 100, 9))}th percentile of"
    return _FUNCTIONS[function]


def _per(value: typed.Delta) -> str:
    if value.function != "rate":
        return ""
    time = spell_duration(value.per)
    return f" (per {time.removeprefix('1 ')})"


def _spell(ns: int) -> str:
    """A length of time after an article: ``30 days``, but ``day``."""
    return spell_duration(ns).removeprefix("1 ")


def _ago(shift: int) -> str:
    return f", {spell_duration(shift)} ago" if shift else ""


def const_words(value: typed.Const, unit: str | None) -> str:
    """A literal in people's units."""
    if isinstance(value.value, bool):
        return str(value.value).lower()
    if isinstance(value.value, str):
        return quoted(value.value)
    return format_value(float(value.value), unit)


def comparison_words(node: typed.Compare) -> str:
    """``price where symbol is "BTC" is above 70,000 USD``."""
    said = _as_people_say(node)
    if said is not None:
        return said
    return f"{value_words(node.left)} {OPERATOR_WORDS[node.op]} {in_unit(node.right, unit_of(node.left))}"


def _as_people_say(node: typed.Compare) -> str | None:
    rise = rise_of(node.left)
    if rise is not None and node.op in (">=", ">") and isinstance(node.right, typed.Const):
        way, start, share = rise
        by = const_words(node.right, unit_of(node.left))
        if share:
            by = f"{format_number(round(float(node.right.value) * 100, 9))}%"
        least = "at least" if node.op == ">=" else "more than"
        within = f"within {spell_duration(start.window)}{_ago(start.shift)}"
        return f"{series_words(start.selector)} has {way} by {least} {by} {within}"
    deviation = deviation_of(node)
    if deviation is not None:
        value, middle, spread, count = deviation
        times = in_unit(count, None)
        return f"{value_words(value)} differs from {value_words(middle)} by more than {times} times {value_words(spread)}"
    if isinstance(node.left, typed.Slope) and node.right == typed.Const(0.0) and node.op in (">", "<"):
        way = "growing" if node.op == ">" else "shrinking"
        return f"{series_words(node.left.selector)} has been {way} over {spell_duration(node.left.window)}, by its least-squares line"
    return None


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
        case typed.Not(typed.Matches(operand, pattern)):
            yield f"{indent}the text of {value_words(operand)} does not match {quoted(pattern)}"
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
    """``for at least 3 values of host``."""
    words = {"all": "all values", "any": "any value", "no": "no value", ">=": "at least", ">": "more than"}
    words |= {"<=": "at most", "<": "fewer than", "==": "exactly"}
    number = (
        ""
        if node.op in ("all", "any", "no")
        else f" {format_number(node.count)}{'% of the' if node.share else ''} values"
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
            count = f"{OPERATOR_WORDS[node.op].removeprefix('is ')} {node.times}"
            return f"how often {series_words(node.selector)} changes within {spell_duration(node.window)} is {count}"
        case typed.Firing():
            return f"an alert of the rule {node.rule} with the same tags fires"
        case typed.Matches():
            return f"the text of {value_words(node.operand)} matches {quoted(node.pattern)}"
    return "a condition"


def _bound_words(left: typed.Value, bound: typed.Value) -> str:
    return in_unit(bound, unit_of(left))


def _missing_words(node: typed.Missing) -> str:
    series = series_words(node.selector)
    length = spell_duration(node.duration)
    if node.group is None:
        return f"no point of {series} for {length}, although it had points before"
    return (
        f"no point of any {series}{group_words(node.group)} for {length}, although there were points before"
    )
