"""From reductions of the grammar to the tree: a value beside its own past, and comparisons that their words hold."""

from __future__ import annotations

import re
from dataclasses import replace
from typing import Any, Literal

from alertdsl.diagnostics import Fix, Span, error
from alertdsl.syntax import ast, codes, quantities
from alertdsl.syntax.build_located import Place, located_condition
from alertdsl.syntax.build_names import matcher_of
from alertdsl.syntax.build_support import Children, at, of_token, operator, word
from alertdsl.syntax.build_values import baseline_of, shift_of

_DEVIATION = re.compile(r"sigmas?|stddevs?|std|mads?", re.IGNORECASE)
_CROSSED = re.compile(r"crosse?[sd]*\s+(\S+(?:\s+\S+)?)\s+from\s+(\w+)", re.IGNORECASE)
_NUMBER = re.compile(r"\d+(?:\.\d+)?")


class RelativeBuilder:
    """Reductions of comparisons in words."""

    # -- a percentage of the past

    def percent_from_its(self, c: Children) -> ast.DownFrom:
        """`20% lower than its 7d average`."""
        return ast.DownFrom(c[0], _direction(c[-4]), _percent(c[-4]), baseline_of(*c[-3:]), span=_to(c))

    def percent_from_ago(self, c: Children) -> ast.Compare:
        """`30% higher than an hour ago`."""
        return _beside_ago(c, _direction(c[-2]), _percent(c[-2]))

    def moved_from_ago(self, c: Children) -> ast.Compare:
        """`is down 20% from the same time last week`."""
        direction: Literal["down", "up"] = "up" if c[1].type == "RISES_BY" else "down"
        return _beside_ago(c, direction, c[2])

    def below_its(self, c: Children) -> ast.DownFrom | ast.And:
        """`is 5% below its 30d high`; `is 3 sigma below its 1w average`, which is apart by that, on that side."""
        baseline = baseline_of(*c[3:6])
        above, amount = c[3].type == "ABOVE_ITS", c[2]
        if isinstance(amount, ast.Number) and amount.unit is not None and _DEVIATION.fullmatch(amount.unit):
            measure: Literal["sigma", "mad"] = "mad" if amount.unit.lower().startswith("mad") else "sigma"
            apart = ast.Deviates(c[0], amount.value, measure, baseline, span=_to(c))
            return ast.And(
                (apart, ast.Compare(c[0], ">" if above else "<", baseline, span=_to(c))), span=_to(c)
            )
        return ast.DownFrom(c[0], "up" if above else "down", amount, baseline, span=_to(c))

    def new_extreme(self, c: Children) -> ast.Compare:
        """`makes a new 52 week high`: above the highest before now."""
        baseline = baseline_of(*c[1:4])
        return ast.Compare(c[0], ">" if baseline.statistic == "high" else "<", baseline, span=_to(c))

    # -- words that hold the number too

    def signed(self, c: Children) -> ast.Compare:
        """`is negative`."""
        said = c[1].lower()
        op: ast.Operator = "<" if said.endswith("negative") else ">" if said.endswith("positive") else "!="
        return ast.Compare(c[0], op, ast.Number(0.0, span=of_token(c[1])), span=_to(c))

    def comes_to(self, c: Children) -> ast.Compare:
        """`drops to 5 GB`: there, or further.

        Raises:
            AlertDslError: E028 for `is at` and `gets to`, which have no direction.
        """
        verb = c[1].lower().split()[0]
        if verb in ("is", "are", "stays", "gets", "goes"):
            span = of_token(c[1])
            fixes = [Fix(span, op, f"write {op}") for op in (">=", "<=", "==")]
            message = f"`{' '.join(c[1].split())}`: at least that, at most that, or exactly?"
            raise error(codes.DIRECTION, message, span, "write >=, <= or ==", fixes)
        op: ast.Operator = ">=" if verb[0] in "rcj" or verb.startswith("sp") else "<="
        return ast.Compare(c[0], op, c[2], span=_to(c))

    def one_of_numbers(self, c: Children) -> ast.OneOf:
        """`is 500, 502 or 503`."""
        span = of_token(c[2])
        choices = tuple(quantities.number(one, span) for one in _NUMBER.findall(c[2]))
        return ast.OneOf(c[0], choices, c[1].type == "NE", span=_to(c))

    def of_or_more(self, c: Children) -> ast.Compare:
        """`packet loss of 5% or more`."""
        left = c[0].node()
        op: ast.Operator = ">=" if c[-1].type == "OR_MORE" else "<="
        return ast.Compare(left, op, c[2], span=left.span.to(of_token(c[-1])))

    def crosses_from(self, c: Children) -> ast.Crosses:
        """`crosses 70k from below`."""
        said = _CROSSED.fullmatch(c[1])
        assert said is not None
        start = c[1].start_pos + said.start(1)
        bound = quantities.number(said[1], Span(start, start + len(said[1])))
        direction: Literal["above", "below"] = "below" if said[2].lower() == "above" else "above"
        return ast.Crosses(c[0], direction, bound, span=_to(c))

    # -- moments

    def older(self, c: Children) -> ast.Compare:
        """`last backup was more than 2 days ago`."""
        shift = shift_of(c[2])
        return self._moment("age", c, quantities.number(shift.text, shift.span))

    def away(self, c: Children) -> ast.Compare:
        """`certificate expiry is less than 21 days away`."""
        return self._moment("until", c, c[2])

    def _moment(self, kind: Literal["age", "until"], c: Children, length: ast.Number) -> ast.Compare:
        if not isinstance(c[0], ast.MetricRef):
            hint = "write age of, or time until, before the metric"
            raise error(codes.UNEXPECTED, "a metric that is a moment is expected here", c[0].span, hint)
        left = ast.TimeOf(kind, c[0], span=_to(c))
        return ast.Compare(left, operator(c[1]), length, span=_to(c))

    # -- entities and filters behind what they belong to

    def place(self, c: Children) -> Place:
        last = word(c[1])
        return Place((last,), None, of_token(c[0]).to(last.span))

    def more_place(self, c: Children) -> Place:
        last = word(c[1])
        return Place((*c[0].words, last), c[0].matcher, c[0].span.to(last.span))

    def place_where(self, c: Children) -> Place:
        span = of_token(c[0]).to(of_token(c[3]))
        return Place((), matcher_of(c[1].text, c[2].type, c[3], span), span)

    def compare_there(self, c: Children) -> ast.Condition:
        plain = ast.Compare(c[0], operator(c[1]), c[2], span=at(c[0], c[2]))
        return located_condition(plain, c[3])

    def between_there(self, c: Children) -> ast.Condition:
        between = ast.Between(c[0], c[2], c[4], c[1].type == "OUTSIDE", span=at(c[0], c[4]))
        return located_condition(between, c[5])

    outside_there = between_there


def _beside_ago(c: Children, direction: Literal["down", "up"], amount: ast.Value) -> ast.Compare:
    """The value against a share of what it was: a rise by 30% is 130% of it, or more.

    Raises:
        AlertDslError: E001 for an amount that is no percentage.
    """
    shift = shift_of(c[-1])
    before: ast.Value = ast.Ago(c[0], shift, span=shift.span)
    op: ast.Operator = ">=" if direction == "up" else "<="
    sign: Literal["+", "-"] = "+" if direction == "up" else "-"
    if not isinstance(amount, ast.Number):
        raise error(
            codes.UNEXPECTED, "a number is expected here", amount.span, "as in: is up 20% from 1d ago"
        )
    if amount.unit == "%":
        share = replace(amount, value=100 + amount.value if sign == "+" else 100 - amount.value)
        right: ast.Value = ast.Arithmetic("*", share, before, span=shift.span)
    else:
        right = ast.Arithmetic(sign, before, amount, span=shift.span)
    return ast.Compare(c[0], op, right, span=_to(c))


def _direction(token: Any) -> Literal["down", "up"]:
    return "up" if token.type == "PERCENT_ABOVE" else "down"


def _percent(token: Any) -> ast.Number:
    match = _NUMBER.match(token.replace("_", ""))
    assert match is not None
    return ast.Number(float(match[0]), "%", span=of_token(token))


def _to(c: Children) -> Any:
    last = c[-1]
    return c[0].span.to(last.span if isinstance(last, ast.Node) else of_token(last))
