"""What an evaluation gives to the life of alerts: columns of truth, a row per label set and a column per
instant."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

from alertdsl.semantics import typed
from alertdsl_runtime.columns import Flags, Floats, Ints, Labels, Times, Truth


@dataclass(frozen=True, eq=False)
class Rows:
    """The label sets of rules of one shape: row `r` belongs to ``rules[rule[r]]`` and has ``labels[r]``.

    The same `Rows` object comes back as long as the rules and the known series stay the same, so that its
    identity can serve as the key of whatever is kept row by row.
    """

    rules: Sequence[typed.Rule]
    rule: Ints
    labels: Sequence[Labels]

    def __len__(self) -> int:
        return len(self.labels)


@dataclass(frozen=True, eq=False)
class Outcome:
    """Rules of one shape at the instants `times`; arrays are rows x instants, truth as in `columns`.

    Attributes:
        condition: the rule's condition.
        pending: the condition without its ``for`` (the C of the life of an alert).
        recovered: the condition of ``recover when``; without that clause the opposite of `condition`, unknown
            staying unknown.
        exists: False where no known series makes the label set.
        no_data: True where `pending` is unknown because a known series lacks points.
        value: what messages show (the left side of the first comparison), NaN unknown; a text's number for
            text rules.
        value_kind: ``number``, ``text`` or ``bool``.
        rungs: for each rung of the ladder above the base, lowest first: its condition.
        outside: for each time, whether it is outside the rules' hours; None where they have none.
        fallen: for each rung: True (TRUE) where an alert may fall from it: its own ``recover when``, or false
            for the base `for`.
        failed: rule index -> why that rule could not be evaluated at any of these instants; its rows mean
            nothing.
        unevaluated: rule index -> at which times it could not be evaluated, where that was so at some of them.
        reasons: rule index -> why not, at the last of those times.
    """

    rows: Rows
    times: Times
    condition: Truth
    pending: Truth
    recovered: Truth
    exists: Flags
    no_data: Flags
    value: Floats
    rungs: tuple[Truth, ...]
    fallen: tuple[Truth, ...]
    failed: dict[int, str]
    value_kind: str = "number"
    outside: Flags | None = None
    unevaluated: Mapping[int, Flags] = field(default_factory=dict)
    reasons: Mapping[int, str] = field(default_factory=dict)
