"""From reductions of the grammar to the tree: values."""

from __future__ import annotations

import re
from typing import Any, Literal, cast

from alertdsl.diagnostics import Fix, Span, error
from alertdsl.syntax import ast, codes, quantities, words
from alertdsl.syntax.build_located import Place, located
from alertdsl.syntax.build_support import Children, at, length_of, lone_word, of_token, widen
from alertdsl.syntax.no_window import refuse_over_calendar

_WINDOW = re.compile(
    r"(?:the[ \t]+)?(\d+[ \t-]*[a-z]+|hourly|daily|weekly)[ \t]+(?:(?:moving|rolling)[ \t]+)?", re.IGNORECASE
)
_OF_A_TIME = ("rate", "increase", "change", "percent change", "slope", "integral")
"""What takes points of several times, never those of one time."""


class ValueBuilder:
    """Arithmetic, literals and aggregates."""

    def quantity(self, c: Children) -> ast.Number:
        return quantities.number(str(c[0]), of_token(c[0]))

    def bare_number(self, c: Children) -> ast.Number:
        plain = quantities.number(str(c[0]), of_token(c[0]))
        return (
            plain
            if len(c) == 1
            else quantities.with_unit(plain, str(c[1]), of_token(c[0]).to(of_token(c[1])))
        )

    def negative(self, c: Children) -> ast.Value:
        operand: ast.Value = c[1]
        span = of_token(c[0]).to(operand.span)
        if isinstance(operand, ast.Number):
            return ast.Number(-operand.value, operand.unit, span=span)
        return ast.Negative(operand, span=span)

    def bound_name(self, c: Children) -> ast.MetricRef:
        return lone_word(c[0])

    def brackets_value(self, c: Children) -> ast.Value:
        return cast(ast.Value, widen(c[1], c[0], c[2]))

    def brackets_ago(self, c: Children) -> ast.Ago:
        return self.ago([widen(c[1], c[0], c[2]), c[3]])

    def else_(self, c: Children) -> ast.Else:
        return ast.Else(c[0], c[2], span=at(c[0], c[2]))

    def arithmetic(self, c: Children) -> ast.Arithmetic:
        sign = {"multiplied": "*", "divided": "/"}.get(c[1].split()[0].lower()) or str(c[1])
        return ast.Arithmetic(cast(Any, sign), c[0], c[2], span=at(c[0], c[2]))

    def share_of(self, c: Children) -> ast.Arithmetic:
        return ast.Arithmetic("*", c[0], c[2], span=at(c[0], c[2]))

    times = share_of

    def share_of_number(self, c: Children) -> ast.Arithmetic:
        share, of = c[0], c[2]
        if of.unit is None:
            factor = share.value / 100 if share.unit == "%" else share.value
            plain = quantities.format_number(float(f"{factor * of.value:.12g}"))
            span = at(share, of)
            fix = Fix(span, plain, f"write {plain}")
            raise error(codes.UNEXPECTED, "this is of a plain number", span, f"write {plain}", [fix])
        return self.share_of(c)

    def twice(self, c: Children) -> ast.Arithmetic:
        share = quantities.multiple(c[0], of_token(c[0]))
        return ast.Arithmetic("*", share, c[1], span=share.span.to(c[1].span))

    def number_word(self, c: Children) -> ast.Number:
        unit = "%" if len(c) > 1 else None
        return ast.Number(quantities.count(c[0]), unit, span=of_token(c[0]).to(of_token(c[-1])))

    def length(self, c: Children) -> ast.Number:
        return quantities.length(c[0], of_token(c[0]))

    def ago(self, c: Children) -> ast.Ago:
        shift = shift_of(c[1])
        return ast.Ago(c[0], shift, span=c[0].span.to(shift.span))

    def call(self, c: Children) -> ast.Call:
        arguments = tuple(c[2:-1])
        name = c[0].lower()
        span = of_token(c[0]).to(of_token(c[-1]))
        if name in ("min", "max") and len(arguments) < 2:
            hint = f"for the {name}imum of one metric write {name} of ... over 5m, or by a tag"
            raise error(codes.ARGUMENTS, f"{name}(...) takes two or more values", span, hint)
        if name not in ("min", "max") and len(arguments) != 1:
            raise error(codes.ARGUMENTS, f"{name}(...) takes one value, not {len(arguments)}", span)
        return ast.Call(name, arguments, span=span)

    def baseline(self, c: Children) -> ast.Baseline:
        return baseline_of(c[0], c[1], c[2])

    def baseline_over(self, c: Children) -> ast.Baseline:
        return baseline_of(c[0], c[3], c[1])

    def time_of(self, c: Children) -> ast.TimeOf:
        kind: Literal["age", "until"] = "age" if c[0].type == "AGE_OF" else "until"
        return ast.TimeOf(kind, c[1], span=of_token(c[0]).to(c[1].span))

    # -- aggregates

    def tail(self, c: Children) -> tuple[Any, ...]:
        return tuple(c)

    def by(self, c: Children) -> ast.Grouping:
        tags = c[1] if isinstance(c[1], list) else c[1:]
        return ast.Grouping("by", tuple(t.text for t in tags), span=of_token(c[0]).to(tags[-1].span))

    def across(self, c: Children) -> ast.Grouping:
        return ast.Grouping("across", tuple(t.text for t in c[1]), span=of_token(c[0]).to(c[1][-1].span))

    def overall(self, c: Children) -> ast.Grouping:
        return ast.Grouping("overall", span=of_token(c[0]))

    def aggregate(self, c: Children) -> ast.Aggregate | ast.CalendarAggregate:
        return self._aggregate(c[0], c[1], c[2])

    plain_aggregate = aggregate

    def window_aggregate(self, c: Children) -> ast.Aggregate | ast.CalendarAggregate:
        """``5 minute average of x``."""
        said = _WINDOW.match(c[0])
        assert said is not None
        window = c[0].update("DURATION", said[1].replace("-", " "))
        return self._aggregate(c[0].update(value=c[0][said.end() :]), c[1], (window, *c[2:]))

    def inner_aggregate(self, c: Children) -> ast.Aggregate | ast.CalendarAggregate:
        return self._aggregate(c[0], c[1], (c[2], c[3]))

    def count_condition(self, c: Children) -> ast.Aggregate | ast.CalendarAggregate:
        counted: ast.Condition = c[2]
        operand = leftmost_metric(counted)
        if operand is None:
            message = "the condition to count must begin with a metric"
            raise error(codes.UNEXPECTED, message, counted.span, "as in count of (http code >= 500) over 1m")
        return self._aggregate(c[0], operand, c[4], counted=counted)

    def distinct(self, c: Children) -> ast.Aggregate | ast.CalendarAggregate:
        return self._aggregate(c[0], c[3], c[4], tag=c[1].text)

    def _aggregate(
        self,
        head: Any,
        operand: ast.Value,
        tail: tuple[Any, ...],
        *,
        counted: ast.Condition | None = None,
        tag: str | None = None,
    ) -> ast.Aggregate | ast.CalendarAggregate:
        function: ast.AggregateFunction
        parameter: float | str | None
        function, parameter = ("distinct", tag) if tag is not None else words.aggregate(head)
        if isinstance(parameter, float) and not 0 <= parameter <= 100:
            raise error(
                codes.BAD_PERCENTILE,
                "a percentile lies between 0 and 100",
                of_token(head),
                "for example p95 of",
            )
        over: ast.Duration | None = None
        grouping: ast.Grouping | None = None
        calendar = ""
        end = (counted or operand).span
        for part in tail:
            if isinstance(part, ast.Grouping):
                grouping, end = part, part.span
            elif isinstance(part, Place):
                operand = located(operand, part)
                end = part.span
            elif part.type in ("DURATION", "LAST_UNIT", "WORD"):
                over = length_of(part)
                end = over.span
            elif part.type == "CALENDAR":
                calendar, end = " ".join(part.lower().split()), of_token(part)
                refuse_over_calendar(operand, part)
        span = of_token(head).to(end)
        if calendar:
            return ast.CalendarAggregate(function, operand, calendar, grouping, parameter, counted, span=span)
        if over is None and grouping is None and isinstance(operand, ast.MetricRef):
            written = words.function_phrase(head)
            if function in _OF_A_TIME:
                hint = f"write for example {written} of ... over 5m"
                fix = Fix(Span(span.end, span.end), " over 5m", "look at the last 5 minutes")
                message = f"{written} of what time? It is of two points at least"
                raise error(codes.AMBIGUOUS_AGGREGATE, message, span, hint, [fix])
            hint = "say over which window (over 5m), by which tags (by host), or overall"
            raise error(
                codes.AMBIGUOUS_AGGREGATE, f"{written} of what: over time, or over series?", span, hint
            )
        return ast.Aggregate(function, operand, over, grouping, parameter, counted, span=span)


def leftmost_metric(condition: ast.Condition) -> ast.MetricRef | None:
    """The metric that a condition begins with, which `count of (...)` counts the points of."""
    node: Any = condition
    while not isinstance(node, ast.MetricRef):
        if isinstance(node, (ast.And, ast.Or)):
            node = node.items[0]
        elif isinstance(node, ast.Arithmetic) and isinstance(node.left, ast.Number):
            node = node.right
        elif isinstance(node, (ast.Compare, ast.Arithmetic, ast.Unless)):
            node = node.left
        elif isinstance(node, ast.Call):
            node = node.arguments[0]
        else:
            node = getattr(node, "operand", None)
            if node is None:
                return None
    return node


def shift_of(token: Any) -> ast.Duration:
    """How far back ``1w ago``, ``the same time yesterday`` or ``this time last week`` is."""
    back = {"yesterday": "1d", "week": "1w"}.get(token.lower().split()[-1]) or token[:-3]
    return quantities.duration(back, of_token(token))


def baseline_of(its: Any, length: Any, statistic: Any) -> ast.Baseline:
    """``its 1d average`` from its three tokens."""
    window = quantities.duration(length, of_token(length))
    name = cast(Any, words.STATISTICS[statistic.lower().split()[-1]])
    return ast.Baseline(window, name, span=of_token(its).to(of_token(statistic)).to(window.span))
