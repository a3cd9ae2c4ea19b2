"""The canonical spelling of names and values."""

from __future__ import annotations

import re
from collections.abc import Iterable

from alertdsl.syntax import ast
from alertdsl.syntax.quantities import format_duration, format_number
from alertdsl.syntax.texts import quote
from alertdsl.syntax.words import AGGREGATES, RESERVED

_WORD = re.compile(r"[^\W\d]\w*(?:[.-]\w+)*")
_FUNCTION = re.compile(
    rf"(?:{'|'.join(AGGREGATES)}|median|p\d{{1,3}}(?:\.\d+)?|age|distinct [\w.-]+)", re.IGNORECASE
)
_MULTIPLICATIVE = ("*", "/")
_ELSE, _SUM, _PRODUCT, _FACTOR, _TERM = range(5)


def identifier(text: str) -> str:
    """A word as it is, where it can stand as one, else quoted."""
    return text if _WORD.fullmatch(text) else quote(text)


def free_identifier(text: str) -> str:
    """Like `identifier`, for places where words of the language would be read as such."""
    return quote(text) if text.lower() in RESERVED else identifier(text)


def name(ref: ast.MetricRef) -> str:
    """``price of BTC{exchange="kraken"}``: entities follow `of`, however they were written, if that reads the same."""
    out, rest = _words(ref.words), ref.qualifiers
    if rest and _FUNCTION.fullmatch(out):
        # `rate of BTC` would be the aggregate.
        out, rest = f"{_words(rest[0])}'s {out}", rest[1:]
    out += "".join(f" of {_words(q)}" for q in rest)
    if ref.matchers:
        out += "{" + ", ".join(f"{identifier(m.tag)}{m.op}{quote(m.value)}" for m in ref.matchers) + "}"
    return out


def tags(names: Iterable[str]) -> str:
    """A list of tags, as after `by`; behind a comma a joining word is quoted, because `, and` joins conditions."""
    first, *others = names
    return ", ".join([identifier(first), *(free_identifier(n) for n in others)])


def grouping(node: ast.Grouping) -> str:
    """``by host, region``, ``across pod`` or ``overall``."""
    return "overall" if node.kind == "overall" else f"{node.kind} {tags(node.tags)}"


def baseline(node: ast.Baseline) -> str:
    """``its 1d average``."""
    return f"its {_duration(node.window)} {node.statistic}"


def bound(node: ast.Value) -> str:
    """A value where the grammar takes only a number, one word, or brackets."""
    if isinstance(node, ast.Number) or (isinstance(node, ast.MetricRef) and _lone(node)):
        return value(node)
    return f"({value(node)})"


def value(node: ast.Value) -> str:
    """The canonical spelling of a value."""
    return _value(node)[0]


def operand(node: ast.Value) -> str:
    """A value beside an operator of comparison: `else` in brackets, for the eye."""
    return _at(node, _SUM)


def _value(node: ast.Value) -> tuple[str, int]:
    """The text, and how tightly it binds."""
    match node:
        case ast.MetricRef():
            return name(node), _TERM
        case ast.Number():
            return format_number(node.value, node.unit), _FACTOR
        case ast.Text():
            return quote(node.value), _TERM
        case ast.Bool():
            return ("true" if node.value else "false"), _TERM
        case ast.Duration():
            return _duration(node), _FACTOR
        case ast.Aggregate() | ast.CalendarAggregate():
            return _aggregate(node), _TERM
        case ast.Ago():
            return f"{_ago_operand(node.operand)} {_duration(node.shift)} ago", _TERM
        case ast.Baseline():
            return baseline(node), _TERM
        case ast.TimeOf():
            return f"{'age of' if node.kind == 'age' else 'time until'} {value(node.operand)}", _TERM
        case ast.Call():
            return f"{node.function}({', '.join(_argument(a) for a in node.arguments)})", _TERM
        case ast.Negative():
            return f"-{_at(node.operand, _FACTOR)}", _FACTOR
        case ast.Else():
            return f"{_at(node.operand, _SUM)} else {_at(node.default, _SUM)}", _ELSE
        case ast.Arithmetic():
            return _arithmetic(node)


def _at(node: ast.Value, level: int) -> str:
    text, binds = _value(node)
    return text if binds >= level else f"({text})"


def _arithmetic(node: ast.Arithmetic) -> tuple[str, int]:
    left = node.left
    if (
        node.op == "*"
        and isinstance(left, ast.Number)
        and not format_number(left.value, left.unit).startswith("-")
    ):
        if left.unit == "%":
            of = value(node.right) if isinstance(node.right, ast.Number) else _at(node.right, _TERM)
            return f"{value(left)} of {of}", _PRODUCT
        if isinstance(node.right, ast.Baseline):
            return f"{value(left)} times {value(node.right)}", _PRODUCT
    level = _PRODUCT if node.op in _MULTIPLICATIVE else _SUM
    return f"{_at(left, level)} {node.op} {_at(node.right, level + 1)}", level


def _aggregate(node: ast.Aggregate | ast.CalendarAggregate) -> str:
    out = f"{_function(node)} of {_aggregated(node) if node.counted is None else _counted(node.counted)}"
    if isinstance(node, ast.CalendarAggregate):
        out += f" {node.window}"
    elif node.over is not None:
        out += f" over {node.over.name or _duration(node.over)}"
    return out if node.grouping is None else f"{out} {grouping(node.grouping)}"


def _function(node: ast.Aggregate | ast.CalendarAggregate) -> str:
    parameter = node.parameter
    if node.function == "percentile" and not isinstance(parameter, str):
        return f"p{format_number(50.0 if parameter is None else parameter)}"
    return f"distinct {identifier(str(parameter))}" if node.function == "distinct" else node.function


def _counted(condition: ast.Condition) -> str:
    from alertdsl.syntax.format import format_condition

    return f"({format_condition(condition)})"


def _aggregated(node: ast.Aggregate | ast.CalendarAggregate) -> str:
    inner = node.operand
    if isinstance(inner, ast.MetricRef):
        return name(inner)
    if (
        isinstance(node, ast.Aggregate)
        and node.over is None
        and node.grouping is not None
        and isinstance(inner, ast.Aggregate)
        and isinstance(inner.operand, ast.MetricRef)
        and inner.over is not None
        and inner.grouping is None
        and inner.counted is None
        and inner.function != "distinct"
    ):
        return value(inner)
    return f"({value(inner)})"


def _ago_operand(node: ast.Value) -> str:
    if isinstance(node, (ast.MetricRef, ast.Aggregate)):
        return value(node)
    return f"({value(node)})"


def _argument(node: ast.Value) -> str:
    # A comma outside brackets would end the argument.
    text = value(node)
    depth = 0
    for sign in re.findall(r'"(?:\\.|[^"\\])*"|[(){},]', text):
        depth += {"(": 1, "{": 1, ")": -1, "}": -1}.get(sign, 0)
        if sign == "," and depth == 0:
            return f"({text})"
    return text


def _lone(node: ast.MetricRef) -> bool:
    return len(node.words) == 1 and not node.qualifiers and not node.matchers


def _words(words: Iterable[ast.Word]) -> str:
    return " ".join(quote(w.text) if w.quoted else w.text for w in words)


def _duration(node: ast.Duration) -> str:
    return format_duration(node.ns)
