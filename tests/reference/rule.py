"""All that an instant says about a rule."""

from __future__ import annotations

from dataclasses import dataclass, replace

from alertdsl.semantics import typed
from alertdsl.semantics.typed import Nanoseconds
from tests.reference.calendar import is_inside, opening
from tests.reference.data import Data, Labels
from tests.reference.kleene import Truth
from tests.reference.labels import World, label_sets
from tests.reference.moments import moments
from tests.reference.nodes import selectors_of
from tests.reference.truth import truth
from tests.reference.values import Unknown


@dataclass(frozen=True)
class Verdict:
    """What an instant says about one alert; the names are those of the evaluator's outcome."""

    condition: Truth
    pending: Truth
    recovered: Truth
    no_data: bool
    rungs: tuple[Truth, ...]
    fallen: tuple[Truth, ...]


def evaluate(rule: typed.Rule, data: Data, instant: Nanoseconds) -> dict[Labels, Verdict]:
    """The label sets of a rule at an instant, and what holds for each: “one alert per rule and label set”.

    Raises:
        Refused: its operands cannot be matched."""
    world = World(data, rule, instant)
    return {labels: _verdict(world, labels, instant) for labels in label_sets(world, rule.when)}


def _verdict(world: World, labels: Labels, instant: Nanoseconds) -> Verdict:
    rule = world.rule

    def at(condition: typed.Condition) -> Truth:
        return truth(world, condition, labels, instant)

    # "`C` is the condition with every `for D`, `for E of D` and `for N points` removed."
    pending = at(rule.pending)
    found = Verdict(
        condition=at(rule.when),
        pending=pending,
        # "`recover when R` is true, or, without that clause, the condition is false"
        recovered=at(typed.Not(rule.when) if rule.recover is None else rule.recover),
        no_data=isinstance(pending, Unknown) and pending.no_data,
        rungs=tuple(at(rung.when) for rung in rule.rungs),
        fallen=tuple(at(_fall(rung, rule.base_for)) for rung in rule.rungs),
    )
    if rule.during is None or is_inside(rule.during, instant):
        return found
    # "Outside it the condition and `C` count as false and `R` as true."
    return replace(found, condition=False, pending=False, recovered=True, no_data=False)


def _fall(rung: typed.Rung, base_for: Nanoseconds) -> typed.Condition:
    """“A fall needs the rung false for the base `for` (or its own `recover when`)”."""
    if rung.recover is not None:
        return rung.recover
    return typed.For(typed.Not(rung.when), base_for) if base_for else typed.Not(rung.when)


def since(rule: typed.Rule, data: Data, labels: Labels, instant: Nanoseconds) -> Nanoseconds | None:
    """“`since` [is] the first moment after the last one where `C` was not true, sought within memory”, “not before the opening of
    the rule's hours”; None where `C` is not true at the instant."""
    world = World(data, rule, instant)
    memory = max((s.memory for s in selectors_of(rule.pending)), default=0)
    looks = moments(world, rule.pending, labels, instant - memory - 1, instant)
    found = None
    for moment in [instant, *reversed(looks)]:
        if truth(world, rule.pending, labels, moment) is not True:
            break
        found = moment
    if found is None or rule.during is None:
        return found
    return max(found, opening(rule.during, instant, found))
