"""Explains a rule in plain English: what fires, for which series, how often it is looked at, and what happens without data."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace

from alertdsl.explanation.formal import formal
from alertdsl.explanation.reads import plan_lines
from alertdsl.explanation.words import condition_lines, series_words
from alertdsl.semantics import typed
from alertdsl.semantics.dependencies import rules_awaited
from alertdsl.semantics.durations import spell_duration
from alertdsl.semantics.labels import Operand_, rule_operands
from alertdsl.semantics.walk import children, conditions, leaves, selectors, values
from alertdsl.syntax.words import DAY_NAMES

__all__ = ["explain_rule"]


def explain_rule(rule: typed.Rule) -> str:
    """The explanation of one rule, several lines."""
    named = _by_names(rule)
    sections = (
        ("Fires when", [*condition_lines(named.when)]),
        ("Read as", [formal(named.when), *_made_of(rule)]),
        ("Alerts", [*_alert_lines(named)]),
        ("Looked at", [_every_words(rule.every), *_hours_lines(rule)]),
        ("Without data", [*_no_data_lines(named)]),
        ("Resolves", [*_recover_lines(named)]),
        ("Severity", [*_severity_lines(named)]),
        ("Notifies", [*_notify_lines(rule)]),
        ("Reads", [*plan_lines(rule)]),
    )
    out = [f"Rule {rule.name}" + (f": {rule.title}" if rule.title else "")]
    for title, lines in sections:
        if lines:
            out.append("")
            out.append(title)
            out.extend(f"  {line}" for line in lines)
    return "\n".join(out) + "\n"


def _by_names(rule: typed.Rule) -> typed.Rule:
    """The rule with its metrics under the names by which people know them."""
    said = rule.said
    return rule if said is None else replace(rule, when=said.when, recover=said.recover, rungs=said.rungs)


def _made_of(rule: typed.Rule) -> Iterator[str]:
    """What metrics are that the catalog makes of others."""
    for name, expression in () if rule.said is None else rule.said.made_of:
        yield f"where {name} is {expression}"


# ---------------------------------------------------------------- which alerts


def _alert_lines(rule: typed.Rule) -> Iterator[str]:
    parts = list(dict.fromkeys(rule_operands(rule.when)))
    kinds = list(dict.fromkeys(_per_operand(part) for part in parts))
    many = [kind for kind in kinds if kind]
    many += [f"each alert of the rule {name}" for name in dict.fromkeys(_rules_that_label(rule.when))]
    if not many:
        yield "one alert"
    elif len(many) == 1:
        yield f"one for {many[0]}"
    else:
        yield "one for each match of the series below, on the tags that they share"
        yield from (f"- {kind}" for kind in many)
    if rule.labels:
        yield "labelled " + ", ".join(f'{key} = "{value}"' for key, value in rule.labels)


def _rules_that_label(condition: typed.Condition) -> Iterator[str]:
    """The rules asked about whose alerts make label sets: not those right of ``unless``, nor below a quantifier."""
    match condition:
        case typed.Firing(rule):
            yield rule
        case typed.Unless(left, _):
            yield from _rules_that_label(left)
        case typed.Quantified():
            return
        case _:
            for child in children(condition):
                yield from _rules_that_label(child)


def _per_operand(part: Operand_) -> str:
    """For what an operand makes label sets; "" where it makes exactly one."""
    group = getattr(part, "group", None)
    if isinstance(part, typed.Combined | typed.Quantified):
        return _per_group(part.group, "")
    selector = part.selector
    if group is not None:
        return _per_group(group, series_words(selector))
    if selector.series_key is not None:
        free = [tag for tag in selector.series_key if tag not in dict(selector.pins)]
        return f"each {' and '.join(free)} of {series_words(selector)}" if free else ""
    return f"each series of {series_words(selector)}"


def _per_group(group: typed.Group, of: str) -> str:
    if group.kind == "across":
        return f"each set of tags{f' of {of}' if of else ''}, {', '.join(group.tags)} left out"
    if not group.tags:
        return ""
    return f"each {' and '.join(group.tags)}{f' of {of}' if of else ''}"


def _every_words(every: typed.Every) -> str:
    if every.at is not None:
        return f"every day at {every.at} in {every.zone}"
    return f"every {spell_duration(every.interval).removeprefix('1 ')}"


_DAYS = tuple(name.capitalize() for name in DAY_NAMES)


def _hours_lines(rule: typed.Rule) -> Iterator[str]:
    during = rule.during
    if during is not None:
        days = "every day" if len(during.days) == 7 else f"on {_listed([_DAYS[day] for day in during.days])}"
        hours = _listed([_hours(*one) for one in during.ranges])
        yield f"it counts only from {hours}, {days}, in {during.zone}; outside, alerts resolve"
        if during.excepted:
            yield f"not from {_listed([_hours(*one) for one in during.excepted])}"
        if during.dates:
            yield f"not on {_listed(during.dates)}"
    awaited = sorted(rules_awaited(rule))
    if awaited:
        yield f"after {_listed(awaited)}, which it asks about"


def _hours(start: int, end: int) -> str:
    over_night = " the next day" if end <= start else ""
    return f"{start // 60:02}:{start % 60:02} to {end // 60:02}:{end % 60:02}{over_night}"


def _listed(words: Sequence[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"


# ---------------------------------------------------------------- its life


def _no_data_lines(rule: typed.Rule) -> Iterator[str]:
    seen = list(dict.fromkeys(s for c in conditions(rule) for s in selectors(c)))
    current = list(dict.fromkeys(s for c in conditions(rule) for s in _read_at_once(c)))
    for staleness in sorted({s.staleness for s in current}):
        names = dict.fromkeys(s.metric for s in current if s.staleness == staleness)
        yield f"a value of {', '.join(names)} counts until it is {spell_duration(staleness)} old, then it is unknown"
    yield {
        "keep": "the alert keeps its state and is shown as no data",
        "alert": "the alert fires, or stays firing",
        "resolve": "a firing alert resolves",
    }[rule.on_no_data]
    for memory in sorted({s.memory for s in seen if s.memory}):
        yield f"a series without points for {spell_duration(memory)} is forgotten, and its alert resolved"


def _read_at_once(condition: typed.Condition) -> Iterator[typed.Selector]:
    """The selectors of which the newest value counts, not a window."""
    for value in values(condition):
        yield from (leaf.selector for leaf in leaves(value) if isinstance(leaf, typed.Current))


def _recover_lines(rule: typed.Rule) -> Iterator[str]:
    if rule.recover is None:
        yield "as soon as the condition is false"
    else:
        yield "not before the condition is false and:"
        yield from condition_lines(rule.recover, "  ")
    if rule.once:
        yield "it fires once, and then no more until it is edited or armed again"


def _severity_lines(rule: typed.Rule) -> Iterator[str]:
    yield rule.severity
    for rung in rule.rungs:
        yield f"{rung.severity} while firing and:"
        yield from condition_lines(rung.when, "  ")
        if rung.recover is not None:
            yield "  and then until:"
            yield from condition_lines(rung.recover, "    ")
        elif rule.base_for:
            yield f"  and then until that is false for {spell_duration(rule.base_for)}"


def _notify_lines(rule: typed.Rule) -> Iterator[str]:
    if not rule.notify:
        yield "nobody: the rule names no target"
    for target in rule.notify:
        when = f" when the severity is {target.severity}" if target.severity else ""
        yield f"{target.target}{when}"
    if rule.notify and rule.repeat is not None:
        yield f"again every {spell_duration(rule.repeat).removeprefix('1 ')} while firing and not acknowledged"
    for step in rule.escalations:
        yield f"{step.target} too, where nobody acknowledges it for {spell_duration(step.after)}"
    if rule.message is not None:
        yield f"with the message: {rule.message}"
