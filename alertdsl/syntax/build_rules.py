"""Rule files: rules with their clauses, `let` and `import`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, replace
from typing import Any, cast

from alertdsl.diagnostics import AlertDslError, Span, error
from alertdsl.syntax import ast, codes, quantities
from alertdsl.syntax.build_support import Children, of_token, string, word
from alertdsl.syntax.texts import unquote

_CLOCK = re.compile(r"(\d{1,2})(?::(\d\d))?(?:[ \t]*([ap]m))?", re.IGNORECASE)


@dataclass(slots=True)
class Clause:
    """One clause of a rule: the fields of `ast.Rule` that it sets, and its place."""

    name: str
    fields: dict[str, Any]
    span: Span


# Clauses that may stand several times in a rule add up.
_ADDING = {"labels", "notify", "escalate", "expect"}


class RuleBuilder:
    """Reductions of rule files."""

    def file(self, c: Children) -> list[ast.Rule | ast.Use | ast.Let | ast.Import]:
        return c

    def rule(self, c: Children) -> ast.Rule:
        name: ast.Word = c[1]
        c = [child for child in c if getattr(child, "type", "") != "COLON"]
        parameters: tuple[ast.Parameter, ...] = c.pop(2) if len(c) > 2 and isinstance(c[2], tuple) else ()
        title = c[2] if len(c) > 2 and isinstance(c[2], str) else None
        clauses = c[3 if title is not None else 2 :]
        fields = _fields(clauses, f"rule {name.text}")
        end = clauses[-1].span if clauses else name.span
        if "when" not in fields:
            hint = "add a line such as `when BTC price > 70k for 5m`"
            raise error(codes.NO_WHEN, f"rule {name.text} has no `when` clause", name.span, hint)
        _distinct(fields.get("labels", ()), end)
        place = of_token(c[0]).to(end)
        return ast.Rule(name=name.text, title=title, parameters=parameters, span=place, **fields)

    def condition(self, c: Children) -> ast.Rule:
        """A condition alone, with the clauses behind it."""
        when = next(child for child in c if isinstance(child, ast.Node))
        clauses = [child for child in c if isinstance(child, Clause)]
        end = clauses[-1].span if clauses else when.span
        fields = _fields([Clause("when", {"when": when}, when.span), *clauses], "this rule")
        _distinct(fields.get("labels", ()), end)
        return ast.Rule(name=None, span=when.span.to(end), **fields)

    def rule_name(self, c: Children) -> ast.Word:
        return word(c[0])

    let_name = rule_name

    def parameters(self, c: Children) -> tuple[ast.Parameter, ...]:
        found: tuple[ast.Parameter, ...] = tuple(c[1:-1])
        _distinct_names("parameter", found)
        return found

    def parameter(self, c: Children) -> ast.Parameter:
        return ast.Parameter(str(c[0]), c[1] if len(c) > 1 else None, span=_of(c))

    def use(self, c: Children) -> ast.Use:
        # The name after `as` is the last child; without one that is the bracket.
        name = c[-1].text if isinstance(c[-1], ast.Word) else None
        arguments = tuple(part for part in c if isinstance(part, ast.Argument))
        _distinct_names("argument", [argument for argument in arguments if argument.name is not None])
        return ast.Use(c[1].text, arguments, name, span=_of(c))

    def argument(self, c: Children) -> ast.Argument:
        return ast.Argument(str(c[0]) if len(c) > 1 else None, c[-1], span=_of(c))

    def title(self, c: Children) -> str:
        return unquote(c[0])

    def let_value(self, c: Children) -> ast.Let:
        return ast.Let(c[1].text, c[2], span=of_token(c[0]).to(c[2].span))

    def let_table(self, c: Children) -> ast.Let:
        rows: list[ast.TableRow] = c[4]
        keys: set[str | None] = set()
        for row in rows:
            if row.key in keys:
                raise error(
                    codes.DUPLICATE_KEY,
                    f"the row {row.key or 'else'} stands twice",
                    row.span,
                    "keep one of them",
                )
            keys.add(row.key)
        return ast.Let(c[1].text, None, string(c[2]), tuple(rows), span=of_token(c[0]).to(of_token(c[-1])))

    def rows(self, c: Children) -> list[ast.TableRow]:
        return [c[0]] if len(c) == 1 else [*c[0], c[1]]

    def row(self, c: Children) -> ast.TableRow:
        return ast.TableRow(string(c[0]), c[1], span=of_token(c[0]).to(c[1].span))

    def row_else(self, c: Children) -> ast.TableRow:
        return ast.TableRow(None, c[1], span=of_token(c[0]).to(c[1].span))

    def import_(self, c: Children) -> ast.Import:
        return ast.Import(unquote(c[1]), span=of_token(c[0]).to(of_token(c[1])))

    # -- clauses

    def clause_when(self, c: Children) -> Clause:
        return Clause("when", {"when": c[-1]}, _of(c))

    def clause_recover(self, c: Children) -> Clause:
        return Clause("recover when", {"recover": c[1]}, _of(c))

    def clause_severity(self, c: Children) -> Clause:
        return Clause("severity", {"severity": str(c[1]), "rungs": tuple(c[2:])}, _of(c))

    def rung(self, c: Children) -> ast.Rung:
        return ast.Rung(str(c[0]), c[2], c[4] if len(c) > 3 else None, span=_of(c))

    def clause_every(self, c: Children) -> Clause:
        length = quantities.duration(c[1], of_token(c[1]))
        return Clause("every", {"every": ast.Every(length, span=_of(c))}, _of(c))

    def clause_every_unit(self, c: Children) -> Clause:
        length = quantities.duration(f"one {c[0].split()[-1]}", of_token(c[0]))
        return Clause("every", {"every": ast.Every(length, span=of_token(c[0]))}, of_token(c[0]))

    def clause_every_day(self, c: Children) -> Clause:
        every = ast.Every(None, _clock(c[1]), str(c[3]) if len(c) > 2 else None, span=_of(c))
        return Clause("every", {"every": every}, _of(c))

    def clause_during(self, c: Children) -> Clause:
        days: tuple[str, ...] = ()
        excepted: tuple[str, ...] = ()
        zone: str | None = None
        for word_, part in zip(c[2::2], c[3::2], strict=True):
            if word_.type == "ON_DAYS":
                days = tuple(part)
            elif word_.type == "IN_ZONE":
                zone = str(part)
            else:
                excepted = tuple(part)
        during = ast.During(tuple(c[1]), days, zone, excepted, span=of_token(c[0]))
        return Clause("during", {"during": during}, of_token(c[0]))

    def clause_on_days(self, c: Children) -> Clause:
        """`on weekdays`: the whole of them, unless hours are said too."""
        during = ast.During((), tuple(c[1]), None, (), span=of_token(c[0]))
        return Clause("during", {"during": during}, of_token(c[0]))

    def time_ranges(self, c: Children) -> list[str]:
        return [_range(token) for token in c]

    def days(self, c: Children) -> list[str]:
        return [_days(token) for token in c]

    def exceptions(self, c: Children) -> list[str]:
        return c

    def exception(self, c: Children) -> str:
        token = c[0]
        return (
            _range(token)
            if token.type == "TIME_RANGE"
            else _days(token)
            if token.type == "DAYS"
            else str(token)
        )

    def clause_labels(self, c: Children) -> Clause:
        return Clause("labels", {"labels": tuple(c[1:])}, of_token(c[0]))

    def label(self, c: Children) -> tuple[str, str]:
        return string(c[0]), string(c[1])

    def clause_notify(self, c: Children) -> Clause:
        return Clause("notify", {"notify": tuple(c[1:])}, _of(c))

    def target(self, c: Children) -> ast.NotifyTarget:
        return ast.NotifyTarget(string(c[0]), str(c[2]) if len(c) > 1 else None, span=_of(c))

    def clause_repeat(self, c: Children) -> Clause:
        return Clause("repeat every", {"repeat": quantities.duration(c[1], of_token(c[1]))}, _of(c))

    def clause_escalate(self, c: Children) -> Clause:
        after = quantities.duration(c[3], of_token(c[3]))
        step = ast.Escalation(string(c[1]), after, span=_of(c))
        return Clause("escalate", {"escalations": (step,)}, _of(c))

    def clause_no_data(self, c: Children) -> Clause:
        return Clause("on no data", {"on_no_data": c[1].lower()}, _of(c))

    def clause_forget(self, c: Children) -> Clause:
        return Clause("forget after", {"forget_after": quantities.duration(c[1], of_token(c[1]))}, _of(c))

    def clause_once(self, c: Children) -> Clause:
        return Clause("once", {"once": True}, _of(c))

    def clause_expect(self, c: Children) -> Clause:
        expect = ast.Expect(c[1].text, tuple(c[4]), span=_of(c))
        return Clause("expect", {"expect": (expect,)}, _of(c))

    def texts(self, c: Children) -> list[str]:
        return [unquote(token) for token in c]

    def clause_message(self, c: Children) -> Clause:
        return Clause("message", {"message": unquote(c[1])}, _of(c))


def _fields(clauses: Sequence[Clause], whose: str) -> dict[str, Any]:
    """The fields that the clauses set together.

    Raises:
        AlertDslError: E032 for a clause that stands twice.
    """
    fields: dict[str, Any] = {}
    seen: set[str] = set()
    for clause in clauses:
        if clause.name == "during" and clause.name in seen:
            clause.fields["during"] = _hours_of_days(fields["during"], clause)
        elif clause.name in seen and clause.name not in _ADDING:
            raise _twice(clause, whose)
        seen.add(clause.name)
        for key, value in clause.fields.items():
            fields[key] = fields[key] + value if key in fields and clause.name in _ADDING else value
    if "during" in fields and not fields["during"].ranges:
        fields["during"] = replace(fields["during"], ranges=("00:00-24:00",))
    return fields


def _hours_of_days(first: ast.During, clause: Clause) -> ast.During:
    """`on weekdays between 9:00 and 17:00`: the hours of one clause on the days of the other."""
    second: ast.During = clause.fields["during"]
    hours, days = (first, second) if first.ranges else (second, first)
    if days.ranges or not hours.ranges or hours.days:
        raise _twice(clause, "this rule")
    return replace(hours, days=days.days)


def _twice(clause: Clause, whose: str) -> AlertDslError:
    message = f"the clause `{clause.name}` stands twice in {whose}"
    return error(codes.CLAUSE_TWICE, message, clause.span, "join the two, or delete one")


def _of(c: Children) -> Span:
    return _place(c[0]).to(_place(c[-1]))


def _place(child: Any) -> Span:
    return child.span if isinstance(child, ast.Node) else of_token(child)


def _clock(token: Any) -> str:
    match = _CLOCK.fullmatch(token)
    assert match is not None
    return _time(match, of_token(token))


def _time(match: re.Match[str], span: Span) -> str:
    hour, minute = int(match[1]), int(match[2] or 0)
    if match[3]:
        # On a clock of twelve hours, 12 am is midnight.
        hour = hour % 12 + (12 if match[3].lower() == "pm" else 0) if hour <= 12 else 25
    if minute > 59 or hour > 24 or (hour == 24 and minute):
        raise error(codes.BAD_TIME, f"{match[0]} is no time of day", span, "times run from 00:00 to 24:00")
    return f"{hour:02}:{minute:02}"


def _range(token: Any) -> str:
    start, end = _CLOCK.finditer(token)
    return f"{_time(start, of_token(token))}-{_time(end, of_token(token))}"


def _days(token: Any) -> str:
    text = token.lower()
    if text.startswith("week"):
        return cast(str, text.removesuffix("s") + "s")
    return "-".join(day.strip()[:3] for day in re.split(r"-|\bto\b", text))


def _distinct_names(what: str, named: Sequence[ast.Parameter | ast.Argument]) -> None:
    seen: set[str | None] = set()
    for one in named:
        if one.name in seen:
            raise error(
                codes.DUPLICATE_KEY, f"the {what} {one.name} stands twice", one.span, "give it another name"
            )
        seen.add(one.name)


def _distinct(labels: tuple[tuple[str, str], ...], span: Span) -> None:
    keys = [key for key, _ in labels]
    for key in keys:
        if keys.count(key) > 1:
            raise error(codes.DUPLICATE_KEY, f"the label `{key}` is set twice", span, "keep one of them")
