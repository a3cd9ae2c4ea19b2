"""From reductions of the grammar to the tree: what lark calls while it parses, conditions and values.

Each method gets the children of one reduction and returns a node (or an intermediate value that only the next reduction
sees). Places come from tokens. This module does not import lark.
"""

from __future__ import annotations

from dataclasses import dataclass, replace
from typing import Any, Literal, cast

from alertdsl.diagnostics import AlertDslError, Fix, error
from alertdsl.syntax import ast, codes, quantities, words
from alertdsl.syntax.build_located import located_condition, refuse_everyone, refuse_place_of_some
from alertdsl.syntax.build_names import NameBuilder
from alertdsl.syntax.build_relative import RelativeBuilder
from alertdsl.syntax.build_rules import RuleBuilder
from alertdsl.syntax.build_support import Children, at, length_of, lone_word, of_token, operator, widen
from alertdsl.syntax.build_values import ValueBuilder, baseline_of
from alertdsl.syntax.unclear import (
    refuse_being_its_own,
    refuse_counted,
    refuse_more_than,
    refuse_reaching_zero,
)


@dataclass(slots=True)
class Chain:
    """A chain of `and`; `held` when it ends with a `for` that no bracket closes."""

    items: list[ast.Condition]
    held: bool = False


class ConditionBuilder:
    """Joining conditions, and conditions over time."""

    def whole(self, c: Children) -> ast.Condition:
        chains: list[Chain] = c[0]
        items = [_all_of(chain) for chain in chains]
        if len(items) == 1:
            return items[0]
        flat = [x for item in items for x in (item.items if isinstance(item, ast.Or) else (item,))]
        return ast.Or(tuple(flat), span=items[0].span.to(items[-1].span))

    def unless_(self, c: Children) -> ast.Unless:
        right = self.whole([c[2]])
        return ast.Unless(c[0], right, span=c[0].span.to(right.span))

    def but_only_if(self, c: Children) -> ast.And:
        return _and([c[0], self.whole([c[2]])])

    def alternatives(self, c: Children) -> list[Chain]:
        return [c[0]]

    def or_(self, c: Children) -> list[Chain]:
        before: Chain = c[0][-1]
        after: Chain = c[2]
        if after.held and not before.held:
            raise _two_readings(c[0], after)
        refuse_place_of_some([item for chain in c[0] for item in chain.items], after.items)
        c[0].append(after)
        return cast("list[Chain]", c[0])

    def or_compared(self, c: Children) -> list[Chain]:
        """`humidity > 80% or < 30%`: the second comparison is of the same value."""
        before: Chain = c[0][-1]
        last = before.items[-1]
        if before.held or not isinstance(last, ast.Compare):
            hint = "write the whole condition behind `or`"
            raise error(codes.UNEXPECTED, "what is compared here?", of_token(c[1]), hint)
        compared: ast.Condition = self._compared(last.left, c[2], c[3])
        if len(c) > 4:
            held = ast.For(compared, length_of(c[5]), span=c[3].span.to(of_token(c[5])))
            raise _two_readings(c[0], Chain([held], held=True))
        c[0].append(Chain([compared]))
        return cast("list[Chain]", c[0])

    def _compared(self, left: ast.Value, token: Any, right: ast.Value) -> ast.Compare:
        op = operator(token)
        right = _literal(right) if op in ("==", "!=") else right
        return ast.Compare(left, op, right, span=at(left, right))

    def conj_joined(self, c: Children) -> Chain:
        return Chain(c[0].items + c[2].items, c[2].held)

    def chain_of_one(self, c: Children) -> Chain:
        return c[0] if isinstance(c[0], Chain) else Chain([c[0]])

    def chain_and(self, c: Children) -> Chain:
        added = c[2].items if isinstance(c[2], Chain) else [c[2]]
        c[0].items.extend(added)
        return cast(Chain, c[0])

    def for_(self, c: Children) -> Chain:
        operand = _all_of(c[0])
        length = self._length(c[2])
        return Chain([ast.For(operand, length, span=operand.span.to(length.span))], held=True)

    def for_there(self, c: Children) -> Chain:
        length = self._length(c[2])
        plain = _all_of(c[0])
        refuse_everyone(ast.For(plain, length, span=plain.span.to(length.span)), c[3])
        there = located_condition(plain, c[3])
        return Chain([ast.For(there, length, span=there.span)], held=True)

    def for_of(self, c: Children) -> Chain:
        operand = _all_of(c[0])
        part, whole = self._length(c[2]), self._length(c[4])
        if part.ns > whole.ns:
            message = f"{part.text} of {whole.text} can never hold: the first length is the longer one"
            span, right = part.span.to(whole.span), f"{whole.text} of {part.text}"
            fix = Fix(span, right, f"write {right}")
            raise error(codes.ARGUMENTS, message, span, f"write for {right}", [fix])
        return Chain([ast.For(operand, part, whole, span=operand.span.to(whole.span))], held=True)

    def for_named(self, c: Children) -> Chain:
        operand = _all_of(c[0])
        length = length_of(c[2])
        return Chain([ast.For(operand, length, span=operand.span.to(length.span))], held=True)

    def for_points(self, c: Children) -> Chain:
        operand = _all_of(c[0])
        said = c[-1].split()[0]
        points = int(quantities.count(said)) if said[0].isalpha() else int(said[:18])
        if points == 0:
            raise error(codes.DURATION_ZERO, "the number of points must be at least 1", of_token(c[-1]))
        return Chain([ast.ForPoints(operand, points, span=operand.span.to(of_token(c[-1])))], held=True)

    points_in_a_row = for_points

    def quantified(self, c: Children) -> Chain:
        head, tag, have = c[0], c[1], c[-2]
        grouping = c[2] if c[2] is not have else None
        condition = _all_of(c[-1])
        op, count, share = words.quantifier(head)
        node = ast.Quantified(
            op=op,
            count=count,
            share=share,
            tag=tag.text,
            condition=condition,
            grouping=grouping,
            span=of_token(head).to(condition.span),
        )
        return Chain([node])

    def not_(self, c: Children) -> ast.Not:
        return ast.Not(c[1], span=of_token(c[0]).to(c[1].span))

    def brackets(self, c: Children) -> ast.Condition:
        return cast(ast.Condition, widen(c[1], c[0], c[2]))

    def _length(self, token: Any) -> ast.Duration:
        return quantities.duration(token, of_token(token))


class PredicateBuilder:
    """What is true or false at an instant."""

    def compare(self, c: Children) -> ast.Compare:
        left, token, right = c
        refuse_reaching_zero(token, right)
        refuse_being_its_own(token, right)
        op = operator(token)
        if op in ("==", "!="):
            right = _literal(right)
        return ast.Compare(left, op, right, span=at(left, right))

    def compare_both(self, c: Children) -> ast.And:
        first = self.compare(c[:3])
        second = self.compare([c[0], c[4], c[5]])
        return ast.And((first, second), span=at(c[0], c[5]))

    def or_more(self, c: Children) -> ast.Compare:
        op: ast.Operator = ">=" if c[-1].type == "OR_MORE" else "<="
        return ast.Compare(c[0], op, c[-2], span=c[0].span.to(of_token(c[-1])))

    def turned(self, c: Children) -> ast.Compare:
        node = ast.Compare(c[2], operator(c[0]), c[1], span=of_token(c[0]).to(c[2].span))
        refuse_counted(node)
        return node

    def either(self, c: Children) -> ast.OneOf:
        choices = tuple(self.text([token]) for token in c[2::2])
        return ast.OneOf(c[0], choices, span=at(c[0], choices[-1]))

    def between(self, c: Children) -> ast.Between:
        return ast.Between(c[0], c[2], c[4], negated=False, span=at(c[0], c[4]))

    def outside(self, c: Children) -> ast.Between:
        return ast.Between(c[0], c[2], c[4], negated=True, span=at(c[0], c[4]))

    def limits(self, c: Children) -> ast.Between:
        low, high = quantities.limits(c[2], of_token(c[2]))
        if len(c) > 3:
            low, high = (quantities.with_unit(one, str(c[3]), one.span) for one in (low, high))
        return ast.Between(c[0], low, high, negated=c[1].type == "OUTSIDE", span=at(c[0], high))

    def one_of(self, c: Children) -> ast.OneOf:
        return ast.OneOf(c[0], c[3], c[1].type == "NOT_IN", span=c[0].span.to(of_token(c[4])))

    def choices(self, c: Children) -> tuple[ast.Value, ...]:
        return tuple(c)

    def choice_word(self, c: Children) -> ast.Value:
        return _literal(lone_word(c[0]))

    def text(self, c: Children) -> ast.Text:
        word = lone_word(c[0]).words[0]
        return ast.Text(word.text, span=word.span)

    def matches(self, c: Children) -> ast.Matches:
        pattern = lone_word(c[2]).words[0]
        return ast.Matches(c[0], pattern.text, c[1].type == "NOT_MATCHES", span=c[0].span.to(pattern.span))

    def moves(self, c: Children) -> ast.Moves:
        within = length_of(c[-1])
        refuse_more_than(c[1], c[2])
        direction: Literal["rises", "falls"] = "rises" if c[1].type == "RISES_BY" else "falls"
        return ast.Moves(c[0], direction, c[2], within, span=c[0].span.to(within.span))

    def down_from(self, c: Children) -> ast.DownFrom:
        baseline = baseline_of(c[3], c[4], c[5])
        direction: Literal["down", "up"] = "up" if c[1].type == "RISES_BY" else "down"
        refuse_more_than(c[1], c[2])
        return ast.DownFrom(c[0], direction, c[2], baseline, span=c[0].span.to(baseline.span))

    def away_from(self, c: Children) -> ast.Compare:
        """`is down 20% from y`: at most 80% of it."""
        value, token, amount, other = c[0], c[1], c[2], c[4]
        refuse_more_than(token, amount)
        down, span = token.type == "FALLS_BY", at(c[0], c[4])
        if isinstance(amount, ast.Number) and amount.unit == "%":
            share = ast.Number(100 - amount.value if down else 100 + amount.value, "%", span=amount.span)
            bound = ast.Arithmetic("*", share, other, span=at(amount, other))
            return ast.Compare(value, "<=" if down else ">=", bound, span=span)
        high, low = (other, value) if down else (value, other)
        return ast.Compare(ast.Arithmetic("-", high, low, span=span), ">=", amount, span=span)

    def crosses(self, c: Children) -> ast.Crosses:
        direction: Literal["above", "below"] = "above" if c[1].type == "CROSSES_ABOVE" else "below"
        return ast.Crosses(c[0], direction, c[2], span=at(c[0], c[2]))

    def differs(self, c: Children) -> ast.Differs:
        return ast.Differs(c[0], c[2], c[4], span=at(c[0], c[4]))

    def deviates(self, c: Children) -> ast.Deviates:
        count = quantities.number(c[2], of_token(c[2])).value
        measure: Literal["sigma", "mad"] = "mad" if c[3].lower().startswith("mad") else "sigma"
        baseline = baseline_of(c[4], c[5], c[6])
        return ast.Deviates(c[0], count, measure, baseline, span=c[0].span.to(baseline.span))

    def trend(self, c: Children) -> ast.Trend:
        window: ast.Duration | None = c[-1] if isinstance(c[-1], ast.Duration) else None
        within = length_of(c[-1] if window is None else c[-2])
        direction: Literal["below", "above"] = "below" if c[1].type == "WILL_FALL_BELOW" else "above"
        return ast.Trend(c[0], direction, c[2], within, window, span=c[0].span.to((window or within).span))

    def at_trend(self, c: Children) -> ast.Duration:
        return quantities.duration(c[1], of_token(c[1]))

    def growing(self, c: Children) -> ast.Growing:
        length = quantities.duration(c[3], of_token(c[3]))
        direction: Literal["growing", "shrinking"] = "growing" if c[1].type == "GROWING" else "shrinking"
        return ast.Growing(c[0], direction, length, span=c[0].span.to(length.span))

    def changes(self, c: Children) -> ast.Changes:
        within = length_of(c[-1])
        parts = c[1].lower().split()
        op: ast.Operator = ">" if "more" in parts else ">="
        counted = "than" in parts or "least" in parts
        times = ({"once": 1, "twice": 2}.get(parts[-1]) or int(parts[-2][:18])) if counted else 1
        return ast.Changes(c[0], op, times, within, span=c[0].span.to(within.span))

    def unchanged(self, c: Children) -> ast.Not:
        within = length_of(c[-1])
        span = c[0].span.to(within.span)
        return ast.Not(ast.Changes(c[0], ">=", 1, within, span=span), span=span)

    def missing(self, c: Children) -> ast.Missing:
        length = quantities.duration(c[3], of_token(c[3]))
        return ast.Missing(c[0], length, span=c[0].span.to(length.span))

    def missing_there(self, c: Children) -> ast.Missing:
        """`web2 hasn't reported heartbeat for 10m`: the metric stands behind, of what stands before."""
        length = quantities.duration(c[4], of_token(c[4]))
        metric = replace(c[2], qualifiers=(*c[2].qualifiers, c[0].words), span=c[0].span.to(c[2].span))
        return ast.Missing(metric, length, span=c[0].span.to(length.span))

    def missing_by(self, c: Children) -> ast.Missing:
        length = quantities.duration(c[-1], of_token(c[-1]))
        tags: list[ast.Word] = c[2:-3]
        grouping = ast.Grouping("by", tuple(t.text for t in tags), span=of_token(c[1]).to(tags[-1].span))
        return ast.Missing(c[0], length, grouping, span=c[0].span.to(length.span))

    def no_data_from(self, c: Children) -> ast.Missing:
        length = quantities.duration(c[3], of_token(c[3]))
        return ast.Missing(c[1], length, span=of_token(c[0]).to(length.span))

    def no_points(self, c: Children) -> ast.Compare:
        length = quantities.duration(c[3], of_token(c[3]))
        span = of_token(c[0]).to(length.span)
        metric: ast.MetricRef = c[1]
        return ast.Compare(
            ast.Aggregate("count", _as_operand(metric), length, span=span),
            "==",
            ast.Number(0.0, span=span),
            span=span,
        )

    def absent(self, c: Children) -> ast.Absent:
        return ast.Absent(c[0], span=c[0].span.to(of_token(c[1])))

    def firing(self, c: Children) -> ast.Firing:
        return self._firing(c, negated=False)

    def not_firing(self, c: Children) -> ast.Firing:
        return self._firing(c, negated=True)

    def _firing(self, c: Children, *, negated: bool) -> ast.Firing:
        name: ast.MetricRef = c[0]
        if len(name.words) != 1 or name.qualifiers or name.matchers:
            hint = (
                f'a rule name of several words is quoted: "{" ".join(w.text for w in name.words)}" is firing'
            )
            raise error(codes.UNEXPECTED, "one rule name is expected before `is firing`", name.span, hint)
        return ast.Firing(name.words[0].text, negated, span=name.span.to(of_token(c[1])))


class Builder(NameBuilder, ValueBuilder, PredicateBuilder, RelativeBuilder, ConditionBuilder, RuleBuilder):
    """All reductions of the grammar."""


def _all_of(chain: Chain) -> ast.Condition:
    return chain.items[0] if len(chain.items) == 1 else _and(chain.items)


def _and(items: list[ast.Condition]) -> ast.And:
    flat = [x for item in items for x in (item.items if isinstance(item, ast.And) else (item,))]
    return ast.And(tuple(flat), span=items[0].span.to(items[-1].span))


def _literal(value: ast.Value) -> ast.Value:
    """Beside ``==`` a lone quoted word is text, and ``true`` and ``false`` are what they say."""
    if (
        isinstance(value, ast.MetricRef)
        and len(value.words) == 1
        and not value.qualifiers
        and not value.matchers
    ):
        word = value.words[0]
        if word.quoted:
            return ast.Text(word.text, span=word.span)
        if word.text.lower() in ("true", "false"):
            return ast.Bool(word.text.lower() == "true", span=word.span)
    return value


def _as_operand(metric: ast.MetricRef) -> ast.MetricRef:
    """The same name where an aggregate's keywords are reserved: those words of it are quoted."""
    return replace(
        metric, words=tuple(replace(w, quoted=w.quoted or w.text in words.RESERVED) for w in metric.words)
    )


def _two_readings(chains: list[Chain], last: Chain) -> AlertDslError:
    """`A or B for 5m`: say both readings, as fixes."""
    from alertdsl.syntax.format import format_condition

    held = last.items[-1]
    assert isinstance(held, (ast.For, ast.ForPoints))
    start = next(i for i, chain in enumerate(chains) if all(not c.held for c in chains[i:]))
    open_chains = chains[start:]
    plain = [_all_of(chain) for chain in open_chains]
    rest = last.items[:-1]
    span = plain[0].span.to(held.span)

    each = ast.Or((*(replace(held, operand=item) for item in plain), _all_of(Chain([*rest, held]))))
    both = replace(held, operand=ast.Or((*plain, held.operand)))
    readings = [format_condition(each)]
    if not rest:
        readings.append(format_condition(both))
    return error(
        codes.AMBIGUOUS_FOR,
        "`for` after `or` can be read in two ways",
        span,
        "write " + "   or   ".join(readings),
        [Fix(span, reading, f"read as: {reading}") for reading in readings],
    )
