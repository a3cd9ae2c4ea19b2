"""What the evaluator, over some source, and the reference say of a case, in one form."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Sequence

import numpy as np

from alertdsl.semantics import typed
from alertdsl_runtime.columns import Points, Source, text_id
from alertdsl_runtime.evaluation.evaluator import Evaluator
from alertdsl_runtime.evaluation.outcome import Outcome
from alertdsl_runtime.sources.assemble import assemble
from alertdsl_runtime.sources.memory import MemorySource
from tests.properties.case import Case
from tests.reference import Refused, Verdict, evaluate
from tests.reference.data import Labels, Series
from tests.reference.kleene import Truth
from tests.reference.values import Unknown

FALSE, UNKNOWN, TRUE = 0, 1, 2

Seen = dict[str, object]
"""The columns of an outcome for one label set at one instant."""

Said = dict[Labels, Seen] | None
"""What is said of a rule at an instant; None where it was refused."""


def reference(case: Case, instants: Iterable[int] = ()) -> dict[int, Said]:
    """What the reference says, instant by instant."""
    said: dict[int, Said] = {}
    for instant in instants or case.instants:
        try:
            verdicts = evaluate(case.rule, case.data, instant)
        except Refused:
            said[instant] = None
        else:
            said[instant] = {labels: _columns(verdict) for labels, verdict in verdicts.items()}
    return said


def _columns(verdict: Verdict) -> Seen:
    return {
        "condition": _number(verdict.condition),
        "pending": _number(verdict.pending),
        "recovered": _number(verdict.recovered),
        "no_data": verdict.no_data,
        "rungs": tuple(_number(each) for each in verdict.rungs),
        "fallen": tuple(_number(each) for each in verdict.fallen),
    }


def _number(truth: Truth) -> int:
    return UNKNOWN if isinstance(truth, Unknown) else TRUE if truth else FALSE


def evaluator(rules: Sequence[typed.Rule], source: Source, instants: Iterable[int]) -> list[dict[int, Said]]:
    """What one evaluator of all rules says of each, asked for all instants at once."""
    made = Evaluator(rules, source)
    return said(rules, made.evaluate(np.array(sorted(instants), dtype=np.int64)))


def one_by_one(rules: Sequence[typed.Rule], source: Source, instants: Iterable[int]) -> list[dict[int, Said]]:
    """The same, asked instant by instant: the source reduces."""
    made = Evaluator(rules, source)
    out: list[dict[int, Said]] = [{} for _ in rules]
    for instant in instants:
        for so_far, now in zip(
            out, said(rules, made.evaluate(np.array([instant], dtype=np.int64))), strict=True
        ):
            so_far.update(now)
    return out


def said(rules: Sequence[typed.Rule], outcomes: Sequence[Outcome]) -> list[dict[int, Said]]:
    """The columns of outcomes, rule by rule and instant by instant."""
    numbers = {id(rule): number for number, rule in enumerate(rules)}
    told: list[dict[int, Said]] = [{} for _ in rules]
    for outcome in outcomes:
        own = [told[numbers[id(rule)]] for rule in outcome.rows.rules]
        for number, mine in enumerate(own):
            for instant in outcome.times.tolist():
                mine[instant] = None if number in outcome.failed else {}
        for row, (number, labels) in enumerate(
            zip(outcome.rows.rule.tolist(), outcome.rows.labels, strict=True)
        ):
            for column, instant in enumerate(outcome.times.tolist()):
                rows = own[number][instant]
                if rows is not None and outcome.exists[row, column]:
                    assert labels not in rows
                    rows[labels] = _cell(outcome, row, column)
    return told


def _cell(outcome: Outcome, row: int, column: int) -> Seen:
    return {
        "condition": int(outcome.condition[row, column]),
        "pending": int(outcome.pending[row, column]),
        "recovered": int(outcome.recovered[row, column]),
        "no_data": bool(outcome.no_data[row, column]) and outcome.pending[row, column] == UNKNOWN,
        "rungs": tuple(int(each[row, column]) for each in outcome.rungs),
        "fallen": tuple(int(each[row, column]) for each in outcome.fallen),
    }


def memory(series: Iterable[Series]) -> MemorySource:
    """A memory source of these series."""
    fields: defaultdict[tuple[str, str], list[Series]] = defaultdict(list)
    for one in series:
        if one.points:
            fields[one.measurement, one.field].append(one)
    return MemorySource({key: _points(found) for key, found in fields.items()})


def _points(series: Sequence[Series]) -> Points:
    flat = [(place, time, value) for place, one in enumerate(series) for time, value in one.points]
    first = flat[0][2] if flat else 0.0
    return assemble(
        [one.tags for one in series],
        np.array([place for place, _, _ in flat], dtype=np.int64),
        np.array([time for _, time, _ in flat], dtype=np.int64),
        np.array([text_id(v) if isinstance(v, str) else float(v) for _, _, v in flat], dtype=np.float64),
        "bool" if isinstance(first, bool) else "text" if isinstance(first, str) else "number",
    )


def differences(expected: dict[int, Said], found: dict[int, Said], *, together: bool = False) -> list[str]:
    """Where two say different things.

    Asked for all instants at once, a rule that is refused at some of them has only unknowns there.
    """
    out: list[str] = []
    for instant, rows in expected.items():
        others = found[instant]
        if together and rows is None and others is not None:
            told = [
                labels for labels, seen in others.items() if seen["condition"] != UNKNOWN or seen["no_data"]
            ]
            out += [f"{instant} {dict(labels)}: refused by the reference only" for labels in told]
            continue
        if rows is None or others is None:
            if rows is not others:
                out.append(
                    f"{instant}: refused by {'the reference' if rows is None else 'the evaluator'} only"
                )
            continue
        for labels in sorted({*rows, *others}):
            if labels not in rows or labels not in others:
                who = "the evaluator" if labels not in rows else "the reference"
                out.append(f"{instant} {dict(labels)}: exists for {who} only")
                continue
            for name, value in rows[labels].items():
                if others[labels][name] != value:
                    out.append(
                        f"{instant} {dict(labels)} {name}: reference {value}, evaluator {others[labels][name]}"
                    )
    return out
